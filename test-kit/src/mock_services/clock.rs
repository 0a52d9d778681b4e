//! `core.clock` in tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use greenroom::clock::{Clock, ClockService};

use crate::TestDouble;

/// A clock that stands still until the test sets or advances it.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use greenroom::clock::{Clock, ClockService as _};
/// use greenroom_test_kit::mock_services::FakeClock;
///
/// let clock = FakeClock::new(SystemTime::UNIX_EPOCH);
/// let taken: Clock = clock.clone();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(taken.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(3600));
/// ```
///
/// It moves no timers. For a backend [`TestBackend::paused_clock_at`](crate::TestBackend::paused_clock_at) is the better
/// one: it holds both kinds of time.
#[derive(Debug)]
pub struct FakeClock(Mutex<SystemTime>);

impl FakeClock {
    /// A clock that says this time.
    #[must_use]
    pub fn new(time: SystemTime) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time)))
    }

    /// Says this time from now on; it may be an earlier one.
    pub fn set(&self, time: SystemTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Goes on by this much.
    ///
    /// # Panics
    ///
    /// When the system cannot tell a time as late as that.
    pub fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += duration;
    }
}

impl ClockService for FakeClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TestDouble for FakeClock {
    type Service = dyn ClockService;

    fn into_service(self: Arc<Self>) -> Clock {
        self
    }
}

mock_service! {
    /// A mock of `core.clock`.
    pub MockClockService for ClockService {
        fn now(&self) -> SystemTime;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_was_told() {
        let clock = FakeClock::new(SystemTime::UNIX_EPOCH);
        assert_eq!(clock.now(), SystemTime::UNIX_EPOCH);
        clock.advance(Duration::from_millis(1));
        clock.advance(Duration::from_millis(1));
        let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(2);
        assert_eq!(clock.now(), expected);
        clock.set(SystemTime::UNIX_EPOCH);
        assert_eq!(clock.now(), SystemTime::UNIX_EPOCH);
    }
}
