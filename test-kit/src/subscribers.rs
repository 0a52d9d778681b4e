//! Keeps the log of a backend whole, whatever other tests of the process do.
//!
//! `tracing` remembers for each line of code that logs whether anybody listens. As long as a process has one subscriber,
//! it asks that of the thread that comes by first: a test without a backend, which calls a handler say, would silence
//! that line in the backend of its neighbour. With more subscribers it asks all of them.

use std::sync::OnceLock;

use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;

/// Sees to it that no backend is the only one that listens.
pub(crate) fn keep_more_than_one() {
    // The process's own, as is what `tracing` remembers. Two, so that it asks all before there is a backend.
    static KEPT: OnceLock<[Dispatch; 2]> = OnceLock::new();
    KEPT.get_or_init(|| [NoSubscriber::new(), NoSubscriber::new()].map(Dispatch::new));
}
