//! The table of a plugin's jobs, and the statements on it.
//!
//! A job is in one of five states, and `due` says when it leaves it: a delayed job when it is to run, a running one when its
//! worker is taken for dead, one that is done when it is forgotten. Each claim counts `lease` up and nothing counts it
//! down: whoever finishes a job names the lease under which it ran, and changes nothing when another has claimed it since.
//!
//! PostgreSQL and MySQL lock rows and skip those that others have locked; SQLite has one writer at a time anyway. Times are
//! milliseconds since 1970, by the server's clock where there is one.

mod claim;
mod enqueue;
mod finish;
mod letters;
mod look;
mod migration;
mod sql;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, QueryResult};

pub(super) use claim::{Claimed, Wanted};
pub(super) use finish::Verdict;
pub(super) use look::Back;
pub(super) use migration::Migrator;
use sql::Sql;

use crate::clock::Clock;
use crate::database::DatabaseClient;

/// The name of the table.
const TABLE: &str = "greenroom_queue_jobs";

/// Where PostgreSQL tells that a job was enqueued, with the schema that it is in.
pub(super) const CHANNEL: &str = "greenroom_queue";

/// It may run at once.
const READY: i64 = 0;
/// It waits for its time.
const DELAYED: i64 = 1;
/// Somebody runs it.
const RUNNING: i64 = 2;
/// It was given up.
const DEAD: i64 = 3;
/// It is done, and kept for a while.
const DONE: i64 = 4;

/// A job and the lease under which it is held.
pub(super) type Held = (i64, i64);

/// The jobs of one plugin.
#[derive(Clone)]
pub(super) struct Store {
    client: DatabaseClient,
    clock: Clock,
}

impl Store {
    pub(super) fn new(client: DatabaseClient, clock: Clock) -> Self {
        Self { client, clock }
    }

    pub(super) fn client(&self) -> &DatabaseClient {
        &self.client
    }

    fn backend(&self) -> DbBackend {
        self.client.get_database_backend()
    }

    /// A statement that begins so.
    fn sql(&self, text: &str) -> Sql {
        Sql::new(self.backend(), milliseconds(self.clock.now())).push(text)
    }

    async fn execute(&self, sql: Sql) -> Result<u64, DbErr> {
        let result = self.client.execute_raw(sql.build()).await?;
        Ok(result.rows_affected())
    }

    async fn query(&self, sql: Sql) -> Result<Vec<QueryResult>, DbErr> {
        self.client.query_all_raw(sql.build()).await
    }
}

/// Since 1970; a time before that is 1970.
fn milliseconds(time: SystemTime) -> i64 {
    length(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn length(duration: Duration) -> i64 {
    // Some centuries, beyond which no sum overflows.
    const MOST: u128 = 1 << 44;
    i64::try_from(duration.as_millis().min(MOST)).unwrap_or(i64::MAX)
}

fn time(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}
