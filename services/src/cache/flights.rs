//! Single flight: of those who compute one thing at once, one does.
//!
//! A flight is a lock with a place for the outcome. Whoever has the lock and finds no outcome leads. A leader that is
//! cancelled, or panics, lets go of the lock without an outcome, and the next who waits leads, with a function of its own:
//! nobody has to notice that somebody is gone.
//!
//! What is deleted while it is computed must not come back: the computation has seen what was true before. So a deletion
//! takes the flight out of the list, where nobody joins it any more, and its leader keeps nothing.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::CacheError;

/// The JSON of the value, or why there is none.
pub(super) type Outcome = Result<Bytes, CacheError>;

/// What is decided when the lock is had.
pub(super) type Flight = tokio::sync::Mutex<Option<Outcome>>;

/// The computations of a plugin that are under way. Clones share them.
#[derive(Clone, Default)]
pub struct Flights(Arc<Shared>);

#[derive(Default)]
struct Shared {
    landed: AtomicU64,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    flights: HashMap<String, Arc<Flight>>,
    /// What is computed for each key, and kept afterwards; of a flight or for one caller alone.
    computations: HashMap<String, Vec<Arc<Tags>>>,
}

type Tags = Vec<String>;

/// Takes part in a flight until it is dropped.
pub(super) struct Passenger {
    flights: Flights,
    key: String,
    flight: Arc<Flight>,
}

/// A value from before it is computed until it is kept.
pub(super) struct Computation {
    flights: Flights,
    key: String,
    tags: Arc<Tags>,
}

/// What the current task computes, from the innermost outwards.
struct Chain {
    flights: Flights,
    key: String,
    outer: Option<Arc<Chain>>,
}

tokio::task_local! {
    static COMPUTING: Arc<Chain>;
}

impl Flights {
    /// None under way.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many have come to an end.
    pub(super) fn landed(&self) -> u64 {
        self.0.landed.load(Ordering::Acquire)
    }

    /// Joins the flight for this key, or begins it. `None` in a task that computes this key already: it would wait for
    /// itself.
    pub(super) fn join(&self, key: &str) -> Option<Passenger> {
        if self.is_computed_here(key) {
            return None;
        }
        let flight = Arc::clone(self.running().flights.entry(key.to_owned()).or_default());
        Some(Passenger {
            flights: self.clone(),
            key: key.to_owned(),
            flight,
        })
    }

    /// Notes that a value with these tags is to be computed and kept, before anything is looked at for it.
    pub(super) fn begin(&self, key: &str, tags: &[String]) -> Computation {
        let tags = Arc::new(tags.to_vec());
        let mut running = self.running();
        let computations = running.computations.entry(key.to_owned()).or_default();
        computations.push(Arc::clone(&tags));
        drop(running);
        Computation {
            flights: self.clone(),
            key: key.to_owned(),
            tags,
        }
    }

    /// What is under way for this key is neither kept nor given to those who ask from now on. An implementation of
    /// [`CacheService`](super::CacheService) says so before it deletes the key.
    pub fn forget(&self, key: &str) {
        let mut running = self.running();
        running.flights.remove(key);
        running.computations.remove(key);
    }

    /// As [`forget`](Self::forget), of every value with this tag.
    pub fn forget_tag(&self, tag: &str) {
        let mut running = self.running();
        let Running {
            flights,
            computations,
        } = &mut *running;
        computations.retain(|key, computations| {
            let before = computations.len();
            computations.retain(|tags| !tags.iter().any(|of| of == tag));
            if computations.len() < before {
                flights.remove(key);
            }
            !computations.is_empty()
        });
    }

    /// Runs a computation of this key in the knowledge that it is one.
    pub(super) async fn computing<F: Future>(&self, key: &str, computation: F) -> F::Output {
        let chain = Chain {
            flights: self.clone(),
            key: key.to_owned(),
            outer: COMPUTING.try_with(Arc::clone).ok(),
        };
        COMPUTING.scope(Arc::new(chain), computation).await
    }

    fn is_computed_here(&self, key: &str) -> bool {
        let mut next = COMPUTING.try_with(Arc::clone).ok();
        while let Some(chain) = next {
            if chain.key == key && Arc::ptr_eq(&chain.flights.0, &self.0) {
                return true;
            }
            next = chain.outer.clone();
        }
        false
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        let running = self.0.running.lock();
        running.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passenger {
    pub(super) fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Lets whoever comes from now on begin anew. Once is enough, and more do no harm.
    pub(super) fn land(&self) {
        let mut running = self.flights.running();
        if self.is_running(&running) {
            running.flights.remove(&self.key);
            self.flights.0.landed.fetch_add(1, Ordering::Release);
        }
    }

    fn is_running(&self, running: &Running) -> bool {
        let found = running.flights.get(&self.key);
        found.is_some_and(|flight| Arc::ptr_eq(flight, &self.flight))
    }
}

impl Drop for Passenger {
    /// The last who leaves a flight without an outcome takes it away.
    fn drop(&mut self) {
        let mut running = self.flights.running();
        // One is this passenger's and one the list's; nobody joins while the list is held.
        if Arc::strong_count(&self.flight) == 2 && self.is_running(&running) {
            running.flights.remove(&self.key);
        }
    }
}

impl Computation {
    /// Whether the key or a tag was deleted since it began.
    pub(super) fn is_forgotten(&self) -> bool {
        let running = self.flights.running();
        let found = running.computations.get(&self.key);
        !found.is_some_and(|found| found.iter().any(|tags| Arc::ptr_eq(tags, &self.tags)))
    }
}

impl Drop for Computation {
    fn drop(&mut self) {
        let mut running = self.flights.running();
        let Some(found) = running.computations.get_mut(&self.key) else {
            return;
        };
        found.retain(|tags| !Arc::ptr_eq(tags, &self.tags));
        if found.is_empty() {
            running.computations.remove(&self.key);
        }
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.running().flights.len();
        formatter
            .debug_struct("Flights")
            .field("running", &running)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flight_is_gone_with_its_last_passenger() {
        let flights = Flights::new();
        let (one, two) = (flights.join("a"), flights.join("a"));
        drop(one);
        assert_eq!(flights.running().flights.len(), 1);
        drop(two);
        assert_eq!(flights.running().flights.len(), 0);
        assert_eq!(flights.landed(), 0, "it came to no end");
    }

    #[tokio::test]
    async fn who_comes_after_the_end_begins_anew() {
        let flights = Flights::new();
        let first = flights.join("a").expect("nobody computes it here");
        first.land();
        let second = flights.join("a").expect("nobody computes it here");
        assert!(!Arc::ptr_eq(&first.flight, &second.flight));
        first.land();
        drop(first);
        assert_eq!(
            flights.running().flights.len(),
            1,
            "the second is under way"
        );
        assert_eq!(flights.landed(), 1);
    }

    #[test]
    fn what_is_forgotten_is_no_longer_listed_and_the_rest_is() {
        let flights = Flights::new();
        let tags = |tag: &str| vec![tag.to_owned()];
        let (one, two) = (flights.join("a"), flights.join("b"));
        let computed = [
            flights.begin("a", &tags("red")),
            flights.begin("a", &tags("blue")),
            flights.begin("b", &tags("blue")),
        ];
        let forgotten = || computed.each_ref().map(Computation::is_forgotten);
        flights.forget_tag("green");
        flights.forget("c");
        assert_eq!(forgotten(), [false, false, false]);
        assert_eq!(flights.running().flights.len(), 2);
        flights.forget_tag("red");
        assert_eq!(forgotten(), [true, false, false]);
        assert_eq!(flights.running().flights.len(), 1, "the one for `b`");
        let again = flights.join("a");
        flights.forget("b");
        assert_eq!(forgotten(), [true, false, true]);
        drop((one, two, computed));
        assert_eq!(flights.running().flights.len(), 1, "the second for `a`");
        assert!(flights.running().computations.is_empty());
        drop(again);
    }

    #[tokio::test]
    async fn a_computation_does_not_wait_for_itself() {
        let (flights, others) = (Flights::new(), Flights::new());
        let inner = flights.computing("b", async {
            (
                flights.join("a").is_none(),
                flights.join("b").is_none(),
                flights.join("c").is_some(),
                others.join("a").is_some(),
            )
        });
        let found = flights.computing("a", inner).await;
        assert_eq!(found, (true, true, true, true));
    }
}
