//! What can go wrong with a schedule; how a run failed is in the history.

use sea_orm::DbErr;

use crate::database::DatabaseError;
use crate::http_error::HttpError;

/// Why the scheduler refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchedulerError {
    /// The id of a task is empty, or longer than 255 characters.
    #[error("{id} is not a valid ID, expected non-empty string of at most 255 characters")]
    InvalidId {
        /// What was given.
        id: String,
    },
    /// A schedule that cannot be kept.
    #[error("{message}")]
    InvalidSchedule {
        /// What is wrong with it.
        message: String,
    },
    /// The plugin has scheduled a task of this id before.
    #[error("Task {id} is already scheduled")]
    AlreadyScheduled {
        /// The task.
        id: String,
    },
    /// Nobody has scheduled a task of this id.
    #[error("Task {id} does not exist")]
    NotFound {
        /// The task.
        id: String,
    },
    /// The task runs already.
    #[error("Task {id} is currently running")]
    Running {
        /// The task.
        id: String,
    },
    /// The task does not run.
    #[error("Task {id} is not running")]
    NotRunning {
        /// The task.
        id: String,
    },
    /// The plugin has no database, or it refused.
    #[error("the scheduler cannot reach its tables: {0}")]
    Database(#[from] DatabaseError),
    /// A statement failed.
    #[error("the scheduler cannot reach its tables: {0}")]
    Statement(#[from] DbErr),
}

impl SchedulerError {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::InvalidSchedule { message }
    }
}

impl From<SchedulerError> for HttpError {
    fn from(error: SchedulerError) -> Self {
        let message = error.to_string();
        match error {
            SchedulerError::InvalidId { .. } | SchedulerError::InvalidSchedule { .. } => {
                Self::input(message)
            }
            SchedulerError::NotFound { .. } => Self::not_found(message),
            SchedulerError::AlreadyScheduled { .. }
            | SchedulerError::Running { .. }
            | SchedulerError::NotRunning { .. } => Self::conflict(message),
            SchedulerError::Database(_) | SchedulerError::Statement(_) => Self::internal(error),
        }
    }
}
