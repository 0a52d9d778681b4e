//! Whole backends over real sockets and as real processes: what a user sees from outside.

#![allow(unreachable_pub, reason = "a test binary has no public interface")]

mod http;
mod process;
mod start;
mod support;
