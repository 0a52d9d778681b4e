//! A job that is to be enqueued, and what that came to.

use std::time::{Duration, SystemTime};

use super::JobId;

/// A job that is to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewJob {
    /// What it is about: JSON.
    pub payload: String,
    /// From when on it may run.
    pub when: When,
    /// Jobs with a higher one come first; 0 is the usual one.
    pub priority: i32,
    /// A job with the same key is enqueued once.
    pub idempotency_key: Option<String>,
}

/// From when on a job may run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// When this time has passed.
    After(Duration),
    /// At this time of day.
    At(SystemTime),
}

impl NewJob {
    /// A job that may run at once.
    #[must_use]
    pub fn new(payload: impl Into<String>) -> Self {
        Self {
            payload: payload.into(),
            when: When::Now,
            priority: 0,
            idempotency_key: None,
        }
    }
}

/// What enqueuing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is in the queue.
    New(JobId),
    /// There was a job with its idempotency key already: this one. It may be waiting, running, done or given up.
    Existing(JobId),
}

impl Enqueued {
    /// The id of the job that is there now.
    #[must_use]
    pub fn id(self) -> JobId {
        match self {
            Self::New(id) | Self::Existing(id) => id,
        }
    }

    /// Whether it was not there before.
    #[must_use]
    pub fn is_new(self) -> bool {
        matches!(self, Self::New(_))
    }
}
