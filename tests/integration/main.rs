//! Whole backends over real sockets and as real processes: what a user sees from outside.

mod http;
mod process;
mod start;
mod support;
