//! Entries in the memory of this process, bounded by the bytes that they take.
//!
//! Time is tokio's, which a test can hold: whether an entry has expired is decided here, when somebody looks. The library
//! has a clock of its own that nobody holds, so it only sweeps up, a while after an entry's time, what nobody looked for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use moka::Expiry;
use moka::future::Cache;
use moka::ops::compute::Op;
use tokio::time::Instant;

use super::store::{Store, StoreError, Stored, TAG_TTL};

/// What an entry takes beside its name and its value, roughly.
const OVERHEAD: usize = 160;

/// How long after its time an entry is swept up.
const SWEEP_AFTER: Duration = Duration::from_mins(1);

/// A store in memory.
pub(super) struct MemoryStore {
    entries: Cache<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    content: Content,
    /// `None` too where no clock can tell the end.
    expires: Option<Instant>,
}

#[derive(Clone)]
enum Content {
    Value(Arc<Stored>),
    Counter(i64),
    Stamp(Arc<str>),
}

impl MemoryStore {
    pub(super) fn new(max_bytes: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|name: &String, entry: &Entry| weight(name, entry))
            .expire_after(Sweep)
            .build();
        Self { entries }
    }

    async fn find(&self, name: &str) -> Option<Content> {
        let entry = self.entries.get(name).await?;
        if entry.is_over() {
            // Another may be there already; `remove` by the look of it would be a race for a few bytes.
            return None;
        }
        Some(entry.content)
    }
}

impl Entry {
    fn new(content: Content, ttl: Option<Duration>) -> Self {
        let expires = ttl.and_then(|ttl| Instant::now().checked_add(ttl));
        Self { content, expires }
    }

    fn is_over(&self) -> bool {
        self.expires
            .is_some_and(|expires| expires <= Instant::now())
    }
}

fn weight(name: &str, entry: &Entry) -> u32 {
    let content = match &entry.content {
        Content::Value(stored) => {
            let tags = stored.tags.iter();
            let tags: usize = tags.map(|(tag, stamp)| tag.len() + stamp.len()).sum();
            stored.json.len() + tags
        }
        Content::Counter(_) => 0,
        Content::Stamp(stamp) => stamp.len(),
    };
    u32::try_from(name.len() + content + OVERHEAD).unwrap_or(u32::MAX)
}

/// The library's idea of when an entry goes.
struct Sweep;

impl Sweep {
    fn after(entry: &Entry) -> Option<Duration> {
        let left = entry.expires?.saturating_duration_since(Instant::now());
        Some(left.saturating_add(SWEEP_AFTER))
    }
}

impl Expiry<String, Entry> for Sweep {
    fn expire_after_create(
        &self,
        _: &String,
        entry: &Entry,
        _: std::time::Instant,
    ) -> Option<Duration> {
        Self::after(entry)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        // A counter that goes on still has its own end, and one that begins anew in its place has a new one.
        Self::after(entry)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        Ok(match self.find(name).await {
            Some(Content::Value(stored)) => Some((*stored).clone()),
            Some(Content::Counter(count)) => Some(Stored {
                json: Bytes::from(count.to_string()),
                tags: Vec::new(),
            }),
            Some(Content::Stamp(_)) | None => None,
        })
    }

    async fn set(
        &self,
        name: &str,
        entry: Stored,
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        let entry = Entry::new(Content::Value(Arc::new(entry)), ttl);
        self.entries.insert(name.to_owned(), entry).await;
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.entries.invalidate(name).await;
        Ok(())
    }

    async fn increment(
        &self,
        name: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, StoreError> {
        let entry = self.entries.entry_by_ref(name);
        let added = entry.and_try_compute_with(async |found| {
            let found = found.map(moka::Entry::into_value);
            let Some(mut entry) = found.filter(|entry| !entry.is_over()) else {
                return Ok(Op::Put(Entry::new(Content::Counter(by), ttl)));
            };
            let count = match &entry.content {
                Content::Counter(count) => *count,
                _ => return Err(StoreError::NotACounter),
            };
            let sum = count.checked_add(by).ok_or(StoreError::Overflow)?;
            entry.content = Content::Counter(sum);
            Ok(Op::Put(entry))
        });
        let added = added.await?.into_entry().map(moka::Entry::into_value);
        match added.map(|entry| entry.content) {
            Some(Content::Counter(sum)) => Ok(sum),
            _ => Err(StoreError::NotACounter),
        }
    }

    async fn stamps(&self, tags: &[String], fresh: &str) -> Result<Vec<String>, StoreError> {
        let mut stamps = Vec::with_capacity(tags.len());
        for tag in tags {
            let entry = self.entries.entry_by_ref(tag);
            let entry = entry.and_upsert_with(async |found| {
                let found = found.map(moka::Entry::into_value);
                let stamp = match found.filter(|entry| !entry.is_over()) {
                    Some(Entry {
                        content: Content::Stamp(stamp),
                        ..
                    }) => stamp,
                    _ => Arc::from(fresh),
                };
                Entry::new(Content::Stamp(stamp), Some(TAG_TTL))
            });
            if let Content::Stamp(stamp) = entry.await.into_value().content {
                stamps.push(stamp.as_ref().to_owned());
            }
        }
        Ok(stamps)
    }

    async fn are_current(&self, tags: &[(String, String)]) -> Result<bool, StoreError> {
        for (tag, stamp) in tags {
            match self.find(tag).await {
                Some(Content::Stamp(current)) if *current == **stamp => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(size: usize) -> Stored {
        Stored {
            json: Bytes::from(vec![b'1'; size]),
            tags: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_memory_is_bounded_by_bytes() {
        let store = MemoryStore::new(10_000);
        for number in 0..100 {
            let name = format!("a:{number}");
            store
                .set(&name, value(1000), None)
                .await
                .expect("it is kept");
            store.entries.run_pending_tasks().await;
        }
        assert!(store.entries.weighted_size() <= 10_000);
        let count = store.entries.entry_count();
        assert!((1..=8).contains(&count), "{count} entries of 1 kB in 10 kB");
        store
            .set("a:big", value(20_000), None)
            .await
            .expect("it is dropped");
        store.entries.run_pending_tasks().await;
        assert_eq!(store.get("a:big").await.expect("no error"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_held_clock_decides_and_the_librarys_own_does_not() {
        let store = MemoryStore::new(10_000);
        let ttl = Some(Duration::from_millis(1));
        store.set("a:x", value(1), ttl).await.expect("it is kept");
        // The library's clock goes on; this makes sure that it went past the time.
        let started = quick_clock();
        while quick_clock() - started < Duration::from_millis(2) {
            std::hint::spin_loop();
        }
        store.entries.run_pending_tasks().await;
        assert!(store.get("a:x").await.expect("no error").is_some());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(store.get("a:x").await.expect("no error").is_none());
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the library's clock is the one that nobody holds"
    )]
    fn quick_clock() -> std::time::Instant {
        std::time::Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn a_counter_that_begins_anew_is_not_swept_up_with_the_old_one() {
        let store = MemoryStore::new(10_000);
        let ttl = Duration::from_hours(1);
        // What the library asks when it finds the old counter there, with the little that this one has left.
        let swept_after = async || {
            let entry = store.entries.get("c").await.expect("it is there");
            let left = Some(Duration::from_secs(1));
            Sweep.expire_after_update(&"c".to_owned(), &entry, quick_clock(), left)
        };
        for _ in 0..2 {
            let count = store.increment("c", 1, Some(ttl)).await;
            assert_eq!(count.expect("it counts"), 1);
            assert_eq!(swept_after().await, Some(ttl + SWEEP_AFTER));
            tokio::time::advance(ttl / 2).await;
            let count = store.increment("c", 1, Some(ttl)).await;
            assert_eq!(count.expect("it counts"), 2);
            assert_eq!(swept_after().await, Some(ttl / 2 + SWEEP_AFTER));
            tokio::time::advance(ttl / 2).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_counter_keeps_the_time_that_it_began_with() {
        let store = MemoryStore::new(10_000);
        let ttl = Some(Duration::from_secs(10));
        assert_eq!(store.increment("c", 2, ttl).await.expect("it counts"), 2);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(store.increment("c", 2, ttl).await.expect("it counts"), 4);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(store.increment("c", 2, ttl).await.expect("it counts"), 2);
    }
}
