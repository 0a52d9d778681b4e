//! A job in the hands of the one who runs it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use greenroom_di_core::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::QueueError;

/// Names a job within its plugin. Ids are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(i64);

impl JobId {
    /// The job with this number.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Gives a job more time; see [`Job::extend`].
pub type Extension = Arc<dyn Fn(Duration) -> BoxFuture<Result<(), QueueError>> + Send + Sync>;

/// A job whose payload is not read yet: what a queue hands to a [`JobWork`](super::JobWork).
#[derive(Clone)]
#[non_exhaustive]
pub struct RawJob {
    /// Its id.
    pub id: JobId,
    /// Its queue.
    pub queue: Arc<str>,
    /// What it is about: JSON.
    pub payload: String,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// How many there are.
    pub max_attempts: u32,
    /// When it was enqueued.
    pub enqueued_at: SystemTime,
    /// Cancelled when the job is to stop.
    pub cancellation: CancellationToken,
    /// How it gets more time. Without one it has all the time that there is.
    pub extension: Option<Extension>,
}

impl RawJob {
    /// The first and only attempt of a job: for those who make a queue of their own.
    #[must_use]
    pub fn new(id: JobId, queue: impl Into<Arc<str>>, payload: impl Into<String>) -> Self {
        Self {
            id,
            queue: queue.into(),
            payload: payload.into(),
            attempt: 1,
            max_attempts: 1,
            enqueued_at: SystemTime::UNIX_EPOCH,
            cancellation: CancellationToken::new(),
            extension: None,
        }
    }
}

impl fmt::Debug for RawJob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawJob")
            .field("id", &self.id)
            .field("queue", &self.queue)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// A job, and what its handler may ask about it.
///
/// It is the handler's until it returns. The hold on it is renewed meanwhile, by itself.
#[derive(Debug)]
pub struct Job<T> {
    /// What it is about.
    pub payload: T,
    raw: RawJob,
}

impl<T> Job<T> {
    pub(super) fn new(payload: T, mut raw: RawJob) -> Self {
        raw.payload = String::new();
        Self { payload, raw }
    }

    /// Its id, which is the same in all its attempts.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.raw.id
    }

    /// The name of its queue.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.raw.queue
    }

    /// Which attempt this is, counted from 1. Attempts whose worker died count; those that a shutdown cut short do not.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.raw.attempt
    }

    /// Whether the job is given up if this attempt fails.
    #[must_use]
    pub fn is_last_attempt(&self) -> bool {
        self.raw.attempt >= self.raw.max_attempts
    }

    /// When it was enqueued.
    #[must_use]
    pub fn enqueued_at(&self) -> SystemTime {
        self.raw.enqueued_at
    }

    /// Cancelled when the job should come to an end: the backend stops, the hold on the job was lost, or the
    /// [timeout](super::QueueOptions::timeout) is over. A job that then returns an error because the backend stops goes
    /// back to the queue at once, and the attempt does not count.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.raw.cancellation
    }

    /// Holds the job for this long from now on, even if nothing renews the hold: for work that blocks the whole process.
    /// A job that merely takes long needs no such thing.
    ///
    /// # Errors
    ///
    /// [`QueueError::Lost`] when another has it already; what the handler does from now on is done twice.
    pub async fn extend(&self, time: Duration) -> Result<(), QueueError> {
        match &self.raw.extension {
            Some(extend) => extend(time).await,
            None => Ok(()),
        }
    }
}
