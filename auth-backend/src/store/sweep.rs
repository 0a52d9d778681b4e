//! When it is time to remove what has ended.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Counts what this process writes into a table.
pub(super) struct Sweep {
    /// At least so often,
    every: Duration,
    /// and after so many writes.
    after: u32,
    last: Mutex<Option<(SystemTime, u32)>>,
}

impl Sweep {
    pub(super) const fn new(every: Duration, after: u32) -> Self {
        Self {
            every,
            after,
            last: Mutex::new(None),
        }
    }

    /// Whether this write is one that sweeps; the first one of a process is.
    pub(super) fn is_due(&self, now: SystemTime) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((swept, writes)) = &mut *last {
            *writes += 1;
            // A clock that was set back makes it due too.
            let since = now.duration_since(*swept);
            if *writes < self.after && since.is_ok_and(|since| since < self.every) {
                return false;
            }
        }
        *last = Some((now, 0));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn it_is_due_at_first_after_a_while_and_after_many_writes() {
        let sweep = Sweep::new(Duration::from_secs(60), 3);
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let due: Vec<bool> = [100, 100, 159, 160, 161, 162, 163, 50]
            .map(|seconds| sweep.is_due(at(seconds)))
            .into();
        assert_eq!(
            due,
            [true, false, false, true, false, false, true, true],
            "at first; at 160 s; at the third write after that; when the clock was set back"
        );
    }
}
