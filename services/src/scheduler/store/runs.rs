//! The statements that begin a run, keep it and end it. Each says what it expects to find, so that of two replicas that
//! do the same at once one succeeds.

use sea_orm::{ConnectionTrait, Value};

use super::super::decide::{Skipped, Why};
use super::super::frequency::milliseconds;
use super::super::state::Running;
use super::super::{RunOutcome, SchedulerError, TaskError};
use super::{Line, Row, Store};

/// How many runs lie between two looks at what of the history is too old.
const TRIMMED_EVERY: i64 = 16;

/// A task that this process wants to run.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Claim<'a> {
    /// As it was read.
    pub(in super::super) row: &'a Row,
    pub(in super::super) slot: i64,
    pub(in super::super) next_slot_at: Option<i64>,
    pub(in super::super) next_run_at: Option<i64>,
    pub(in super::super) triggered: bool,
    pub(in super::super) skipped: Option<Skipped>,
    pub(in super::super) started_at: i64,
    pub(in super::super) times_out_at: i64,
}

/// A run of this process that is over.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Release<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) run: &'a Running,
    pub(in super::super) outcome: RunOutcome,
    pub(in super::super) error: Option<&'a TaskError>,
    /// Whether somebody else is to do it again.
    pub(in super::super) again: bool,
}

/// A run whose holder is gone.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Free<'a> {
    pub(in super::super) row: &'a Row,
    pub(in super::super) again: bool,
}

impl Store {
    /// Takes the task, with the fencing number after the row's. False when another has it.
    pub(in super::super) async fn claim(&self, claim: Claim<'_>) -> Result<bool, SchedulerError> {
        let Claim {
            row,
            slot,
            next_slot_at,
            next_run_at,
            triggered,
            skipped,
            started_at,
            times_out_at,
        } = claim;
        // What was triggered leaves the plan, and what it counts from, alone.
        let (planned, expected) = if triggered {
            ("", "triggered_at IS NOT NULL")
        } else {
            (
                "last_slot_at = ?, next_slot_at = ?, next_run_at = ?, ",
                "next_run_at = ?",
            )
        };
        let sql = format!(
            "UPDATE greenroom_scheduler_tasks SET holder = ?, fence = ?, beat = 0, \
             run_slot_at = ?, {planned}run_started_at = ?, run_times_out_at = ?, \
             triggered_at = NULL, retry_slot_at = NULL, \
             cancel_fence = NULL, skipped = skipped + ? \
             WHERE id = ? AND fence = ? AND holder IS NULL AND {expected}"
        );
        let mut values: Vec<Value> = vec![
            self.replica.as_str().into(),
            (row.fence + 1).into(),
            slot.into(),
        ];
        if !triggered {
            values.extend::<[Value; 3]>([slot.into(), next_slot_at.into(), next_run_at.into()]);
        }
        values.extend::<[Value; 5]>([
            started_at.into(),
            times_out_at.into(),
            skipped.map_or(0, |skipped| count(skipped.count)).into(),
            row.id.as_str().into(),
            row.fence.into(),
        ]);
        if !triggered {
            values.push(row.plan.next_run_at.into());
        }
        self.change_and_write(&sql, values, skipped.map(|skipped| skip_line(row, skipped)))
            .await
    }

    /// Passes over slots. False when another has done so.
    pub(in super::super) async fn skip(
        &self,
        row: &Row,
        next_slot_at: Option<i64>,
        next_run_at: Option<i64>,
        skipped: Skipped,
    ) -> Result<bool, SchedulerError> {
        let sql = "UPDATE greenroom_scheduler_tasks SET next_slot_at = ?, next_run_at = ?, \
                   skipped = skipped + ? \
                   WHERE id = ? AND fence = ? AND holder IS NULL AND next_run_at = ?";
        let values = vec![
            next_slot_at.into(),
            next_run_at.into(),
            count(skipped.count).into(),
            row.id.as_str().into(),
            row.fence.into(),
            row.plan.next_run_at.into(),
        ];
        self.change_and_write(sql, values, Some(skip_line(row, skipped)))
            .await
    }

    /// Renews the leases of these tasks; tells how many this process still holds.
    pub(in super::super) async fn renew(&self, ids: &[&str]) -> Result<u64, SchedulerError> {
        let places = vec!["?"; ids.len()].join(", ");
        let sql = format!(
            "UPDATE greenroom_scheduler_tasks SET beat = beat + 1 \
             WHERE holder = ? AND id IN ({places})"
        );
        let holder = std::iter::once(Value::from(self.replica.as_str()));
        let values = holder.chain(ids.iter().map(|id| Value::from(*id)));
        let statement = self.statement(&sql, values);
        Ok(self.client.execute_raw(statement).await?.rows_affected())
    }

    /// Gives a task back. False when it was lost before.
    pub(in super::super) async fn release(
        &self,
        release: Release<'_>,
    ) -> Result<bool, SchedulerError> {
        let Release {
            id,
            run,
            outcome,
            error,
            again,
        } = release;
        let sql = format!(
            "UPDATE greenroom_scheduler_tasks SET {}, lost_in_row = ? \
             WHERE id = ? AND fence = ? AND holder = ?",
            self.freed(again)
        );
        let lost_in_row = match outcome {
            RunOutcome::Lost => run.lost_in_row + 1,
            RunOutcome::Interrupted => run.lost_in_row,
            _ => 0,
        };
        let error = error.map(written);
        let mut values = self.values_of_freed(error.clone(), again.then_some(run.slot));
        values.extend::<[Value; 4]>([
            lost_in_row.into(),
            id.into(),
            run.fence.into(),
            self.replica.as_str().into(),
        ]);
        let line = Line {
            id,
            fence: Some(run.fence),
            outcome,
            slot: run.slot,
            slots: 1,
            started_at: Some(run.started_at),
            replica: &self.replica,
            error,
        };
        self.change_and_write(&sql, values, Some(line)).await
    }

    /// Frees a task whose holder is gone. False when the holder has shown up, or another has freed it.
    pub(in super::super) async fn free(&self, free: Free<'_>) -> Result<bool, SchedulerError> {
        let Free { row, again } = free;
        let sql = format!(
            "UPDATE greenroom_scheduler_tasks SET {}, lost_in_row = lost_in_row + 1 \
             WHERE id = ? AND fence = ? AND beat = ? AND holder = ?",
            self.freed(again)
        );
        let slot = row.run_slot_at.unwrap_or_default();
        let (outcome, message) = if row.is_cancelled() {
            (RunOutcome::Cancelled, "The task was cancelled")
        } else {
            let message = "The task's process died, or could not reach the database";
            (RunOutcome::Lost, message)
        };
        let error = written(&TaskError::plain(message));
        let mut values = self.values_of_freed(Some(error.clone()), again.then_some(slot));
        values.extend::<[Value; 4]>([
            row.id.as_str().into(),
            row.fence.into(),
            row.beat.into(),
            row.holder.clone().into(),
        ]);
        let line = Line {
            id: &row.id,
            fence: Some(row.fence),
            outcome,
            slot,
            slots: 1,
            started_at: row.run_started_at,
            replica: row.holder.as_deref().unwrap_or_default(),
            error: Some(error),
        };
        self.change_and_write(&sql, values, Some(line)).await
    }

    /// The columns of a task that nobody runs any more; see [`values_of_freed`](Self::values_of_freed).
    fn freed(&self, again: bool) -> String {
        let now = self.now();
        let retry = if again {
            format!(", triggered_at = {now}, retry_slot_at = ?")
        } else {
            String::new()
        };
        format!(
            "holder = NULL, run_slot_at = NULL, run_started_at = NULL, run_times_out_at = NULL, \
             cancel_fence = NULL, last_ended_at = {now}, last_error = ?{retry}"
        )
    }

    fn values_of_freed(&self, error: Option<String>, retry: Option<i64>) -> Vec<Value> {
        let mut values = vec![error.into()];
        values.extend(retry.map(Value::from));
        values
    }

    /// Changes a row, and writes history if that succeeds; both or none.
    async fn change_and_write(
        &self,
        sql: &str,
        values: Vec<Value>,
        line: Option<Line<'_>>,
    ) -> Result<bool, SchedulerError> {
        let change = self.statement(sql, values);
        let Some(line) = line else {
            let done = self.client.execute_raw(change).await?;
            return Ok(done.rows_affected() > 0);
        };
        let transaction = self.begin().await?;
        if transaction.execute_raw(change).await?.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.execute_raw(self.insert_line(&line)).await?;
        if line.fence.is_none_or(|fence| fence % TRIMMED_EVERY == 0) {
            transaction.execute_raw(self.trim_lines(line.id)).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

fn skip_line(row: &Row, skipped: Skipped) -> Line<'_> {
    Line {
        id: &row.id,
        fence: None,
        outcome: match skipped.why {
            Why::Overlap => RunOutcome::Overlapped,
            Why::Missed => RunOutcome::Missed,
        },
        slot: skipped.first,
        slots: count(skipped.count),
        started_at: None,
        replica: "",
        error: None,
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn written(error: &TaskError) -> String {
    serde_json::to_string(error).unwrap_or_default()
}

/// When a run that begins now is to end at the latest.
pub(in super::super) fn times_out_at(now: i64, timeout: std::time::Duration) -> i64 {
    now.saturating_add(milliseconds(timeout))
}
