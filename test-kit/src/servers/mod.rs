//! The database and cache servers of tests.
//!
//! Tests of one process share one server of each kind, which is started when the first of them asks. It comes from a
//! variable of the environment, else from programs that are installed, else from a container. [`TestServer`] is one
//! that a test has for itself, to stop and kill.
//!
//! A test can end without a word: it is killed, or the machine's patience ends. So every server has a watchdog, a
//! process that holds one end of a pipe and notices when the test's process is gone.

#[cfg(unix)]
mod container;
#[cfg(not(unix))]
mod elsewhere;
mod kind;
#[cfg(unix)]
mod local;
mod probe;
mod server;
mod shared;
mod test_server;
#[cfg(unix)]
mod watchdog;
pub(crate) mod worker;

pub(crate) use kind::Kind;
pub(crate) use shared::shared;
pub use test_server::TestServer;
#[cfg(unix)]
pub(crate) use watchdog::Watchdog;
