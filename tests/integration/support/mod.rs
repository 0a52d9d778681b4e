//! What the tests share: a backend in this process, a program in its own, and a small HTTP client.

mod backend;
mod client;
mod program;

pub use backend::{start, start_with};
pub use client::{get, raw, request};
pub use program::Program;
