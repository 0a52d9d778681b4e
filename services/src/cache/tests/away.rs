//! A server that takes connections and says nothing, or is slow to: every call ends, and soon none waits.

use tokio::net::TcpListener;
use tokio::time::Instant;

use super::*;
use crate::cache::CacheError;

const DEADLINE: Duration = Duration::from_millis(200);

/// The clock of these tests jumps over what nobody answers.
async fn silent(log: &Recorder) -> (TcpListener, RootCache) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let root = root(
        json!({
            "store": "redis",
            "connection": format!("redis://me:hunter2@127.0.0.1:{port}"),
            "deadline": 200,
            "breaker": { "failures": 3, "pause": "1h" },
        }),
        log,
    );
    (listener, root)
}

#[tokio::test(start_paused = true)]
async fn no_call_outlasts_its_deadline_and_soon_none_waits() {
    let log = Recorder::default();
    let (_listener, root) = silent(&log).await;
    let (cache, away) = (cache_of(&root, "shop"), root.away());
    assert!(!*away.borrow(), "nobody has asked yet");

    let waited = async |call: &mut (dyn Future<Output = ()> + Send + Unpin)| {
        let started = Instant::now();
        call.await;
        started.elapsed()
    };
    let mut get = Box::pin(async { assert_eq!(cache.get::<u8>("a").await, None) });
    assert_eq!(waited(&mut get).await, DEADLINE);
    let mut set = Box::pin(async { cache.set("a", &1).await.expect("it is dropped") });
    assert_eq!(waited(&mut set).await, DEADLINE);
    assert!(!*away.borrow());
    let mut delete = Box::pin(async {
        let told = cache.delete("a").await;
        assert!(matches!(told, Err(CacheError::Unavailable { .. })));
    });
    assert_eq!(waited(&mut delete).await, DEADLINE);
    assert!(*away.borrow(), "that was the third");

    let mut all = Box::pin(async {
        for _ in 0..100 {
            assert_eq!(cache.get::<u8>("a").await, None);
            cache.set("a", &1).await.expect("it is dropped");
            let told = cache.increment("a", 1, None).await;
            assert!(matches!(told, Err(CacheError::Unavailable { .. })));
            let told = cache.delete_by_tag("a").await;
            assert!(matches!(told, Err(CacheError::Unavailable { .. })));
            let computed = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(7));
            assert_eq!(computed.await.expect("it is computed"), 7);
        }
    });
    assert_eq!(waited(&mut all).await, Duration::ZERO);

    let lines = log.matching(|_| true);
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(line.fields["service"], "cache");
    assert!(line.message.contains("127.0.0.1:"), "{line:?}");
    assert!(line.message.contains("200 ms"), "{line:?}");
    assert!(!line.message.contains("hunter2"), "{line:?}");
}

#[tokio::test(start_paused = true)]
async fn a_herd_before_a_dead_server_ends_too() {
    let (_listener, root) = silent(&Recorder::default()).await;
    let cache = cache_of(&root, "shop");
    let started = Instant::now();
    let herd = (0..100).map(|_| cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(7)));
    for value in futures_util::future::join_all(herd).await {
        assert_eq!(value.expect("it is computed"), 7);
    }
    // They all look, and then one tries to keep what it has computed.
    assert!(started.elapsed() <= 2 * DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_slow_to_connect_is_found_nevertheless() {
    let slow = Duration::from_secs(1);
    let address = server::serve(slow, |_, command| match command {
        "GET" => "$11\r\n{\"value\":1}\r\n",
        _ => "+OK\r\n",
    });
    let root = root(
        json!({
            "store": "redis",
            "connection": format!("redis://{}", address.await),
            "deadline": 200,
            "breaker": { "failures": 3, "pause": 100 },
        }),
        &Recorder::default(),
    );
    let (cache, mut away) = (cache_of(&root, "shop"), root.away());
    let herd = (0..3).map(|_| cache.get::<u8>("a"));
    let found = futures_util::future::join_all(herd).await;
    assert_eq!(found, [None, None, None], "it takes too long for them");
    assert!(*away.borrow());
    let back = away.wait_for(|away| !away);
    let back = tokio::time::timeout(MINUTE, back).await;
    back.expect("it is found").expect("the cache is there");
    assert_eq!(cache.get("a").await, Some(1));
}

#[tokio::test]
async fn nothing_is_connected_before_the_first_call() {
    let (listener, root) = silent(&Recorder::default()).await;
    let _cache = cache_of(&root, "shop");
    tokio::task::yield_now().await;
    let accepted = futures_util::FutureExt::now_or_never(listener.accept());
    assert!(accepted.is_none(), "nobody has asked yet");
}
