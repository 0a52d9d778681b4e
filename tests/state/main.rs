//! What survives a backend and is shared by several: with the real engines, as far as they are here.

#![allow(unreachable_pub, reason = "a test binary has no public interface")]

#[path = "../support/built.rs"]
mod built;
mod cache;
mod certificate;
#[path = "../integration/support/client.rs"]
mod client;
mod database;
mod engines;
mod faults;
mod keys;
mod queue;
mod replicas;
mod scheduler;
mod scheduler_processes;
mod servers;
mod todo;
