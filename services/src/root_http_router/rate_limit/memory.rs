//! Counts in the memory of this process.
//!
//! Two generations bound the memory without a task that cleans up: once the younger is as old as a window,
//! or full, it becomes the elder, and what was still in the elder is forgotten. So a flood of addresses costs
//! a fixed amount of memory, and at worst lets clients begin anew.

use std::collections::HashMap;
use std::future::ready;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::store::{Hits, Store, StoreFuture};

/// How many clients a generation remembers: some megabytes.
const CAPACITY: usize = 50_000;

/// Counts in memory.
pub(super) struct MemoryStore {
    window: Duration,
    capacity: usize,
    generations: Mutex<Generations>,
}

struct Generations {
    younger: HashMap<IpAddr, Window>,
    elder: HashMap<IpAddr, Window>,
    // When the younger began.
    since: Instant,
}

#[derive(Clone, Copy)]
struct Window {
    total: u64,
    ends: Instant,
}

impl MemoryStore {
    pub(super) fn new(window: Duration) -> Self {
        Self::with_capacity(window, CAPACITY)
    }

    fn with_capacity(window: Duration, capacity: usize) -> Self {
        let generations = Generations {
            younger: HashMap::new(),
            elder: HashMap::new(),
            since: Instant::now(),
        };
        Self {
            window,
            capacity,
            generations: Mutex::new(generations),
        }
    }

    fn count(&self, client: IpAddr) -> Hits {
        let (client, now) = (network(client), Instant::now());
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        generations.turn(self, now);
        let Generations { younger, elder, .. } = &mut *generations;
        let fresh = Window {
            total: 0,
            ends: now + self.window,
        };
        let window = younger
            .entry(client)
            .or_insert_with(|| elder.remove(&client).unwrap_or(fresh));
        if window.ends <= now {
            *window = fresh;
        }
        window.total = window.total.saturating_add(1);
        Hits {
            total: window.total,
            resets_in: window.ends - now,
        }
    }

    fn uncount(&self, client: IpAddr) {
        let client = network(client);
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Generations { younger, elder, .. } = &mut *generations;
        if let Some(window) = younger.get_mut(&client).or_else(|| elder.get_mut(&client)) {
            window.total = window.total.saturating_sub(1);
        }
    }
}

impl Generations {
    fn turn(&mut self, store: &MemoryStore, now: Instant) {
        if now - self.since >= store.window || self.younger.len() >= store.capacity {
            self.elder = std::mem::take(&mut self.younger);
            self.since = now;
        }
    }
}

impl Store for MemoryStore {
    fn hit(&self, client: IpAddr) -> StoreFuture<'_, Hits> {
        Box::pin(ready(Ok(self.count(client))))
    }

    fn take_back(&self, client: IpAddr) -> StoreFuture<'_, ()> {
        self.uncount(client);
        Box::pin(ready(Ok(())))
    }
}

/// What a client is counted by.
pub(super) fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[tokio::test(start_paused = true)]
    async fn each_client_has_a_window_of_its_own() {
        let store = MemoryStore::new(MINUTE);
        assert_eq!(
            store.count(ip("1.1.1.1")),
            Hits {
                total: 1,
                resets_in: MINUTE
            }
        );
        tokio::time::advance(MINUTE / 2).await;
        assert_eq!(
            store.count(ip("1.1.1.1")),
            Hits {
                total: 2,
                resets_in: MINUTE / 2
            }
        );
        assert_eq!(
            store.count(ip("2.2.2.2")),
            Hits {
                total: 1,
                resets_in: MINUTE
            }
        );
        tokio::time::advance(MINUTE / 2).await;
        assert_eq!(store.count(ip("1.1.1.1")).total, 1);
        assert_eq!(store.count(ip("2.2.2.2")).total, 2);
        store.uncount(ip("2.2.2.2"));
        assert_eq!(store.count(ip("2.2.2.2")).total, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_of_ipv6_is_one_client() {
        let store = MemoryStore::new(MINUTE);
        assert_eq!(store.count(ip("2001:db8::1")).total, 1);
        assert_eq!(store.count(ip("2001:db8::ffff:1")).total, 2);
        assert_eq!(store.count(ip("2001:db8:0:1::1")).total, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded() {
        let store = MemoryStore::with_capacity(MINUTE, 10);
        for last in 0..=255 {
            store.count(IpAddr::from([10, 0, 0, last]));
        }
        let generations = store
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        assert!(generations.younger.len() <= 10 && generations.elder.len() <= 10);
    }
}
