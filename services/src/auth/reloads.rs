//! How often something may be read again because a stranger has asked for what is not there.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// In which there are at most [`MOST`].
const WINDOW: Duration = Duration::from_secs(60);
const MOST: usize = 10;

/// When it was read again.
#[derive(Default)]
pub(super) struct Reloads(VecDeque<Instant>);

impl Reloads {
    /// Whether it may be now, which is counted then.
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
