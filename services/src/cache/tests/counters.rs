//! Counters: none is lost, and what is none says so.

use super::*;
use crate::cache::CacheError;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_count_are_counted() {
    let cache = cache();
    let tasks = (0..8).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                cache.increment("n", 1, None).await.expect("it counts");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    assert_eq!(
        cache.increment("n", -1, None).await.expect("it counts"),
        799
    );
    assert_eq!(cache.get("n").await, Some(799), "a counter can be read");
    cache.delete("n").await.expect("memory is never away");
    assert_eq!(cache.increment("n", 1, None).await.expect("it counts"), 1);
}

#[tokio::test]
async fn what_is_no_counter_and_what_has_no_room_is_an_error() {
    let cache = cache();
    cache.set("a", &1).await.expect("it is JSON");
    let refused = cache.increment("a", 1, None).await;
    assert!(matches!(refused, Err(CacheError::NotACounter { key }) if key == "a"));
    cache
        .increment("b", i64::MAX, None)
        .await
        .expect("it has room");
    let refused = cache.increment("b", 1, None).await;
    assert!(matches!(refused, Err(CacheError::Overflow { key }) if key == "b"));
    assert_eq!(cache.get("b").await, Some(i64::MAX));
}
