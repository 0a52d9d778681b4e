//! A database for each test, of every engine that is here.
//!
//! A test that gets its own need not clean up before it begins, and runs beside all others.

mod engine;
mod names;
mod on_server;
mod test_database;

pub(crate) use names::unique;

pub use engine::Engine;
pub use test_database::TestDatabase;
