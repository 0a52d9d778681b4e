//! What every store does alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use greenroom::cache::{Cache, CacheError, EntryOptions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;

use super::*;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Article {
    name: String,
    prices: Vec<f64>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory() {
    suite(&process(json!({}))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis() {
    if is_installed() {
        let server = RedisServer::start().await;
        suite(&process(on(&server))).await;
    }
}

/// Three nodes with a part of the keys each, of which the configuration names one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_cluster() {
    if !is_installed() {
        return;
    }
    let cluster = RedisCluster::start().await;
    let nodes = json!({ "rootNodes": [{ "url": cluster.url() }] });
    let config = json!({ "store": "redis", "redis": { "cluster": nodes } });
    suite(&process(config)).await;
    let kept = cluster.keys_of_each_node().await;
    assert!(kept.iter().all(|keys| *keys > 0), "{kept:?}");
}

async fn suite(process: &Process) {
    let cache = process.cache("shop");
    values(&cache).await;
    tags(&cache).await;
    counters(&cache).await;
    a_herd_computes_once(&cache).await;
    plugins_are_apart(&cache, &process.cache("stock")).await;
    assert!(!*process.root.away().borrow());
    assert!(
        process.log.logs().lines().is_empty(),
        "{}",
        process.log.logs()
    );
}

async fn values(cache: &Cache) {
    let tea = || Article {
        name: "tea \"ä\" \u{0}".to_owned(),
        prices: vec![0.1, 1e300],
    };
    assert_eq!(cache.get::<Article>("tea").await, None);
    cache
        .set_with("tea", &tea(), MINUTE)
        .await
        .expect("it is JSON");
    assert_eq!(cache.get("tea").await, Some(tea()));
    cache.set("tea", &1).await.expect("it is JSON");
    assert_eq!(cache.get("tea").await, Some(1));
    cache.delete("tea").await.expect("the store is there");
    assert_eq!(cache.get::<u8>("tea").await, None);
    cache.set("big", &u64::MAX).await.expect("it is JSON");
    assert_eq!(cache.get("big").await, Some(u64::MAX));
    cache.set("nothing", &()).await.expect("it is JSON");
    assert_eq!(cache.get("nothing").await, Some(()));
    let long = "ä".repeat(1000);
    cache.set(&long, &long).await.expect("it is JSON");
    assert_eq!(cache.get(&long).await, Some(long));
    cache.set("soon", &1).await.expect("it is JSON");
    cache
        .set_with("soon", &1, Duration::ZERO)
        .await
        .expect("it is JSON");
    assert_eq!(cache.get::<u8>("soon").await, None);
}

async fn tags(cache: &Cache) {
    let blue = EntryOptions::new().tag("blue").ttl(MINUTE);
    let both = blue.clone().tag("red");
    cache.set_with("both", &1, both).await.expect("it is JSON");
    cache
        .set_with("blue", &1, blue.clone())
        .await
        .expect("it is JSON");
    assert_eq!(cache.get("both").await, Some(1));
    cache
        .delete_by_tag("red")
        .await
        .expect("the store is there");
    assert_eq!(cache.get::<u8>("both").await, None);
    assert_eq!(cache.get("blue").await, Some(1));
    let stale = cache.get_or_compute("stale", blue.clone(), async || {
        cache.delete_by_tag("blue").await?;
        Ok::<_, CacheError>(1)
    });
    assert_eq!(stale.await.expect("it is computed"), 1);
    assert_eq!(cache.get::<u8>("stale").await, None);
    assert_eq!(cache.get::<u8>("blue").await, None);
    cache.set_with("blue", &2, blue).await.expect("it is JSON");
    assert_eq!(cache.get("blue").await, Some(2));
}

async fn counters(cache: &Cache) {
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let cache = cache.clone();
        tasks.spawn(async move {
            for _ in 0..100 {
                let counted = cache.increment("n", 1, Some(MINUTE)).await;
                counted.expect("the store is there");
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no panic");
    }
    assert_eq!(cache.increment("n", 0, None).await.expect("it counts"), 800);
    assert_eq!(cache.get("n").await, Some(800));
    cache.set("value", &1).await.expect("it is JSON");
    let refused = cache.increment("value", 1, None).await;
    assert!(matches!(refused, Err(CacheError::NotACounter { .. })));
    let full = cache.increment("full", i64::MAX, None).await;
    assert_eq!(full.expect("it has room"), i64::MAX);
    let refused = cache.increment("full", 1, None).await;
    assert!(matches!(refused, Err(CacheError::Overflow { .. })));
}

async fn a_herd_computes_once(cache: &Cache) {
    let computed = Arc::new(AtomicUsize::new(0));
    let mut herd = JoinSet::new();
    for _ in 0..1000 {
        let (cache, computed) = (cache.clone(), Arc::clone(&computed));
        herd.spawn(async move {
            let value = cache.get_or_compute("herd", MINUTE, async || {
                tokio::task::yield_now().await;
                Ok::<_, CacheError>(computed.fetch_add(1, Ordering::SeqCst))
            });
            value.await.expect("it is computed")
        });
    }
    while let Some(value) = herd.join_next().await {
        assert_eq!(value.expect("no panic"), 0);
    }
    assert_eq!(computed.load(Ordering::SeqCst), 1);
}

async fn plugins_are_apart(shop: &Cache, stock: &Cache) {
    let tagged = EntryOptions::new().tag("t");
    shop.set_with("mine", &1, tagged).await.expect("it is JSON");
    assert_eq!(stock.get::<u8>("mine").await, None);
    stock.delete("mine").await.expect("the store is there");
    stock.delete_by_tag("t").await.expect("the store is there");
    let own = stock.increment("mine", 1, None).await;
    assert_eq!(own.expect("it is another's key"), 1);
    assert_eq!(shop.get("mine").await, Some(1));
}
