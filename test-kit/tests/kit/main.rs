//! The kit from the side of those who write tests with it: what it gives, and the words in which a test fails.

#![allow(unreachable_pub, reason = "a test binary has no public interface")]

mod cache;
mod clock;
mod compile;
mod config;
mod credentials;
mod doubles;
mod factories;
mod fakes;
mod logs;
mod mocks;
mod modules;
mod outside;
mod queue;
mod replicas;
mod requests;
mod services;
mod start;
mod stop;
mod todo;
mod warehouse;
mod wiring;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The text of a test that fails.
fn failure<T>(test: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(test)) {
        Ok(_) => panic!("it does not fail"),
        Err(payload) => text(payload),
    }
}

/// The text of an async test that fails.
async fn failure_of<T: Send + 'static>(test: impl Future<Output = T> + Send + 'static) -> String {
    match tokio::spawn(test).await {
        Ok(_) => panic!("it does not fail"),
        Err(error) => text(error.into_panic()),
    }
}

fn text(payload: Box<dyn std::any::Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload
            .downcast_ref::<&str>()
            .map_or_else(String::new, |text| (*text).to_owned()),
    }
}
