//! How a queue is worked on, and how full it is.

use std::time::Duration;

use super::QueueError;

/// The longest time that a worker counts with: timers cannot tell every one, and none that is longer is meant.
pub(super) const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// How a queue is worked on. The default suits short jobs that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueOptions {
    /// See [`concurrency`](Self::concurrency).
    pub concurrency: usize,
    /// See [`visibility`](Self::visibility).
    pub visibility: Duration,
    /// See [`max_attempts`](Self::max_attempts).
    pub max_attempts: u32,
    /// See [`backoff`](Self::backoff).
    pub backoff: Backoff,
    /// See [`timeout`](Self::timeout).
    pub timeout: Option<Duration>,
    /// See [`keep_done`](Self::keep_done).
    pub keep_done: Duration,
    /// See [`keep_keys`](Self::keep_keys).
    pub keep_keys: Duration,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            concurrency: 10,
            visibility: Duration::from_secs(30),
            max_attempts: 5,
            backoff: Backoff::default(),
            timeout: None,
            keep_done: Duration::ZERO,
            keep_keys: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl QueueOptions {
    /// The default: ten jobs at a time, five attempts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many jobs of the queue run at a time in one replica. Default: 10.
    #[must_use]
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs;
        self
    }

    /// How long a job stays with a worker that says nothing: after this time it goes to another. A worker that lives says
    /// something three times as often, so a job may take as long as it wants. Default: 30 s; at least 100 ms, and no
    /// more than a year.
    #[must_use]
    pub fn visibility(mut self, time: Duration) -> Self {
        self.visibility = time;
        self
    }

    /// How often a job is tried, the first time included, before it is given up. Default: 5.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long a job that failed waits. Default: 1 s, then twice as long each time, 1 h at most. A year is the
    /// longest.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How long one attempt may take; then it is dropped and has failed. Default: as long as it wants.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// How long a job that is done stays in the table. Default: not at all.
    #[must_use]
    pub fn keep_done(mut self, time: Duration) -> Self {
        self.keep_done = time;
        self
    }

    /// For how long at least, after a job with an idempotency key is done, no other one with its key is enqueued.
    /// Default: a day.
    #[must_use]
    pub fn keep_keys(mut self, time: Duration) -> Self {
        self.keep_keys = time;
        self
    }

    /// Says what contradicts itself.
    pub(super) fn check(&self, queue: &str) -> Result<(), QueueError> {
        let message = if self.concurrency == 0 {
            "no job could ever run with a concurrency of 0"
        } else if self.max_attempts == 0 {
            "a job needs at least 1 attempt"
        } else if self.visibility < Duration::from_millis(100) {
            "the visibility has to be 100 ms at least, or a worker could not renew it in time"
        } else if self.visibility > LONGEST || self.backoff.longest() > LONGEST {
            "neither the visibility nor the backoff may be longer than a year"
        } else if self.timeout.is_some_and(|time| time.is_zero()) {
            "no job could ever be done within a timeout of 0"
        } else {
            return Ok(());
        };
        let queue = queue.to_owned();
        Err(QueueError::Options { queue, message })
    }
}

/// How long a job that failed waits for its next attempt. A tenth of it is left to chance, so that jobs that failed
/// together do not come back together; it is never longer than what is said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backoff {
    /// The same time after each attempt.
    Fixed(Duration),
    /// Twice as long after each attempt.
    Exponential {
        /// After the first.
        first: Duration,
        /// Never longer than this.
        most: Duration,
    },
}

impl Default for Backoff {
    fn default() -> Self {
        Self::Exponential {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60 * 60),
        }
    }
}

impl Backoff {
    /// The longest time after this attempt, counted from 1.
    #[must_use]
    pub fn after(self, attempt: u32) -> Duration {
        match self {
            Self::Fixed(time) => time,
            Self::Exponential { first, most } => {
                let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
                first.saturating_mul(doubled).min(most)
            }
        }
    }

    fn longest(self) -> Duration {
        match self {
            Self::Fixed(time) => time,
            Self::Exponential { most, .. } => most,
        }
    }

    /// That, less what is left to chance.
    pub(super) fn pick(self, attempt: u32) -> Duration {
        self.after(attempt).mul_f64(0.9 + 0.1 * fastrand::f64())
    }
}

/// How many jobs of a queue there are, by what they wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueFigures {
    /// They may run at once.
    pub ready: u64,
    /// They wait for their time, or for their next attempt.
    pub delayed: u64,
    /// They run now, or their worker has died a moment ago.
    pub running: u64,
    /// They were given up.
    pub dead: u64,
    /// They are done, and kept for a while.
    pub done: u64,
}
