//! How runs went.

use std::fmt;
use std::time::SystemTime;

use greenroom_di_core::BoxError;
use serde::{Deserialize, Serialize};

use crate::http_error::{HttpError, log_id};

/// One line of a task's history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskRun {
    /// How it ended.
    pub outcome: RunOutcome,
    /// The run's [fencing number](super::TaskContext::fencing_number); none for slots that were passed over.
    pub fencing_number: Option<u64>,
    /// The time for which the run was planned, or that of the first slot that was passed over.
    pub scheduled_at: SystemTime,
    /// How many slots this line is about: 1, or as many as were passed over in a row.
    pub slots: u64,
    /// When it began.
    pub started_at: Option<SystemTime>,
    /// When it ended, or when it was noticed that the slots had passed.
    pub ended_at: SystemTime,
    /// Which process ran it.
    pub replica: String,
    /// What was wrong.
    pub error: Option<TaskError>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunOutcome {
    /// The task's function returned without an error.
    Completed,
    /// It returned an error.
    Failed,
    /// It panicked.
    Panicked,
    /// It took longer than its timeout.
    TimedOut,
    /// Somebody cancelled it.
    Cancelled,
    /// The backend stopped.
    Interrupted,
    /// Its process died, or could not renew its lease.
    Lost,
    /// No run: the one before was still under way.
    Overlapped,
    /// No run: nobody was there.
    Missed,
}

const NAMES: [(RunOutcome, &str); 9] = [
    (RunOutcome::Completed, "completed"),
    (RunOutcome::Failed, "failed"),
    (RunOutcome::Panicked, "panicked"),
    (RunOutcome::TimedOut, "timed-out"),
    (RunOutcome::Cancelled, "cancelled"),
    (RunOutcome::Interrupted, "interrupted"),
    (RunOutcome::Lost, "lost"),
    (RunOutcome::Overlapped, "overlapped"),
    (RunOutcome::Missed, "missed"),
];

impl RunOutcome {
    pub(super) fn name(self) -> &'static str {
        let mut names = NAMES.iter();
        let found = names.find(|(outcome, _)| *outcome == self);
        found.map_or("", |(_, name)| name)
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        let mut names = NAMES.iter();
        let found = names.find(|(_, known)| *known == name);
        found.map(|(outcome, _)| *outcome)
    }
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The longest message of an error that is kept, in characters.
const LONGEST: usize = 1000;

/// What was wrong with a run.
///
/// It says as much as an HTTP client may learn: the message of an [`HttpError`], and for any other error an id, under which
/// the log has the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskError {
    /// The kind of error, such as `NotFoundError`; `Error` if it has none.
    pub name: String,
    /// What happened.
    pub message: String,
}

impl TaskError {
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self {
            name: "Error".to_owned(),
            message: message.into(),
        }
    }

    /// What may be kept of an error, and the id under which it is to be logged if that is not all.
    pub(super) fn of(error: &BoxError) -> (Self, Option<String>) {
        let known = error.downcast_ref::<HttpError>();
        match known.filter(|known| !known.message().is_empty()) {
            Some(known) => {
                let message = known.message().chars().take(LONGEST).collect();
                let name = known.name().to_owned();
                (Self { name, message }, None)
            }
            None => Self::hidden(),
        }
    }

    /// An error of which the log alone has the words.
    pub(super) fn hidden() -> (Self, Option<String>) {
        let id = log_id();
        let message = format!("An internal error occurred logId={id}");
        (Self::plain(message), Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_name_of_its_own() {
        for (outcome, name) in NAMES {
            assert_eq!(outcome.to_string(), name);
            assert_eq!(RunOutcome::from_name(name), Some(outcome));
        }
        assert_eq!(RunOutcome::from_name("running"), None);
    }

    #[test]
    fn an_error_is_kept_as_a_client_may_see_it() {
        let (kept, id) = TaskError::of(&HttpError::not_found("no such feed").into());
        assert_eq!(
            (&*kept.name, &*kept.message),
            ("NotFoundError", "no such feed")
        );
        assert_eq!(id, None);
        for error in [
            BoxError::from("postgres://me:hunter2@db"),
            HttpError::internal("hunter2").into(),
        ] {
            let (kept, id) = TaskError::of(&error);
            let id = id.expect("the log has the rest");
            assert_eq!(
                kept.message,
                format!("An internal error occurred logId={id}")
            );
        }
    }
}
