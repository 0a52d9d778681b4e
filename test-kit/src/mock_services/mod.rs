//! Services for unit tests that need no backend.

mod clock;

pub use clock::FakeClock;
