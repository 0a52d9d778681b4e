//! A greenroom backend beside a real Backstage: plugins of both call each other, and users of either are known to
//! both.
//!
//! ```text
//! cargo test --test anchor
//! GREENROOM_TEST_REQUIRE=backstage cargo test --test anchor    # a failure where it would be skipped
//! ```
//!
//! The first run installs Backstage from the npm registry (see `setup`), which takes a minute and some 200 MB. Without
//! Node.js, npm or the registry the tests are skipped, and say so.
//!
//! Deliberately absent: permissions, which are asked of Backstage's permission backend as soon as there is a service
//! that asks; and what one side alone answers, which is compared with recorded answers in `tests/wire`.

#![allow(unreachable_pub, reason = "a test binary has no public interface")]

mod calls;
#[path = "../integration/support/client.rs"]
mod client;
mod keys;
mod need;
mod node;
mod pair;
mod probe;
mod refusals;
mod setup;
mod users;
