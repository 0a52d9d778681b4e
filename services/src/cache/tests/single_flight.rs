//! Single flight: one computes, all get it, and nobody waits for somebody who is gone.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::sync::{Semaphore, oneshot};

use super::*;
use crate::cache::CacheError;
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
