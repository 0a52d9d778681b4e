//! What the tests share that `greenroom-test-kit` does not have: a program in a process of its own, and a client that
//! sends bytes as they are.

mod client;
mod program;

pub use client::{get, raw};
pub use program::{Program, built};
