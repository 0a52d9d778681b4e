//! Redis killed, and back under the same port.

use greenroom::cache::CacheError;
use serde_json::json;

use super::*;

fn impatient(server: &RedisServer) -> Process {
    let mut config = on(server);
    config["deadline"] = json!("5s");
    config["breaker"] = json!({ "failures": 3, "pause": "10ms" });
    process(config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_misses_while_it_is_gone_and_hits_when_it_is_back() {
    if !is_installed() {
        return;
    }
    let mut server = RedisServer::start().await;
    let process = impatient(&server);
    let (cache, mut away) = (process.cache("shop"), process.root.away());
    for round in 0_u8..3 {
        cache.set("a", &round).await.expect("it is JSON");
        assert_eq!(cache.get("a").await, Some(round));

        server.kill().await;
        while !*away.borrow() {
            assert_eq!(cache.get::<u8>("a").await, None);
            let computed = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(100));
            assert_eq!(computed.await.expect("it is computed"), 100);
        }
        cache.set("a", &round).await.expect("it is dropped");
        let told = cache.increment("n", 1, None).await;
        assert!(matches!(told, Err(CacheError::Unavailable { .. })));
        let told = cache.delete("a").await;
        assert!(matches!(told, Err(CacheError::Unavailable { .. })));

        server.restart().await;
        away.wait_for(|away| !away)
            .await
            .expect("the cache is there");
    }
    cache.set("a", &7).await.expect("it is JSON");
    assert_eq!(cache.get("a").await, Some(7));
    assert_eq!(cache.increment("n", 1, None).await.expect("it is there"), 1);
    let logs = process.log.logs();
    let address = format!("127.0.0.1:{}", server.port);
    for said in [format!("{address} is away"), format!("{address} is back")] {
        let lines = process.log.logs().containing(&said);
        assert_eq!(lines.lines().len(), 3, "{logs}");
    }
    assert_eq!(logs.lines().len(), 6, "nothing else is said: {logs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_frozen_is_left_alone_and_found_again() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start().await;
    let mut config = on(&server);
    config["deadline"] = json!("50ms");
    config["breaker"] = json!({ "failures": 2, "pause": "10ms" });
    let process = process(config);
    let (cache, mut away) = (process.cache("shop"), process.root.away());
    cache.set("a", &1).await.expect("it is JSON");
    // The system takes connections for it, and closes none: as with a network that swallows all.
    server.signal("STOP").await;
    while !*away.borrow() {
        let _ = cache.get::<u8>("a").await;
    }
    server.signal("CONT").await;
    away.wait_for(|away| !away)
        .await
        .expect("the cache is there");
    assert_eq!(cache.get("a").await, Some(1));
    process.log.logs().assert_contains("no answer within 50 ms");
    process.log.logs().assert_contains("is back after");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_at_the_start_is_found_when_it_comes() {
    if !is_installed() {
        return;
    }
    let mut server = RedisServer::new(&[]);
    let process = impatient(&server);
    let (cache, mut away) = (process.cache("shop"), process.root.away());
    while !*away.borrow() {
        assert_eq!(cache.get::<u8>("a").await, None);
    }
    server.restart().await;
    away.wait_for(|away| !away)
        .await
        .expect("the cache is there");
    cache.set("a", &1).await.expect("it is JSON");
    assert_eq!(cache.get("a").await, Some(1));
}
