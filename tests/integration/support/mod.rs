//! What the tests share: a backend in this process, a program in its own, and a small HTTP client.

mod backend;
mod client;
mod diary;
mod program;

pub use backend::{Started, start, start_with};
pub use client::{get, raw, request};
pub use diary::{Diary, diary, started_with_diary};
pub use program::{Program, built};
