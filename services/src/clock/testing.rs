//! The clocks of the other services' tests.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

use super::{Clock, ClockService};

/// A clock that stands still.
pub(crate) struct Still(pub(crate) SystemTime);

impl ClockService for Still {
    fn now(&self) -> SystemTime {
        self.0
    }
}

/// A clock that moves as tokio's does, which a test can pause.
struct Tokio {
    base: SystemTime,
    since: Instant,
}

impl ClockService for Tokio {
    fn now(&self) -> SystemTime {
        self.base + self.since.elapsed()
    }
}

/// A clock that says `base` now and moves as the timers of the test do.
pub(crate) fn with_the_timers(base: SystemTime) -> Clock {
    let since = Instant::now();
    Arc::new(Tokio { base, since })
}
