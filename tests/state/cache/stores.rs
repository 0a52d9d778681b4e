//! What is of Redis alone: how values look in it, who shares it, and what it makes of strangers.

use greenroom::cache::CacheError;
use greenroom_test_kit::TestDirectory;
use serde_json::json;

use super::*;

#[tokio::test]
async fn keys_and_values_look_as_the_anchors_and_expire() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start().await;
    let mut config = on(&server);
    config["redis"] = json!({ "client": { "namespace": "prod" } });
    let process = process(config);
    let cache = process.cache("shop");
    cache
        .set_with("tea", &100, MINUTE)
        .await
        .expect("it is JSON");
    cache
        .set("forever", &json!({ "a": [1] }))
        .await
        .expect("it is JSON");
    cache
        .increment("n", 7, Some(MINUTE))
        .await
        .expect("it counts");

    let mut bare = server.bare().await;
    let expires = process.clock.now() + MINUTE;
    let expires = expires
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("it is later");
    for (key, value, expires_there) in [
        (
            "prod:shop:dGVh",
            format!(r#"{{"value":100,"expires":{}}}"#, expires.as_millis()),
            true,
        ),
        (
            "prod:shop:Zm9yZXZlcg==",
            r#"{"value":{"a":[1]}}"#.to_owned(),
            false,
        ),
        ("prod:shop:bg==", "7".to_owned(), true),
    ] {
        let mut get = redis::cmd("GET");
        let found: Option<String> = get.arg(key).query_async(&mut bare).await.expect("a text");
        assert_eq!(found, Some(value));
        let mut left = redis::cmd("PTTL");
        let left: i64 = left
            .arg(key)
            .query_async(&mut bare)
            .await
            .expect("a number");
        assert_eq!((1..=60_000).contains(&left), expires_there, "{key}: {left}");
    }
    // The time in the value counts too, by the backend's clock.
    process.clock.advance(MINUTE);
    assert_eq!(cache.get::<u8>("tea").await, None);
    assert!(cache.get::<Value>("forever").await.is_some());
}

#[tokio::test]
async fn two_backends_share_what_is_kept() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start().await;
    let (one, two) = (process(on(&server)), process(on(&server)));
    let (one, two) = (one.cache("shop"), two.cache("shop"));
    one.set("a", &1).await.expect("it is JSON");
    assert_eq!(two.get("a").await, Some(1));
    two.delete("a").await.expect("it is there");
    assert_eq!(one.get::<u8>("a").await, None);
    one.increment("n", 1, None).await.expect("it counts");
    assert_eq!(two.increment("n", 1, None).await.expect("it counts"), 2);
    let computed = one.get_or_compute("b", MINUTE, async || Ok::<_, CacheError>(1));
    assert_eq!(computed.await.expect("it is computed"), 1);
    let found = two.get_or_compute("b", MINUTE, async || Ok::<_, CacheError>(2));
    assert_eq!(found.await.expect("it is found"), 1);
}

#[tokio::test]
async fn what_a_stranger_put_there_is_a_miss_and_a_line() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start().await;
    let process = process(on(&server));
    let logger = FakeLogger::new();
    let cache = process.root.for_plugin("shop", logger.clone());
    let mut bare = server.bare().await;
    for (command, key, key_there) in [
        ("SET", "text", "shop:dGV4dA=="),
        ("LPUSH", "list", "shop:bGlzdA=="),
    ] {
        let mut put = redis::cmd(command);
        let put = put.arg(key_there).arg("hunter2");
        put.exec_async(&mut bare).await.expect("nothing is there");
        for _ in 0..20 {
            assert_eq!(cache.get::<u8>(key).await, None);
        }
        let refused = cache.increment(key, 1, None).await;
        assert!(
            matches!(refused, Err(CacheError::NotACounter { .. })),
            "{refused:?}"
        );
        let computed = cache.get_or_compute(key, MINUTE, async || Ok::<_, CacheError>(1));
        assert_eq!(computed.await.expect("it is computed"), 1);
        assert_eq!(cache.get(key).await, Some(1), "it is replaced");
    }
    assert_eq!(logger.logs().containing("cannot be read").lines().len(), 1);
    assert!(logger.logs().containing("hunter2").lines().is_empty());
    assert!(!*process.root.away().borrow(), "the server is well");
}

#[tokio::test]
async fn a_server_that_refuses_to_write_is_read_and_is_not_away() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start().await;
    let mut config = on(&server);
    config["breaker"] = json!({ "failures": 2, "pause": "10ms" });
    let process = process(config);
    let cache = process.cache("shop");
    cache.set("a", &1).await.expect("it is JSON");
    let mut bare = server.bare().await;
    let nobody = greenroom_test_kit::free_port().to_string();
    for (refuse, allow) in [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        (
            &*format!("REPLICAOF 127.0.0.1 {nobody}"),
            "REPLICAOF NO ONE",
        ),
    ] {
        let mut tell = async |words: &str| {
            let mut words = words.split(' ');
            let mut command = redis::cmd(words.next().expect("there is a word"));
            command.arg(words.collect::<Vec<_>>());
            command.exec_async(&mut bare).await.expect("it is its own");
        };
        tell(refuse).await;
        for _ in 0..5 {
            cache.set("a", &2).await.expect("it is dropped");
            let told = cache.increment("n", 1, None).await;
            assert!(
                matches!(told, Err(CacheError::Unavailable { .. })),
                "{told:?}"
            );
        }
        assert_eq!(cache.get("a").await, Some(1), "{refuse}");
        assert!(!*process.root.away().borrow(), "{refuse}");
        tell(allow).await;
        cache.set("a", &1).await.expect("it is JSON");
        let counted = cache.increment("n", 0, None).await;
        assert_eq!(counted.expect("it is there"), 0);
        cache.delete("n").await.expect("it is there");
    }
    let logs = process.log.logs();
    assert_eq!(logs.lines().len(), 1, "it is said once: {logs}");
}

#[tokio::test]
async fn tls_trusts_whom_the_configuration_names_and_nobody_else() {
    if !is_installed() {
        return;
    }
    let directory = TestDirectory::new();
    let (authority, certificate, key) = certificate(directory.path());
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let server = RedisServer::start_with(&[
        "--port",
        "0",
        "--tls-port",
        "{port}",
        "--tls-auth-clients",
        "no",
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
    ])
    .await;
    let url = format!("rediss://127.0.0.1:{}", server.port);
    let trusts = |tls: Value| {
        process(json!({
            "store": "redis",
            "connection": url,
            "tls": tls,
            "breaker": { "failures": 1, "pause": "1h" },
        }))
    };
    let trusting = trusts(json!({ "ca": authority }));
    let cache = trusting.cache("shop");
    cache.set("a", &1).await.expect("it is JSON");
    assert_eq!(cache.get("a").await, Some(1));

    let wary = trusts(json!({}));
    assert_eq!(wary.cache("shop").get::<u8>("a").await, None);
    assert!(*wary.root.away().borrow());
    wary.log.logs().assert_contains("certificate");
}
