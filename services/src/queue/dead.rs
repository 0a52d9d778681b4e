//! Jobs that were given up: they stay until somebody looks at them.

use std::time::SystemTime;

use super::{JobId, QueueError, Queues};

/// A job that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadJob {
    /// Its id.
    pub id: JobId,
    /// What it is about, as it was enqueued: JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt came to.
    pub reason: String,
    /// When it was enqueued.
    pub enqueued_at: SystemTime,
    /// When it was given up.
    pub dead_since: SystemTime,
}

impl DeadJob {
    /// A job that was given up at the start of time, after one attempt: for those who make a queue of their own.
    #[must_use]
    pub fn new(id: JobId, payload: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            id,
            payload: payload.into(),
            attempts: 1,
            reason: reason.into(),
            enqueued_at: SystemTime::UNIX_EPOCH,
            dead_since: SystemTime::UNIX_EPOCH,
        }
    }
}

/// What is done about a job that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadAction {
    /// It is tried again, with all its attempts.
    Retry,
    /// It is forgotten, and its idempotency key is free again.
    Discard,
}

/// The jobs of one queue that were given up.
#[derive(Clone)]
pub struct DeadLetters<'a> {
    queue: &'a str,
    service: &'a Queues,
}

impl<'a> DeadLetters<'a> {
    pub(super) fn new(queue: &'a str, service: &'a Queues) -> Self {
        Self { queue, service }
    }

    /// Some of them, in the order of their ids.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn list(&self, limit: u64) -> Result<Vec<DeadJob>, QueueError> {
        self.service.dead_letters(self.queue, None, limit).await
    }

    /// Some of those behind `after`: the next page.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn list_after(&self, after: JobId, limit: u64) -> Result<Vec<DeadJob>, QueueError> {
        let after = Some(after);
        self.service.dead_letters(self.queue, after, limit).await
    }

    /// Tries one again, with all its attempts. Says whether it was there.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn retry(&self, job: JobId) -> Result<bool, QueueError> {
        Ok(self.settle(Some(job), DeadAction::Retry).await? > 0)
    }

    /// Tries all of them again; gives how many they are.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn retry_all(&self) -> Result<u64, QueueError> {
        self.settle(None, DeadAction::Retry).await
    }

    /// Forgets one. Says whether it was there.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn discard(&self, job: JobId) -> Result<bool, QueueError> {
        Ok(self.settle(Some(job), DeadAction::Discard).await? > 0)
    }

    /// Forgets all of them; gives how many they were.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn discard_all(&self) -> Result<u64, QueueError> {
        self.settle(None, DeadAction::Discard).await
    }

    async fn settle(&self, job: Option<JobId>, action: DeadAction) -> Result<u64, QueueError> {
        self.service.settle_dead(self.queue, job, action).await
    }
}
