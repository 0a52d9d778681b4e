//! One pool of PostgreSQL connections for all plugins of a server, each in a schema of its own.
//!
//! sqlx's pool cannot know for whom a connection is taken, and its connections have no identity. So this one keeps
//! its connections in slots that remember whom they served last. A slot that goes back to the same plugin needs no
//! statement at all; one that changes hands is made as good as new first. There is a quota for each plugin, so that
//! one cannot starve the others.
//!
//! Whatever a slot was left in, nobody else sees it: what may have changed the session is undone before the slot is
//! used again, and a connection of which that is not known for sure (a statement that was dropped half way) is closed.

mod lease;
mod pool;
mod session;
mod statements;
mod stream;
mod transaction;

pub(super) use lease::Lease;
pub(super) use pool::{Membership, SharedOptions, SharedPool, is_passing};
pub(super) use session::quoted;
pub(super) use stream::{Rest, stream_in};
pub(super) use transaction::SharedTransaction;
