//! Tags: what goes together, and what was on its way meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use super::*;
use crate::cache::keys::Keys;
use crate::cache::log::CacheLog;
use crate::cache::memory::MemoryStore;
use crate::cache::metrics::Metrics;
use crate::cache::service::PluginCache;
use crate::cache::store::{Store, StoreError, Stored};
use crate::cache::{CacheError, EntryOptions, Flights};

#[tokio::test]
async fn what_has_the_tag_goes_and_the_rest_stays() {
    let cache = cache();
    let both = EntryOptions::new().tags(["red", "blue"]);
    let blue = EntryOptions::new().tag("blue");
    cache.set_with("both", &1, both).await.expect("it is JSON");
    cache
        .set_with("blue", &1, blue.clone())
        .await
        .expect("it is JSON");
    cache.set("none", &1).await.expect("it is JSON");
    cache
        .delete_by_tag("red")
        .await
        .expect("memory is never away");
    assert_eq!(cache.get::<u8>("both").await, None);
    assert_eq!(cache.get("blue").await, Some(1));
    cache
        .delete_by_tag("blue")
        .await
        .expect("memory is never away");
    cache
        .delete_by_tag("unknown")
        .await
        .expect("memory is never away");
    assert_eq!(cache.get::<u8>("blue").await, None);
    assert_eq!(cache.get("none").await, Some(1));
    cache.set_with("blue", &2, blue).await.expect("it is JSON");
    assert_eq!(cache.get("blue").await, Some(2), "a new one is another");
}

#[tokio::test]
async fn a_tag_that_is_deleted_while_its_value_is_computed_counts() {
    let root = root(json!({}), &Recorder::default());
    // They share what is kept and not what is under way, as two processes do.
    let (cache, other) = (cache_of(&root, "shop"), cache_of(&root, "shop"));
    for deletes in [&cache, &other] {
        let tagged = EntryOptions::new().ttl(MINUTE).tag("red");
        let computed = cache.get_or_compute("a", tagged.clone(), async || {
            // What is computed here is what was true before this.
            deletes.delete_by_tag("red").await?;
            Ok::<_, CacheError>(1)
        });
        assert_eq!(computed.await.expect("it is computed"), 1);
        assert_eq!(cache.get::<u8>("a").await, None);
        let again = cache.get_or_compute("a", tagged, async || Ok::<_, CacheError>(2));
        assert_eq!(again.await.expect("it is computed"), 2);
        assert_eq!(cache.get("a").await, Some(2));
        cache.delete("a").await.expect("memory is never away");
    }
}

/// A store that does not answer when it is asked for stamps the first time.
struct SilentOnce {
    store: MemoryStore,
    has_failed: AtomicBool,
}

#[async_trait]
impl Store for SilentOnce {
    async fn get(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        self.store.get(name).await
    }

    async fn set(
        &self,
        name: &str,
        entry: Stored,
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        self.store.set(name, entry, ttl).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.store.delete(name).await
    }

    async fn increment(
        &self,
        name: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, StoreError> {
        self.store.increment(name, by, ttl).await
    }

    async fn stamps(&self, tags: &[String], fresh: &str) -> Result<Vec<String>, StoreError> {
        if !self.has_failed.swap(true, Ordering::Relaxed) {
            return Err(StoreError::Away("no answer".to_owned()));
        }
        self.store.stamps(tags, fresh).await
    }

    async fn are_current(&self, tags: &[(String, String)]) -> Result<bool, StoreError> {
        self.store.are_current(tags).await
    }
}

#[tokio::test]
async fn a_value_whose_tags_could_not_be_noted_is_not_kept() {
    let store = Arc::new(SilentOnce {
        store: MemoryStore::new(10_000),
        has_failed: AtomicBool::new(false),
    });
    let meter = opentelemetry::global::meter("test");
    let of_a_process = || -> Cache {
        Arc::new(PluginCache {
            store: store.clone(),
            keys: Arc::new(Keys::new("", "shop")),
            default_ttl: None,
            flights: Flights::new(),
            metrics: Metrics::new(&meter).of_plugin("shop"),
            log: Arc::new(CacheLog::new(Recorder::default().child(Default::default()))),
        })
    };
    let (cache, other) = (of_a_process(), of_a_process());
    let tagged = EntryOptions::new().ttl(MINUTE).tag("red");
    let computed = cache.get_or_compute("a", tagged.clone(), async || {
        other.delete_by_tag("red").await?;
        Ok::<_, CacheError>(1)
    });
    assert_eq!(computed.await.expect("it is computed"), 1);
    assert_eq!(cache.get::<u8>("a").await, None, "it may be older");
    let again = cache.get_or_compute("a", tagged, async || Ok::<_, CacheError>(2));
    assert_eq!(again.await.expect("it is computed"), 2);
    assert_eq!(cache.get("a").await, Some(2));
}

#[tokio::test]
async fn a_tag_that_is_added_later_does_not_renew_the_others() {
    let cache = cache();
    let noted = cache.prepare(EntryOptions::new().tag("red")).await;
    cache
        .delete_by_tag("red")
        .await
        .expect("memory is never away");
    for (key, options) in [("a", noted.clone()), ("b", noted.tag("blue"))] {
        cache.set_with(key, &1, options).await.expect("it is JSON");
        assert_eq!(cache.get::<u8>(key).await, None);
    }
}
