//! A server that is there and refuses: nothing but what it refuses is lost.

use super::*;
use crate::cache::CacheError;

async fn on(answers: fn(usize, &str) -> &'static str, log: Recorder) -> RootCache {
    let address = server::serve(Duration::ZERO, answers).await;
    root(
        json!({
            "store": "redis",
            "connection": format!("redis://{address}"),
            "breaker": { "failures": 3, "pause": "1s" },
        }),
        &log,
    )
}

#[tokio::test(start_paused = true)]
async fn a_server_without_room_is_read_and_it_is_said_once() {
    let log = Recorder::default();
    let root = on(
        |_, command| match command {
            "GET" => "$11\r\n{\"value\":1}\r\n",
            "SET" | "EVALSHA" => "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
            _ => "+OK\r\n",
        },
        log.clone(),
    );
    let root = root.await;
    let cache = cache_of(&root, "shop");
    for _ in 0..10 {
        cache.set("a", &2).await.expect("it is dropped");
    }
    assert!(!*root.away().borrow(), "it is there");
    assert_eq!(cache.get("a").await, Some(1));
    let told = cache.increment("n", 1, None).await;
    assert!(
        matches!(&told, Err(CacheError::Unavailable { reason }) if reason.contains("OOM")),
        "{told:?}"
    );
    let lines = log.matching(|_| true);
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(line.message.contains("OOM"), "{line:?}");
}

#[tokio::test(start_paused = true)]
async fn a_master_that_became_a_replica_is_left_for_what_its_name_stands_for_now() {
    let root = on(
        |connection, command| match (connection, command) {
            (1, "DEL") => "-READONLY You can't write against a read only replica.\r\n",
            (_, "DEL") => ":1\r\n",
            (_, "GET") => "$11\r\n{\"value\":1}\r\n",
            _ => "+OK\r\n",
        },
        Recorder::default(),
    );
    let root = root.await;
    let cache = cache_of(&root, "shop");
    for _ in 0..2 {
        let told = cache.delete("a").await;
        assert!(matches!(told, Err(CacheError::Unavailable { .. })));
        assert_eq!(cache.get("a").await, Some(1), "reading goes on");
        tokio::time::advance(Duration::from_millis(500)).await;
    }
    let told = cache.delete("a").await;
    assert!(matches!(told, Err(CacheError::Unavailable { .. })));
    cache.delete("a").await.expect("it is another connection");
    assert!(!*root.away().borrow());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_the_look_is_back() {
    let root = on(
        |connection, command| match (connection, command) {
            (1, "GET") => "-LOADING Redis is loading the dataset in memory\r\n",
            (_, "GET") => "$11\r\n{\"value\":1}\r\n",
            (_, "PING") => "-NOPERM this user has no permissions to run the 'ping' command\r\n",
            _ => "+OK\r\n",
        },
        Recorder::default(),
    );
    let root = root.await;
    let (cache, mut away) = (cache_of(&root, "shop"), root.away());
    for _ in 0..3 {
        assert_eq!(cache.get::<u8>("a").await, None);
    }
    assert!(*away.borrow());
    let back = tokio::time::timeout(MINUTE, away.wait_for(|away| !away)).await;
    back.expect("it is found").expect("the cache is there");
    assert_eq!(cache.get("a").await, Some(1));
}
