//! Renewing the holds on the jobs that run, in a task of its own: nothing that the worker waits for holds it up.

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

/// Renews what is held, and tells the jobs that could not be kept, for ever. Neither waits for the other.
pub(super) async fn run(shared: Arc<Shared>, store: Store, held: Arc<HeldJobs>) {
    tokio::join!(keep(&shared, &store, &held), tell(&shared, &held));
}

/// Half a beat, so that what was claimed right after the last one is renewed in time too.
fn pause(shared: &Shared) -> Duration {
    let queues = shared.worked();
    let shortest = queues.iter().map(|(_, queue)| queue.options.visibility);
    shortest.min().map_or(IDLE, |time| time / (BEATS * 2))
}

async fn keep(shared: &Shared, store: &Store, held: &HeldJobs) {
    loop {
        let pause = pause(shared);
        sleep(pause).await;
        // A connection that went silent is left for another one before the holds are over.
        let failure = match timeout(pause.max(IDLE), renew(store, held, BEATS)).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the database does not answer in time".to_owned(),
        };
        tracing::warn!(
            error = failure,
            "The holds on the running jobs could not be renewed; it is tried again"
        );
    }
}

async fn tell(shared: &Shared, held: &HeldJobs) {
    loop {
        sleep(pause(shared)).await;
        let outlived = held.outlived();
        if held.tell_lost(&outlived) > 0 {
            tracing::warn!(
                "Jobs run whose hold is over, as the database could not be reached: others may run them too"
            );
        }
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
