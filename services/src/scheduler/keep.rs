//! Renewing the leases of the runs of this process. It goes on beside the looks: whatever they wait for, however long the
//! database takes for it, holds no lease up.

use tokio::time::{Instant, sleep, timeout};

use super::service::Inner;
use super::state::Running;
use super::store::Row;
use super::{RunOutcome, SchedulerError};

impl Inner {
    /// Renews again and again.
    pub(super) async fn keep_leases(&self) {
        let pace = self.parts.timing.renewal();
        let mut failing = false;
        loop {
            sleep(if failing { pace / 2 } else { pace }).await;
            let failure = match timeout(pace, self.renew()).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("the database does not answer in time".to_owned()),
            };
            // Once, and not with every try.
            if let Some(error) = &failure
                && !failing
            {
                tracing::warn!(
                    error,
                    "The leases of the tasks that run could not be renewed; it is tried again"
                );
            }
            failing = failure.is_some();
        }
    }

    /// Renews the leases of all runs once, and stops those that have lost theirs.
    pub(super) async fn renew(&self) -> Result<(), SchedulerError> {
        let mut mine = self.running_now();
        mine.retain(|(_, run)| !run.is_over());
        if mine.is_empty() {
            return Ok(());
        }
        let store = self.store().await?;
        let ids: Vec<&str> = mine.iter().map(|(id, _)| &**id).collect();
        // It counts from before it is renewed, and not from the answer.
        let stamp = Instant::now();
        let renewed = store.renew(&ids).await?;
        let all = usize::try_from(renewed).is_ok_and(|renewed| renewed >= mine.len());
        let rows = if all {
            Vec::new()
        } else {
            store.near(0).await?.1
        };
        for (id, run) in &mine {
            let held = |row: &Row| is_held(row, id, run, store.replica());
            if all || rows.iter().any(held) {
                run.renew(stamp);
            } else if !run.is_over() {
                run.stop(RunOutcome::Lost);
            }
        }
        Ok(())
    }
}

fn is_held(row: &Row, id: &str, run: &Running, replica: &str) -> bool {
    row.id == id && row.fence == run.fence && row.holder.as_deref() == Some(replica)
}
