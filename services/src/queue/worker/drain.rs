//! The end of a worker: what runs may come to its end, what does not goes back at once.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Worker;
use crate::queue::store::Verdict;

/// How long jobs that were dropped may take to be gone.
const ABORT: Duration = Duration::from_secs(1);

impl Worker {
    /// Waits for the jobs, which the stop has told, for a while, and gives back those that go on.
    pub(super) async fn drain(mut self) {
        let deadline = Instant::now() + self.shared.settings.drain_timeout;
        while !self.jobs.is_empty() {
            let next = timeout_at(deadline, self.jobs.join_next_with_id()).await;
            let Ok(Some(ended)) = next else {
                break;
            };
            self.end(ended);
            self.collect();
            self.report().await;
        }
        if !self.jobs.is_empty() {
            tracing::warn!(
                jobs = self.jobs.len(),
                "Jobs did not come to an end in time, and go back to their queues"
            );
            self.jobs.abort_all();
            // Some come to their end all the same.
            let deadline = Instant::now() + ABORT;
            while let Ok(Some(ended)) = timeout_at(deadline, self.jobs.join_next_with_id()).await {
                self.end(ended);
            }
            // One that blocks its thread is not gone after this either: it runs until the process ends.
            let release = |held| (held, Verdict::Release);
            let unfinished = self.held.unfinished();
            self.finished.extend(unfinished.into_iter().map(release));
        }
        self.report().await;
        if !self.finished.is_empty() {
            tracing::warn!(
                jobs = self.finished.len(),
                "The database does not know what became of the last jobs: another worker will run them again"
            );
        }
    }

    async fn report(&mut self) {
        if self.finished.is_empty() {
            return;
        }
        let finished = std::mem::take(&mut self.finished);
        match self.store.finish(&finished).await {
            Ok(_) => self.held.forget(finished.iter().map(|(held, _)| *held)),
            Err(error) => {
                tracing::warn!(%error, "What became of the last jobs could not be written down");
                self.finished = finished;
            }
        }
    }
}
