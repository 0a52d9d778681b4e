//! A task as its row has it.

use sea_orm::{DbErr, QueryResult};
use serde_json::Value as Json;

use super::super::decide::Plan;
use super::plan;

/// The columns of a row, in the words of a `SELECT`.
pub(super) const COLUMNS: &str = "t.id, t.settings, t.next_slot_at, t.next_run_at, t.triggered_at, \
    t.retry_slot_at, t.fence, t.beat, t.holder, t.cancel_fence, t.run_slot_at, t.run_started_at, \
    t.run_times_out_at, t.last_slot_at, t.last_ended_at, t.last_error, t.lost_in_row";

/// A task in the database.
#[derive(Clone, Debug)]
pub(in super::super) struct Row {
    pub(in super::super) id: String,
    pub(in super::super) settings: Json,
    /// The same as it was written, byte for byte.
    pub(in super::super) written_settings: String,
    pub(in super::super) plan: Plan,
    /// The number of the last run.
    pub(in super::super) fence: i64,
    /// How often its lease was renewed.
    pub(in super::super) beat: i64,
    pub(in super::super) holder: Option<String>,
    /// The run that somebody wants to end.
    pub(in super::super) cancel_fence: Option<i64>,
    pub(in super::super) run_slot_at: Option<i64>,
    pub(in super::super) run_started_at: Option<i64>,
    pub(in super::super) run_times_out_at: Option<i64>,
    /// The last slot that ran by plan.
    pub(in super::super) last_slot_at: Option<i64>,
    pub(in super::super) last_error: Option<String>,
    /// How many runs in a row were lost.
    pub(in super::super) lost_in_row: i64,
}

impl Row {
    /// Whether somebody wants the run that is under way to end.
    pub(in super::super) fn is_cancelled(&self) -> bool {
        self.cancel_fence == Some(self.fence)
    }

    /// None when the row is the one that a join makes where there is no task.
    pub(super) fn read(found: &QueryResult) -> Result<Option<Self>, DbErr> {
        let Some(id) = found.try_get("", "id")? else {
            return Ok(None);
        };
        let number = |column: &str| found.try_get::<Option<i64>>("", column);
        let settings: String = found.try_get("", "settings")?;
        Ok(Some(Self {
            id,
            settings: serde_json::from_str(&settings).unwrap_or_default(),
            written_settings: settings,
            plan: plan(
                number("next_slot_at")?,
                number("next_run_at")?,
                number("triggered_at")?,
                number("retry_slot_at")?,
                number("last_ended_at")?,
            ),
            fence: found.try_get("", "fence")?,
            beat: found.try_get("", "beat")?,
            holder: found.try_get("", "holder")?,
            cancel_fence: number("cancel_fence")?,
            run_slot_at: number("run_slot_at")?,
            run_started_at: number("run_started_at")?,
            run_times_out_at: number("run_times_out_at")?,
            last_slot_at: number("last_slot_at")?,
            last_error: found.try_get("", "last_error")?,
            lost_in_row: found.try_get("", "lost_in_row")?,
        }))
    }
}
