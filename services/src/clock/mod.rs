//! `core.clock`: what time of day it is.
//!
//! A program has two kinds of time. **Timers** (sleeps, deadlines, intervals, how long something took) are
//! tokio's: `tokio::time`. **Times of day** (the time of a log line, a date that goes out, when a token expires) are
//! this service's. Nobody else asks the system.
//!
//! It is split so because a timer must not jump when somebody sets the machine's clock, and a time of day must. In a
//! test both are one clock: a backend whose clock the test kit holds has timers and times of day that stand still
//! together and move together, so that "an hour later" is one call and no waiting.
//!
//! It deliberately has no timers of its own, no time zones and no formats.

mod factory;
mod system;
#[cfg(test)]
pub(crate) mod testing;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use greenroom_di_macros::service;

pub use factory::clock;
pub use system::SystemClock;

/// Tells the time of day.
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_services::clock::Clock;
///
/// fn expiry(clock: &Clock) -> std::time::SystemTime {
///     clock.now() + Duration::from_secs(3600)
/// }
/// ```
///
/// How long something takes is no question for it: `tokio::time::Instant` answers that, and never goes back.
#[service(
    id = "core.clock",
    scope = "root",
    provided_by = "greenroom::services::clock"
)]
pub trait ClockService: Send + Sync + 'static {
    /// The time now. It can be earlier than what an earlier call said, as the machine's clock can be set.
    fn now(&self) -> SystemTime;
}

/// The handle of [`ClockService`].
pub type Clock = Arc<dyn ClockService>;

impl fmt::Debug for dyn ClockService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Clock").field(&self.now()).finish()
    }
}
