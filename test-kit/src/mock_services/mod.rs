//! Services that stand in for those that a test does not want: they need nothing from outside, and can be looked at.

mod auth;
mod clock;
mod http_auth;
mod user_info;

pub use auth::{FakeAuth, fake_auth};
pub use clock::FakeClock;
pub use http_auth::{FakeHttpAuth, fake_http_auth};
pub use user_info::{FakeUserInfo, fake_user_info};
