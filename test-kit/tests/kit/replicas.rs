//! Replicas: who answers, who is gone, and what they are told to share.

use greenroom::prelude::*;
use greenroom_test_kit::{CacheStore, Engine, TestCache, TestDatabase, TestReplicas, test_backend};
use serde_json::{Value, json};

/// Tells what stands below `backend`.
#[backend_plugin(id = "shop")]
async fn shop(config: RootConfig, http_router: HttpRouter) {
    let show = async move || {
        let config = config.subscribe().borrow().get::<Value>("backend");
        Json(config.unwrap_or_default())
    };
    http_router.mount(Router::new().route("/config", get(show)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/config"));
}

#[tokio::test]
async fn each_request_goes_to_the_next_replica_that_runs() {
    let mut replicas = TestReplicas::start(3, || test_backend![shop]).await;
    let asked = async |replicas: &TestReplicas<'_>| {
        replicas.get("/api/shop/config").send().await;
        let line = "GET /api/shop/config";
        let asked = |it: &greenroom_test_kit::StartedTestBackend| {
            it.logs().to_string().matches(line).count()
        };
        replicas.running().map(asked).collect::<Vec<_>>()
    };
    let first = asked(&replicas).await;
    let one = first[0];
    assert_eq!(first, [one, 0, 0]);
    assert_eq!(asked(&replicas).await, [one, one, 0]);
    assert_eq!(asked(&replicas).await, [one, one, one]);
    let logs = replicas.kill(1).await;
    assert_eq!(logs.to_string().matches("GET /api/shop").count(), one);
    asked(&replicas).await;
    assert_eq!(asked(&replicas).await, [2 * one, 2 * one]);
    assert_eq!(replicas.start_another().await, 3);
    let report = replicas.stop(0).await;
    assert!(report.hung.is_empty() && report.failed.is_empty());
    assert_eq!(replicas.running().count(), 2);
}

#[tokio::test]
async fn a_replica_that_is_gone_is_not_there() {
    let test = async {
        let mut replicas = TestReplicas::start(1, || test_backend![shop]).await;
        replicas.kill(0).await;
        let _ = replicas.get("/api/shop/config");
    };
    let said = crate::failure_of(test).await;
    assert_eq!(said, "no replica runs: TestReplicas(0 of 1 run)");
    let test = async {
        let mut replicas = TestReplicas::start(1, || test_backend![shop]).await;
        replicas.kill(1).await;
    };
    let said = crate::failure_of(test).await;
    assert_eq!(said, "replica 1 does not run: TestReplicas(1 of 1 run)");
}

#[tokio::test]
async fn what_is_shared_stands_in_the_configuration_and_the_tests_own_words_count_more() {
    let database = TestDatabase::create(Engine::SqliteFile).await;
    let database = database.expect("it is always there");
    let cache = TestCache::create(CacheStore::Memory).await;
    let cache = cache.expect("it is always there");
    let own = json!({ "backend": { "database": { "client": "sqlite", "prefix": "mine" } } });
    let replicas = TestReplicas::start(1, || {
        test_backend![shop]
            .database(&database)
            .cache(&cache)
            .config(own.clone())
    });
    let replicas = replicas.await;
    let expected = json!({
        "database": {
            "client": "sqlite",
            "prefix": "mine",
            "connection": database.config()["connection"],
        },
        "cache": { "store": "memory" },
    });
    let told = replicas.get("/api/shop/config").send().await;
    told.assert_json(expected.clone());
    // It stays so when the configuration changes.
    replicas.replica(0).update_config(own.clone());
    let told = replicas.get("/api/shop/config").send().await;
    told.assert_json(expected);
}
