//! The system's clock: the one place that asks the system for the time of day.

use std::time::SystemTime;

use super::ClockService;

/// The clock of the system, which `core.clock` is by default. What is not made by a factory, and takes a
/// [`Clock`](super::Clock), can be given this one.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl ClockService for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everybody else is to ask"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
