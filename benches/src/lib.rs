//! What the benchmarks share: a load generator, processes, statistics and tables.
//!
//! No benchmark framework: each of the three questions spans processes (a server, `cargo`, a program's
//! start), and a framework measures functions. Whatever is compared is compared within one run, in
//! turns, because a shared machine is not the same machine a minute later.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time; nobody holds its clock"
)]

pub mod cargo;
pub mod layered;
pub mod load;
pub mod process;
pub mod samples;
pub mod statistics;
pub mod table;

/// Any error, boxed: a benchmark that cannot measure says why and ends.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
