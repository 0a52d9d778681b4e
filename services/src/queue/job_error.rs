//! Why a job failed, and what is to become of it.

use std::fmt;
use std::time::Duration;

use greenroom_di_core::{BoxError, causes};

/// Why a job failed. Every error becomes one by `?`; the job is then tried again after the queue's
/// [backoff](super::Backoff), as long as it has attempts left.
///
/// ```
/// use std::time::Duration;
/// use greenroom_services::queue::JobError;
///
/// fn answered(status: u16) -> Result<(), JobError> {
///     match status {
///         200 => Ok(()),
///         429 => Err(JobError::retry_after("the server is busy", Duration::from_secs(60))),
///         404 => Err(JobError::do_not_retry("there is no such mailbox")),
///         status => Err(format!("the server answered {status}").into()),
///     }
/// }
/// ```
pub struct JobError {
    cause: BoxError,
    then: AfterFailure,
}

/// What becomes of a job that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterFailure {
    /// It is tried again after the queue's backoff.
    #[default]
    Retry,
    /// It is tried again after this time.
    RetryAfter(Duration),
    /// It is given up.
    GiveUp,
}

impl JobError {
    /// An error after which the job is tried again no earlier than this. It counts as an attempt all the same.
    pub fn retry_after(cause: impl Into<BoxError>, delay: Duration) -> Self {
        Self {
            cause: cause.into(),
            then: AfterFailure::RetryAfter(delay),
        }
    }

    /// An error that another attempt would meet as well: the job is given up at once.
    pub fn do_not_retry(cause: impl Into<BoxError>) -> Self {
        Self {
            cause: cause.into(),
            then: AfterFailure::GiveUp,
        }
    }

    /// What is to become of the job.
    #[must_use]
    pub fn then(&self) -> AfterFailure {
        self.then
    }

    /// The error itself.
    #[must_use]
    pub fn cause(&self) -> &BoxError {
        &self.cause
    }
}

/// Whatever can be boxed as an error. `JobError` itself is none, so that this does not overlap with `From<T> for T`.
impl<E: Into<BoxError>> From<E> for JobError {
    fn from(cause: E) -> Self {
        Self {
            cause: cause.into(),
            then: AfterFailure::default(),
        }
    }
}

/// The error and its causes, in one line.
impl fmt::Display for JobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.cause)?;
        for cause in causes(&*self.cause) {
            write!(formatter, ": {cause}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for JobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JobError")
            .field("cause", &self.cause)
            .field("then", &self.then)
            .finish()
    }
}
