//! The scheduler's tables in a plugin's database.
//!
//! They are our own. Backstage's table `backstage_backend_tasks__tasks` has no place for a lease that is renewed: a Node
//! replica would free a task whose timeout has passed and that one of ours still runs, and would keep from ours for hours
//! what a dead one of its own holds. Sharing it would promise what it cannot keep, so a task that moves over from Node
//! begins anew.
//!
//! Times are whole milliseconds since 1970 in plain numbers, which every engine compares alike, whatever time zone its
//! session has. "Now" is the server's clock where there is a server, and `core.clock` for SQLite.

mod lines;
mod migration;
mod row;
mod runs;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionTrait, Value};
use serde_json::Value as Json;

use super::SchedulerError;
use super::decide::Plan;
use super::frequency::milliseconds;
use super::schedule::TaskSchedule;
use crate::clock::Clock;
use crate::database::{Database, DatabaseClient, Migrations};

use lines::Line;

pub(super) use lines::time;
pub(super) use row::Row;
pub(super) use runs::{Claim, Free, Release, times_out_at};

use migration::Migrator;
use row::COLUMNS;

/// A plugin's tables.
#[derive(Debug)]
pub(super) struct Store {
    client: DatabaseClient,
    clock: Clock,
    /// What this process is called in them.
    replica: String,
    /// How many statements there were.
    #[cfg(test)]
    pub(super) statements: std::sync::atomic::AtomicU64,
}

/// Milliseconds since 1970.
pub(super) fn now_of(clock: &Clock) -> i64 {
    let since = clock.now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, milliseconds)
}

impl Store {
    /// Makes the tables if they are not there.
    pub(super) async fn open(
        database: &Database,
        clock: Clock,
        replica: String,
    ) -> Result<Self, SchedulerError> {
        let migrations = Migrations::of::<Migrator>().of_a_service();
        database.apply(migrations).await?;
        let client = database.client().await?;
        Ok(Self {
            client,
            clock,
            replica,
            #[cfg(test)]
            statements: std::sync::atomic::AtomicU64::new(0),
        })
    }

    pub(super) fn replica(&self) -> &str {
        &self.replica
    }

    /// Puts a task there, or gives the one that is there the new schedule.
    pub(super) async fn register(
        &self,
        id: &str,
        schedule: &TaskSchedule,
    ) -> Result<(), SchedulerError> {
        let settings = schedule.settings();
        loop {
            let (now, row) = self.row(id).await?;
            let Some(row) = row else {
                let slot = schedule.frequency.first(now, schedule.delay_milliseconds());
                if self.insert(id, &settings, schedule, slot).await? {
                    return Ok(());
                }
                // Another replica was faster: its row is there now.
                continue;
            };
            if row.settings == settings {
                return Ok(());
            }
            let keeps_plan = same_cadence(&row.settings, &settings);
            let plan = if keeps_plan {
                (row.plan.next_slot_at, row.plan.next_run_at)
            } else {
                let slot = slot_of_new_cadence(schedule, row.last_slot_at, now);
                (slot, slot.map(|slot| schedule.begin_of(slot)))
            };
            self.replace_settings(id, &row.written_settings, &settings, plan)
                .await?;
            return Ok(());
        }
    }

    /// The task of this id, and the time.
    pub(super) async fn row(&self, id: &str) -> Result<(i64, Option<Row>), SchedulerError> {
        let (now, rows) = self.rows("t.id = ?", [id.into()]).await?;
        Ok((now, rows.into_iter().next()))
    }

    /// All tasks, and the time.
    pub(super) async fn all(&self) -> Result<(i64, Vec<Row>), SchedulerError> {
        self.rows("1 = 1", []).await
    }

    /// The tasks that run, or may soon, and the time: one statement, however many tasks there are.
    pub(super) async fn near(&self, horizon: i64) -> Result<(i64, Vec<Row>), SchedulerError> {
        let near = "t.holder IS NOT NULL OR t.triggered_at IS NOT NULL \
                    OR t.next_run_at <= n.now_ms + ?";
        self.rows(near, [horizon.into()]).await
    }

    async fn rows<const N: usize>(
        &self,
        which: &str,
        values: [Value; N],
    ) -> Result<(i64, Vec<Row>), SchedulerError> {
        // The time comes along even if there is no task.
        let sql = format!(
            "SELECT n.now_ms, {COLUMNS} FROM (SELECT {} AS now_ms) n \
             LEFT JOIN greenroom_scheduler_tasks t ON {which}",
            self.now()
        );
        let found = self
            .client
            .query_all_raw(self.statement(&sql, values))
            .await?;
        let mut now = 0;
        let mut rows = Vec::new();
        for found in &found {
            now = found.try_get("", "now_ms")?;
            rows.extend(Row::read(found)?);
        }
        Ok((now, rows))
    }

    /// False when another has put it there.
    async fn insert(
        &self,
        id: &str,
        settings: &Json,
        schedule: &TaskSchedule,
        slot: Option<i64>,
    ) -> Result<bool, SchedulerError> {
        let sql = "INSERT INTO greenroom_scheduler_tasks \
                   (id, settings, next_slot_at, next_run_at, fence, beat, skipped, lost_in_row) \
                   VALUES (?, ?, ?, ?, 0, 0, 0, 0)";
        let begin = slot.map(|slot| schedule.begin_of(slot));
        let values = [
            id.into(),
            settings.to_string().into(),
            slot.into(),
            begin.into(),
        ];
        match self.client.execute_raw(self.statement(sql, values)).await {
            Ok(_) => Ok(true),
            Err(error) if is_conflict(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn replace_settings(
        &self,
        id: &str,
        old: &str,
        new: &Json,
        (slot, begin): (Option<i64>, Option<i64>),
    ) -> Result<(), SchedulerError> {
        let sql = "UPDATE greenroom_scheduler_tasks \
                   SET settings = ?, next_slot_at = ?, next_run_at = ? \
                   WHERE id = ? AND settings = ?";
        let values = [
            new.to_string().into(),
            slot.into(),
            begin.into(),
            id.into(),
            old.into(),
        ];
        self.client.execute_raw(self.statement(sql, values)).await?;
        Ok(())
    }

    /// Asks for a run.
    pub(super) async fn trigger(&self, id: &str) -> Result<(), SchedulerError> {
        let sql = format!(
            "UPDATE greenroom_scheduler_tasks SET triggered_at = {} \
             WHERE id = ? AND holder IS NULL",
            self.now()
        );
        if self.changed(&sql, [id.into()]).await? {
            return Ok(());
        }
        let id = id.to_owned();
        match self.row(&id).await? {
            (_, None) => Err(SchedulerError::NotFound { id }),
            (_, Some(_)) => Err(SchedulerError::Running { id }),
        }
    }

    /// Asks for the end of the run that is under way.
    pub(super) async fn cancel(&self, id: &str) -> Result<(), SchedulerError> {
        let sql = "UPDATE greenroom_scheduler_tasks SET cancel_fence = fence \
                   WHERE id = ? AND holder IS NOT NULL";
        if self.changed(sql, [id.into()]).await? {
            return Ok(());
        }
        let id = id.to_owned();
        match self.row(&id).await? {
            (_, None) => Err(SchedulerError::NotFound { id }),
            (_, Some(_)) => Err(SchedulerError::NotRunning { id }),
        }
    }

    /// Puts the next slot elsewhere, if the plan is still the one that was read.
    pub(super) async fn replan(
        &self,
        row: &Row,
        slot: Option<i64>,
        begin: Option<i64>,
    ) -> Result<bool, SchedulerError> {
        let sql = "UPDATE greenroom_scheduler_tasks SET next_slot_at = ?, next_run_at = ?, \
                   last_slot_at = NULL WHERE id = ? AND fence = ? AND next_run_at = ?";
        let values = [
            slot.into(),
            begin.into(),
            row.id.as_str().into(),
            row.fence.into(),
            row.plan.next_run_at.into(),
        ];
        self.changed(sql, values).await
    }

    async fn changed<const N: usize>(
        &self,
        sql: &str,
        values: [Value; N],
    ) -> Result<bool, SchedulerError> {
        let done = self.client.execute_raw(self.statement(sql, values));
        Ok(done.await?.rows_affected() > 0)
    }

    /// What the database takes for now, in its own words.
    fn now(&self) -> String {
        match self.client.get_database_backend() {
            DbBackend::Postgres => {
                "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)".to_owned()
            }
            DbBackend::MySql => {
                "CAST(ROUND(UNIX_TIMESTAMP(SYSDATE(3)) * 1000) AS SIGNED)".to_owned()
            }
            _ => now_of(&self.clock).to_string(),
        }
    }

    /// A statement with `?` for its values, which PostgreSQL wants numbered.
    fn statement<V: IntoIterator<Item = Value>>(&self, sql: &str, values: V) -> Statement {
        #[cfg(test)]
        self.statements
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let backend = self.client.get_database_backend();
        if backend != DbBackend::Postgres {
            return Statement::from_sql_and_values(backend, sql, values);
        }
        let mut numbered = String::with_capacity(sql.len() + 16);
        for (number, part) in sql.split('?').enumerate() {
            if number > 0 {
                numbered.push_str(&format!("${number}"));
            }
            numbered.push_str(part);
        }
        Statement::from_sql_and_values(backend, numbered, values)
    }

    async fn begin(&self) -> Result<crate::database::DatabaseTransaction, DbErr> {
        self.client.begin().await
    }
}

fn is_conflict(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
    )
}

fn same_cadence(old: &Json, new: &Json) -> bool {
    ["cadence", "timeZone"]
        .iter()
        .all(|key| old.get(*key) == new.get(*key))
}

/// A new cadence counts from the last slot that ran, so that it holds at once: an interval that has passed since then is
/// over now. Slots that a new pattern would have had before it was there have not been missed.
fn slot_of_new_cadence(schedule: &TaskSchedule, last: Option<i64>, now: i64) -> Option<i64> {
    use super::Frequency;
    match (&schedule.frequency, last) {
        (Frequency::Every(_), Some(last)) => {
            let next = schedule.frequency.after(last)?;
            Some(next.max(now))
        }
        (frequency, _) => frequency.first(now, schedule.delay_milliseconds()),
    }
}

/// The plan that the columns of a row make.
fn plan(
    next_slot_at: Option<i64>,
    next_run_at: Option<i64>,
    triggered_at: Option<i64>,
    retry_slot_at: Option<i64>,
    last_ended_at: Option<i64>,
) -> Plan {
    Plan {
        next_slot_at,
        next_run_at,
        triggered_at,
        retry_slot_at,
        last_ended_at,
    }
}
