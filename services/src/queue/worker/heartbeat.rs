//! Renewing the holds on the jobs that run, in a task of its own: nothing that the worker waits for holds it up.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::{Instant, sleep, timeout};

use super::held::HeldJobs;
use crate::queue::service::Shared;
use crate::queue::store::Store;

/// A hold is renewed this often before it would be over.
const BEATS: u32 = 3;

/// While nothing is worked on there is nothing to renew.
const IDLE: Duration = Duration::from_secs(1);

/// Renews what is held, and tells the jobs that could not be kept, for ever.
pub(super) async fn run(shared: Arc<Shared>, store: Store, held: Arc<HeldJobs>) {
    loop {
        let queues = shared.worked();
        let shortest = queues.iter().map(|(_, queue)| queue.options.visibility);
        // Half a beat, so that what was claimed right after the last one is renewed in time too.
        let pause = shortest.min().map_or(IDLE, |time| time / (BEATS * 2));
        sleep(pause).await;
        // A connection that went silent is left for another one before the holds are over.
        let mut renewing = pin!(timeout(pause.max(IDLE), renew(&store, &held, BEATS)));
        let renewed = loop {
            tokio::select! {
                biased;
                renewed = &mut renewing => break renewed,
                () = sleep(pause) => tell(&held),
            }
        };
        let failure = match renewed {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the database does not answer in time".to_owned()),
        };
        if let Some(error) = failure {
            tracing::warn!(
                error,
                "The holds on the running jobs could not be renewed; it is tried again"
            );
        }
        tell(&held);
    }
}

/// Tells the jobs whose hold is over.
fn tell(held: &HeldJobs) {
    let outlived = held.outlived();
    if held.tell_lost(&outlived) > 0 {
        tracing::warn!(
            "Jobs run whose hold is over, as the database could not be reached: others may run them too"
        );
    }
}

/// Renews the holds that a part of their time has passed of.
pub(super) async fn renew(store: &Store, held: &HeldJobs, part: u32) -> Result<(), DbErr> {
    for (visibility, jobs) in held.stale(part) {
        let at = Instant::now();
        let lost = store.renew(&jobs, visibility).await?;
        let still: Vec<_> = jobs
            .iter()
            .filter(|job| !lost.contains(job))
            .copied()
            .collect();
        held.renewed(&still, at);
        let told = held.tell_lost(&lost);
        if told > 0 {
            tracing::warn!(
                jobs = told,
                "Jobs run that another worker has taken over, as their holds were not renewed in time"
            );
        }
    }
    Ok(())
}
