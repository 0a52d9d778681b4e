//! When to stop asking a server that does not answer.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Counts failures in a row.
pub(super) struct Breaker {
    most: u32,
    failures: AtomicU32,
    open: AtomicBool,
}

impl Breaker {
    /// Closed, and open after so many failures in a row.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            failures: AtomicU32::new(0),
            open: AtomicBool::new(false),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// A call was answered. What was sent before the breaker opened, and answered after, does not close it.
    pub(super) fn answered(&self) {
        // All calls come by here, and nearly all find nothing to write.
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// A call failed. Whether that opened the breaker, which one caller alone is told.
    pub(super) fn failed(&self) -> bool {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        failures >= self.most && !self.open.swap(true, Ordering::AcqRel)
    }

    pub(super) fn close(&self) {
        self.failures.store(0, Ordering::Relaxed);
        self.open.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_open_it_once_and_an_answer_between_them_does_not() {
        let breaker = Breaker::new(3);
        for _ in 0..10 {
            assert!(!breaker.failed());
            assert!(!breaker.failed());
            breaker.answered();
        }
        assert_eq!([breaker.failed(), breaker.failed()], [false, false]);
        assert!(!breaker.is_open());
        assert!(breaker.failed());
        assert!(breaker.is_open());
        assert!(!breaker.failed(), "it is open already");
        breaker.answered();
        assert!(breaker.is_open(), "an answer that was late");
        breaker.close();
        assert!(!breaker.is_open() && !breaker.failed());
    }
}
