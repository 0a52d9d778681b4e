//! What the plugin has to remember, in its database: so a restart signs nobody out, and it does not matter to which replica
//! a browser comes back.
//!
//! What has ended is removed now and then by whoever writes, and not by a task of its own: nobody depends on the moment.

mod migration;
mod pending;
mod sweep;
#[cfg(test)]
mod tests;
mod users;

use std::time::{SystemTime, UNIX_EPOCH};

use greenroom::BoxError;
use greenroom::prelude::*;

pub(crate) use pending::{Pending, PendingSignIns};
pub(crate) use users::Users;

/// Both tables.
pub(crate) struct Stores {
    pub(crate) users: Users,
    pub(crate) pending: PendingSignIns,
}

impl Stores {
    /// Makes the tables if they are not there.
    pub(crate) async fn open(database: &Database, clock: &Clock, logger: &Logger) -> Result<Self> {
        database.migrate::<migration::Migrator>().await?;
        let client = database.client().await?;
        Ok(Self {
            users: Users::new(client.clone(), clock.clone(), logger.clone()),
            pending: PendingSignIns::new(client, clock.clone(), logger.clone()),
        })
    }
}

/// Milliseconds since 1970, as the tables have times: every engine compares them alike.
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The answer while the database cannot be asked. The reason is for the log.
fn unavailable(error: impl Into<BoxError>) -> HttpError {
    HttpError::unavailable("Nobody can sign in at the moment").with_source(error.into())
}
