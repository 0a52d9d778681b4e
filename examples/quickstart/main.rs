//! The golden path: a backend of two plugins that know nothing of each other.
//!
//! ```text
//! cargo run --example quickstart
//! curl http://localhost:7007/api/example/health
//! ```

#![allow(
    unreachable_pub,
    reason = "the modules are written as the crates that they stand for"
)]

use std::process::ExitCode;

use greenroom::prelude::*;

mod example;
mod greeting;

#[tokio::main]
async fn main() -> ExitCode {
    backend![
        greenroom::defaults,
        example::todo_store,
        example::plugin,
        greeting::plugin,
    ]
    .run()
    .await
}
