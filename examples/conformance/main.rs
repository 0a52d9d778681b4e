//! The backend whose answers are compared with a recorded Backstage: the plugins `example` and `probe`, with a route
//! for each thing that a client can notice, and the auth plugin.
//!
//! ```text
//! cargo run --example conformance -- --config app-config.yaml --config app-config.oracle.yaml
//! cargo test --test wire
//! ```
//!
//! The routes are those of the recording, name for name, and so they are not how one would write a plugin of one's
//! own; `quickstart` and `catalog` show that.

#![allow(
    unreachable_pub,
    reason = "the modules are written as the crates that they stand for"
)]

use std::process::ExitCode;

use greenroom::prelude::*;

mod example;
mod probe;

#[tokio::main]
async fn main() -> ExitCode {
    backend![
        greenroom::defaults,
        example::plugin,
        probe::plugin,
        greenroom_auth_backend::plugin,
    ]
    .run()
    .await
}
