//! The time of day of a backend whose clock a test holds: it moves as the backend's timers do.

use std::sync::OnceLock;
use std::time::SystemTime;

use greenroom::clock::ClockService;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// Says the time at which it was held, and what the paused clock of a runtime has moved since.
#[derive(Debug)]
pub(crate) struct HeldClock {
    base: SystemTime,
    /// The runtime of the backend, and its time when the backend began to start.
    since: OnceLock<(Handle, Instant)>,
}

impl HeldClock {
    pub(crate) fn at(base: SystemTime) -> Self {
        let since = OnceLock::new();
        Self { base, since }
    }

    /// Follows the clock of the runtime that this is called in. A second call changes nothing.
    pub(crate) fn follow(&self) {
        self.since
            .get_or_init(|| (Handle::current(), Instant::now()));
    }
}

impl ClockService for HeldClock {
    fn now(&self) -> SystemTime {
        let Some((runtime, start)) = self.since.get() else {
            return self.base;
        };
        // Whoever asks may be on a thread of another runtime, whose clock is another.
        let _entered = runtime.enter();
        self.base + start.elapsed()
    }
}
