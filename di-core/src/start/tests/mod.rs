//! The start and the stop of backends that are built by hand.

mod concurrency;
mod hooks;
mod modules;
mod policy;
mod progress;
mod report;
mod services;
mod stopping;
mod support;
mod tasks;
