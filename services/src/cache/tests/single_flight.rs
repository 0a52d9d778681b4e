//! Single flight: one computes, all get it, and nobody waits for somebody who is gone.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::{Semaphore, oneshot};

use super::*;
use crate::cache::{CacheError, CacheOptions, CacheService, EntryOptions, Flights};
use crate::http_error::HttpError;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once_compute_once() {
    let (cache, computed) = (cache(), Arc::new(AtomicUsize::new(0)));
    let tasks = (0..1000).map(|_| {
        let (cache, computed) = (cache.clone(), Arc::clone(&computed));
        tokio::spawn(async move {
            let value = cache.get_or_compute("a", MINUTE, async || {
                tokio::task::yield_now().await;
                Ok::<_, CacheError>(computed.fetch_add(1, Ordering::SeqCst) + 1)
            });
            value.await.expect("it is computed")
        })
    });
    for value in join_all(tasks.collect::<Vec<_>>()).await {
        assert_eq!(value.expect("no panic"), 1);
    }
    assert_eq!(computed.load(Ordering::SeqCst), 1);
    assert_eq!(cache.get("a").await, Some(1));
}

#[tokio::test]
async fn an_error_reaches_all_who_waited_and_is_not_kept() {
    let (cache, computed) = (cache(), AtomicUsize::new(0));
    let one = || {
        cache.get_or_compute("a", MINUTE, async || {
            computed.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Err::<u8, _>(HttpError::not_found("no tea"))
        })
    };
    for outcome in join_all((0..10).map(|_| one())).await {
        let error = outcome.expect_err("it failed");
        assert_eq!(HttpError::from(error).status(), 404);
    }
    assert_eq!(computed.load(Ordering::SeqCst), 1);
    let again = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(5));
    assert_eq!(again.await.expect("it is computed anew"), 5);
}

/// Begins a computation that never ends, and one that waits for it.
async fn one_leads_and_one_waits(
    cache: &Cache,
    lead: impl Future<Output = ()> + Send + 'static,
) -> (tokio::task::JoinHandle<()>, tokio::task::JoinHandle<u8>) {
    let (leads, is_leading) = oneshot::channel();
    let leader = cache.clone();
    let leader = tokio::spawn(async move {
        let value = leader.get_or_compute("a", MINUTE, async move || {
            leads.send(()).expect("the test waits");
            lead.await;
            Ok::<_, CacheError>(1_u8)
        });
        let _ = value.await;
    });
    is_leading.await.expect("it leads");
    let waiting = cache.clone();
    let waiting = tokio::spawn(async move {
        let value = waiting.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(2));
        value.await.expect("it is computed")
    });
    tokio::task::yield_now().await;
    (leader, waiting)
}

#[tokio::test]
async fn a_leader_that_is_cancelled_hands_over() {
    let cache = cache();
    let (leader, waiting) = one_leads_and_one_waits(&cache, std::future::pending()).await;
    assert!(!waiting.is_finished());
    leader.abort();
    assert_eq!(waiting.await.expect("no panic"), 2);
}

#[tokio::test]
async fn a_leader_that_panics_hands_over() {
    let cache = cache();
    let (panics, now) = oneshot::channel::<()>();
    let (leader, waiting) = one_leads_and_one_waits(&cache, async move {
        now.await.expect("the test says so");
        panic!("on purpose");
    })
    .await;
    panics.send(()).expect("the leader waits");
    assert!(leader.await.expect_err("it panicked").is_panic());
    assert_eq!(waiting.await.expect("no panic"), 2);
}

#[tokio::test]
async fn a_computation_that_asks_for_its_own_key_ends() {
    let cache = cache();
    let outer = cache.get_or_compute("a", MINUTE, async || {
        let inner = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(1));
        inner.await.map(|inner| inner + 1)
    });
    assert_eq!(outer.await.expect("it is computed"), 2);
}

#[tokio::test]
async fn who_wants_another_type_computes_it() {
    let cache = cache();
    let go = Semaphore::new(0);
    let number = cache.get_or_compute("a", MINUTE, async || {
        let _go = go.acquire().await;
        Ok::<_, CacheError>(1_u8)
    });
    let text = async {
        go.add_permits(1);
        let text =
            cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>("one".to_owned()));
        text.await
    };
    let (number, text) = tokio::join!(number, text);
    assert_eq!(number.expect("it is computed"), 1);
    assert_eq!(text.expect("it is computed"), "one");
}

/// Computes 1 under `a`, and says `meanwhile` after the computation has begun. What is found afterwards.
async fn computed_while(options: EntryOptions, meanwhile: impl AsyncFnOnce(&Cache)) -> Option<u8> {
    let cache = cache();
    let (go, now) = oneshot::channel::<()>();
    let leader = cache.get_or_compute("a", options, async || {
        now.await.expect("the test says so");
        Ok::<_, CacheError>(1)
    });
    let meanwhile = async {
        meanwhile(&cache).await;
        go.send(()).expect("the leader waits");
    };
    let (value, ()) = tokio::join!(leader, meanwhile);
    assert_eq!(value.expect("it is computed"), 1, "it was asked for before");
    cache.get("a").await
}

#[tokio::test]
async fn what_is_deleted_while_it_is_computed_does_not_come_back() {
    let found = computed_while(MINUTE.into(), async |cache| {
        cache.delete("a").await.expect("memory is never away");
    });
    assert_eq!(found.await, None);
    let found = computed_while(MINUTE.into(), async |cache| {
        cache.set("a", &2).await.expect("it is JSON");
    });
    assert_eq!(found.await, Some(2), "it was set later");
    let found = computed_while(MINUTE.into(), async |cache| {
        cache.delete("b").await.expect("memory is never away");
        cache
            .delete_by_tag("a")
            .await
            .expect("memory is never away");
    });
    assert_eq!(found.await, Some(1), "it is another");
}

#[tokio::test]
async fn who_asks_after_a_deletion_computes_anew() {
    let again = async |cache: &Cache| {
        let again = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(2));
        assert_eq!(again.await.expect("it is computed"), 2);
    };
    let found = computed_while(MINUTE.into(), async |cache| {
        cache.delete("a").await.expect("memory is never away");
        again(cache).await;
    });
    assert_eq!(found.await, Some(2));
    let tagged = EntryOptions::new().ttl(MINUTE).tags(["red", "blue"]);
    let found = computed_while(tagged, async |cache| {
        cache
            .delete_by_tag("blue")
            .await
            .expect("memory is never away");
        again(cache).await;
    });
    assert_eq!(found.await, Some(2));
}

#[tokio::test]
async fn what_is_computed_alone_does_not_come_back_either() {
    let cache = cache();
    let outer = cache.get_or_compute("a", MINUTE, async || {
        let inner = cache.get_or_compute("a", MINUTE, async || {
            cache.delete("a").await?;
            Ok::<_, CacheError>(1)
        });
        inner.await
    });
    assert_eq!(outer.await.expect("it is computed"), 1);
    assert_eq!(cache.get::<u8>("a").await, None);
}

/// Deletes what it is about to keep: as somebody else does between the leader's look and the store's.
struct DeletedFirst(Cache);

#[async_trait]
impl CacheService for DeletedFirst {
    async fn get_bytes(&self, key: &str) -> Option<Bytes> {
        self.0.get_bytes(key).await
    }

    async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions) {
        self.0.delete(key).await.expect("memory is never away");
        self.0.set_bytes(key, json, options).await;
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.0.delete(key).await
    }

    async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError> {
        self.0.delete_by_tag(tag).await
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, CacheError> {
        self.0.increment(key, by, ttl).await
    }

    fn with_options(&self, options: CacheOptions) -> Cache {
        self.0.with_options(options)
    }

    fn flights(&self) -> Flights {
        self.0.flights()
    }
}

#[tokio::test]
async fn what_is_deleted_while_it_is_kept_does_not_come_back() {
    let cache: Cache = Arc::new(DeletedFirst(cache()));
    let value = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(1));
    assert_eq!(value.await.expect("it is computed"), 1);
    assert_eq!(cache.get::<u8>("a").await, None);
}
