//! How often something may be done because a stranger has asked for what is not there.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// In which there are at most `MOST`.
const WINDOW: Duration = Duration::from_secs(60);

/// How often keys are read again because of one that is not known.
pub(super) type Reloads = Budget<10>;

/// When it was done.
#[derive(Default)]
pub(super) struct Budget<const MOST: usize>(VecDeque<Instant>);

impl<const MOST: usize> Budget<MOST> {
    /// Whether it may be done now, which is counted then.
    pub(super) fn admit(&mut self) -> bool {
        let now = Instant::now();
        while self
            .0
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            self.0.pop_front();
        }
        let admitted = self.0.len() < MOST;
        if admitted {
            self.0.push_back(now);
        }
        admitted
    }
}
