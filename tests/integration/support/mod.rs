//! What the tests share that `greenroom-test-kit` does not have: the examples as programs, and a client that sends bytes
//! as they are.

mod client;
pub mod program;

pub use client::{get, raw};
