//! The jobs that this process holds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::queue::store::Held;

/// A job that is held, until the database knows what became of it.
pub(super) struct HeldJob {
    pub(super) queue: String,
    pub(super) lease: i64,
    pub(super) visibility: Duration,
    pub(super) cancellation: CancellationToken,
    /// When the hold was last taken or renewed; a little earlier, so that it is never taken for longer than it is.
    pub(super) renewed: Instant,
    /// Whether it still runs, and so takes one of its queue's places.
    pub(super) runs: bool,
}

/// All of them, by their ids.
#[derive(Default)]
pub(super) struct HeldJobs(Mutex<HashMap<i64, HeldJob>>);

impl HeldJobs {
    pub(super) fn insert(&self, id: i64, job: HeldJob) {
        self.jobs().insert(id, job);
    }

    /// How many jobs of a queue run.
    pub(super) fn running(&self, queue: &str) -> usize {
        let jobs = self.jobs();
        let running = jobs.values().filter(|job| job.runs && job.queue == queue);
        running.count()
    }

    /// It has ended, and takes no place any more.
    pub(super) fn ended(&self, (id, lease): Held) {
        if let Some(job) = self.jobs().get_mut(&id)
            && job.lease == lease
        {
            job.runs = false;
        }
    }

    /// The database knows what became of them.
    pub(super) fn forget(&self, held: impl IntoIterator<Item = Held>) {
        let mut jobs = self.jobs();
        for (id, lease) in held {
            if jobs.get(&id).is_some_and(|job| job.lease == lease) {
                jobs.remove(&id);
            }
        }
    }

    /// Those that have not ended.
    pub(super) fn unfinished(&self) -> Vec<Held> {
        let jobs = self.jobs();
        let running = jobs.iter().filter(|(_, job)| job.runs);
        running.map(|(id, job)| (*id, job.lease)).collect()
    }

    /// Those whose hold was renewed longer ago than a part of its visibility, by their visibility.
    pub(super) fn stale(&self, part: u32) -> Vec<(Duration, Vec<Held>)> {
        let mut stale: Vec<(Duration, Vec<Held>)> = Vec::new();
        for (id, job) in self.jobs().iter() {
            if job.renewed.elapsed() < job.visibility / part {
                continue;
            }
            let held = (*id, job.lease);
            match stale.iter_mut().find(|(time, _)| *time == job.visibility) {
                Some((_, jobs)) => jobs.push(held),
                None => stale.push((job.visibility, vec![held])),
            }
        }
        stale
    }

    /// They are held from this moment on.
    pub(super) fn renewed(&self, held: &[Held], at: Instant) {
        let mut jobs = self.jobs();
        for (id, lease) in held {
            if let Some(job) = jobs.get_mut(id)
                && job.lease == *lease
            {
                job.renewed = at;
            }
        }
    }

    /// Tells those that another has, or may have; gives how many were not told before.
    pub(super) fn tell_lost(&self, lost: &[Held]) -> usize {
        let jobs = self.jobs();
        let told = lost.iter().filter(|(id, lease)| {
            let job = jobs.get(id).filter(|job| job.runs && job.lease == *lease);
            job.is_some_and(|job| {
                let news = !job.cancellation.is_cancelled();
                job.cancellation.cancel();
                news
            })
        });
        told.count()
    }

    /// Those whose hold must be over, as nobody could renew it.
    pub(super) fn outlived(&self) -> Vec<Held> {
        let jobs = self.jobs();
        let outlived = jobs
            .iter()
            .filter(|(_, job)| job.renewed.elapsed() >= job.visibility);
        outlived.map(|(id, job)| (*id, job.lease)).collect()
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<i64, HeldJob>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
