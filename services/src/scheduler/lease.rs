//! How long a lease lasts, and when one that somebody else holds has run out.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// The pace of a scheduler. Replicas of one backend have to agree on it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SchedulerTiming {
    /// How often an idle process asks the database what is due; 5 s. What another replica triggers is noticed by then.
    pub poll: Duration,
    /// How long a task stays taken when its holder says nothing; 12 s.
    pub lease: Duration,
    /// How long a run that has to stop may take before its function is dropped; 5 s.
    pub grace: Duration,
}

impl Default for SchedulerTiming {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(5),
            lease: Duration::from_secs(12),
            grace: Duration::from_secs(5),
        }
    }
}

impl SchedulerTiming {
    /// How often a holder renews its leases: three of four may get lost.
    pub(super) fn renewal(&self) -> Duration {
        self.lease / 4
    }

    /// When a holder that cannot renew asks its run to stop.
    pub(super) fn warning(&self) -> Duration {
        self.lease * 2 / 3
    }

    /// When it drops the run: well before others may take the task.
    pub(super) fn surrender(&self) -> Duration {
        self.lease * 5 / 6
    }
}

/// What this process has seen of the leases of others.
#[derive(Debug, Default)]
pub(super) struct Sightings(HashMap<String, Sighting>);

#[derive(Clone, Copy, Debug)]
struct Sighting {
    fence: i64,
    beat: i64,
    since: Instant,
}

impl Sightings {
    /// Notes a lease as it is now; tells since when it has been like that.
    pub(super) fn note(&mut self, id: &str, fence: i64, beat: i64, now: Instant) -> Instant {
        let seen = Sighting {
            fence,
            beat,
            since: now,
        };
        let known = self.0.entry(id.to_owned()).or_insert(seen);
        if (known.fence, known.beat) != (fence, beat) {
            *known = seen;
        }
        known.since
    }

    /// Forgets a lease that has ended.
    pub(super) fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lease_counts_from_its_last_change() {
        let mut sightings = Sightings::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(sightings.note("a", 1, 0, start), start);
        assert_eq!(sightings.note("a", 1, 0, start + second), start);
        assert_eq!(sightings.note("a", 1, 1, start + second), start + second);
        let later = start + 3 * second;
        assert_eq!(sightings.note("a", 2, 1, later), later);
        sightings.forget("a");
        assert_eq!(sightings.note("a", 2, 1, later + second), later + second);
    }

    #[test]
    fn a_holder_gives_up_before_others_take_over() {
        let timing = SchedulerTiming::default();
        assert!(timing.renewal() * 2 < timing.warning());
        assert!(timing.warning() < timing.surrender());
        assert!(timing.surrender() < timing.lease);
    }
}
