//! The history in the database.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use super::super::{RunOutcome, SchedulerError, TaskError, TaskRun};
use super::Store;

/// How many lines of each task are kept.
const KEPT: i64 = 50;

/// A line that is to be written.
#[derive(Clone, Debug)]
pub(in super::super) struct Line<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) fence: Option<i64>,
    pub(in super::super) outcome: RunOutcome,
    pub(in super::super) slot: i64,
    pub(in super::super) slots: i64,
    pub(in super::super) started_at: Option<i64>,
    pub(in super::super) replica: &'a str,
    /// A [`TaskError`] as JSON.
    pub(in super::super) error: Option<String>,
}

impl Store {
    pub(super) fn insert_line(&self, line: &Line<'_>) -> Statement {
        let sql = format!(
            "INSERT INTO greenroom_scheduler_runs \
             (task_id, fence, outcome, slot_at, slots, started_at, ended_at, replica, error) \
             VALUES (?, ?, ?, ?, ?, ?, {}, ?, ?)",
            self.now()
        );
        self.statement(
            &sql,
            [
                line.id.into(),
                line.fence.into(),
                line.outcome.name().into(),
                line.slot.into(),
                line.slots.into(),
                line.started_at.into(),
                line.replica.into(),
                line.error.clone().into(),
            ],
        )
    }

    /// Deletes what is older than the lines that are kept.
    pub(super) fn trim_lines(&self, id: &str) -> Statement {
        // The derived table is there for MySQL, which reads no table that it deletes from.
        let sql = "DELETE FROM greenroom_scheduler_runs WHERE task_id = ? AND seq < \
                   (SELECT MIN(kept.seq) FROM (SELECT seq FROM greenroom_scheduler_runs \
                   WHERE task_id = ? ORDER BY seq DESC LIMIT ?) AS kept)";
        self.statement(sql, [id.into(), id.into(), KEPT.into()])
    }

    /// The last runs, the latest first.
    pub(in super::super) async fn lines(&self, id: &str) -> Result<Vec<TaskRun>, SchedulerError> {
        let sql = "SELECT fence, outcome, slot_at, slots, started_at, ended_at, replica, error \
                   FROM greenroom_scheduler_runs WHERE task_id = ? ORDER BY seq DESC LIMIT ?";
        let statement = self.statement(sql, [id.into(), KEPT.into()]);
        let found = self.client.query_all_raw(statement).await?;
        let mut runs = Vec::with_capacity(found.len());
        for found in &found {
            // An outcome that a newer version may know is left out.
            runs.extend(read(found)?);
        }
        Ok(runs)
    }
}

fn read(found: &QueryResult) -> Result<Option<TaskRun>, DbErr> {
    let outcome: String = found.try_get("", "outcome")?;
    let Some(outcome) = RunOutcome::from_name(&outcome) else {
        return Ok(None);
    };
    let fence: Option<i64> = found.try_get("", "fence")?;
    let started_at: Option<i64> = found.try_get("", "started_at")?;
    let slots: i64 = found.try_get("", "slots")?;
    let error: Option<String> = found.try_get("", "error")?;
    Ok(Some(TaskRun {
        outcome,
        fencing_number: fence.map(i64::unsigned_abs),
        scheduled_at: time(found.try_get("", "slot_at")?),
        slots: slots.unsigned_abs(),
        started_at: started_at.map(time),
        ended_at: time(found.try_get("", "ended_at")?),
        replica: found.try_get("", "replica")?,
        error: error.and_then(|error| serde_json::from_str::<TaskError>(&error).ok()),
    }))
}

/// The time of so many milliseconds since 1970.
pub(in super::super) fn time(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}
