//! Looking whether there is something to do, and bringing back what is due.

use std::time::Duration;

use sea_orm::{DbBackend, DbErr};

use super::{DELAYED, DONE, READY, RUNNING, Store, TABLE};

/// What there is to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Seen {
    /// The queues that have a job which may run, by their places in what was asked.
    pub(in super::super) ready: Vec<usize>,
    /// In how long a job is due that waits for its time; zero when it is due.
    pub(in super::super) delayed: Option<Duration>,
    /// In how long a hold is over; zero when a job seems to have nobody who holds it any more.
    pub(in super::super) running: Option<Duration>,
    /// The time of all this.
    pub(in super::super) time: i64,
}

/// Which jobs are brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Back {
    /// Those that have waited long enough.
    Delayed,
    /// Those too that nobody holds any more.
    Expired,
}

// Names of columns; a plain `delayed` is a word of MySQL's own.
const FIRST_DELAYED: &str = "first_delayed";
const FIRST_RUNNING: &str = "first_running";

/// How many jobs one statement brings back.
const JOBS: i64 = 1000;

impl Store {
    /// Looks at all of these queues by one statement, which reads a few entries of an index.
    pub(in super::super) async fn look(&self, queues: &[&str]) -> Result<Seen, DbErr> {
        let sql = self.sql("SELECT ").now().push(" AS present");
        let mut number = 0;
        let sql = queues.iter().fold(sql, |sql, queue| {
            let sql = sql
                .push(", (SELECT id FROM ")
                .push(TABLE)
                .push(" WHERE queue = ")
                .bind(*queue)
                .push(" AND state = ")
                .number(READY)
                .push(" LIMIT 1) AS ready_")
                .number(number);
            number += 1;
            sql
        });
        let sql = [(DELAYED, FIRST_DELAYED), (RUNNING, FIRST_RUNNING)]
            .into_iter()
            .fold(sql, |sql, (state, name)| {
                sql.push(", (SELECT MIN(due) FROM ")
                    .push(TABLE)
                    .push(" WHERE state = ")
                    .number(state)
                    .push(") AS ")
                    .push(name)
            });
        let rows = self.query(sql).await?;
        let Some(row) = rows.first() else {
            return Ok(Seen::default());
        };
        let now: i64 = row.try_get("", "present")?;
        let mut seen = Seen {
            time: now,
            ..Seen::default()
        };
        for index in 0..queues.len() {
            let id: Option<i64> = row.try_get("", &format!("ready_{index}"))?;
            seen.ready.extend(id.map(|_| index));
        }
        let within = |name: &str| -> Result<Option<Duration>, DbErr> {
            let due: Option<i64> = row.try_get("", name)?;
            Ok(due.map(|due| {
                Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or_default())
            }))
        };
        seen.delayed = within(FIRST_DELAYED)?;
        seen.running = within(FIRST_RUNNING)?;
        Ok(seen)
    }

    /// Lets run what was due at a time that was seen; gives how many that were.
    pub(in super::super) async fn bring_back(&self, back: Back, time: i64) -> Result<u64, DbErr> {
        let sql = self
            .sql("UPDATE ")
            .push(TABLE)
            .push(" SET state = ")
            .number(READY)
            .push(" WHERE ");
        let states = match back {
            Back::Delayed => format!("state = {DELAYED}"),
            Back::Expired => format!("state IN ({DELAYED}, {RUNNING})"),
        };
        let due = format!("{states} AND due <= ");
        let sql = match self.backend() {
            // Rows that another replica brings back, or renews, at this moment are passed over.
            DbBackend::Postgres => sql
                .push("id = ANY(ARRAY(SELECT id FROM ")
                .push(TABLE)
                .push(" WHERE ")
                .push(&due)
                .bind(time)
                .push(" ORDER BY due LIMIT ")
                .number(JOBS)
                .push(" FOR UPDATE SKIP LOCKED))"),
            DbBackend::MySql => sql
                .push(&due)
                .bind(time)
                .push(" ORDER BY due LIMIT ")
                .number(JOBS),
            _ => sql.push(&due).bind(time),
        };
        self.execute(sql).await
    }

    /// Forgets jobs that were done long enough ago.
    pub(in super::super) async fn forget(&self) -> Result<u64, DbErr> {
        let sql = self
            .sql("DELETE FROM ")
            .push(TABLE)
            .push(" WHERE state = ")
            .number(DONE)
            .push(" AND due <= ")
            .now();
        self.execute(sql).await
    }
}
