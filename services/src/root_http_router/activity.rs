//! What a connection is doing, for the limits of time that depend on it.
//!
//! HTTP/2 has many requests at a time, so they are counted.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What a connection is doing.
pub(super) struct Activity {
    opened: Instant,
    // Requests that were begun, and those of them that are not answered yet.
    begun: AtomicU64,
    open: AtomicUsize,
    // Microseconds from `opened` to the last answer.
    answered: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            begun: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
        }
    }

    /// Tells which request this is, counted from 1.
    pub(super) fn begin(&self) -> u64 {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn end(&self) {
        let micros = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.answered.store(micros, Ordering::Relaxed);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn is_unused(&self) -> bool {
        self.begun.load(Ordering::Relaxed) == 0
    }

    /// The time of the last answer, unless a request is under way or none has come yet (whose head has
    /// a time limit of its own).
    pub(super) fn idle_since(&self) -> Option<Instant> {
        if self.is_unused() || self.open.load(Ordering::Relaxed) > 0 {
            return None;
        }
        Some(self.opened + Duration::from_micros(self.answered.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_from_its_last_answer() {
        let activity = Activity::new();
        assert!(activity.is_unused() && activity.idle_since().is_none());
        assert_eq!((activity.begin(), activity.begin()), (1, 2));
        tokio::time::advance(Duration::from_secs(1)).await;
        activity.end();
        assert!(!activity.is_unused() && activity.idle_since().is_none());
        tokio::time::advance(Duration::from_secs(1)).await;
        activity.end();
        tokio::time::advance(Duration::from_secs(5)).await;
        let since = activity.idle_since().expect("both are answered");
        assert_eq!(since.elapsed(), Duration::from_secs(5));
    }
}
