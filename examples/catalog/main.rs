//! A plugin, its module and what they share in crates of their own, and a backend that adds what only this
//! company wants. See `README.md`.
//!
//! ```text
//! cargo run --example catalog
//! curl 'http://localhost:7007/api/catalog/entities?filter=kind=component&fields=metadata.name,relations'
//! ```

#![allow(
    unreachable_pub,
    reason = "the modules are written as the crates that they stand for"
)]

use std::process::ExitCode;

use greenroom::prelude::*;

mod ownership;
mod teams;

#[tokio::main]
async fn main() -> ExitCode {
    backend![
        greenroom::defaults,
        catalog_backend::defaults,
        catalog_backend::plugin,
        catalog_backend_module_files::module,
        ownership::module,
        teams::plugin,
    ]
    .run()
    .await
}
