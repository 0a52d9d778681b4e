//! A plugin that keeps something: migrations, a repository, a cached list, a nightly task and a job.
//!
//! ```text
//! cargo run --example todo
//! ```
//!
//! `README.md` says how to ask it, and how to run it on PostgreSQL and Redis.

#![allow(
    unreachable_pub,
    reason = "the modules are written as the crates that they stand for"
)]

use std::process::ExitCode;

use greenroom::prelude::*;

mod todo;

#[tokio::main]
async fn main() -> ExitCode {
    backend![
        greenroom::defaults,
        greenroom_auth_backend::plugin,
        todo::plugin,
    ]
    .run()
    .await
}
