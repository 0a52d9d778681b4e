//! Two replicas on one database and one cache, of which one dies: nothing that anybody was told is lost, and nobody sees
//! an old list. A plugin that kept something in memory would fail here.

use std::sync::atomic::{AtomicBool, Ordering};

use greenroom_test_kit::{CacheStore, Engine, TestCache, TestDatabase, TestReplicas};
use serde_json::{Value, json};

use super::{TODOS, add, backend, finish};

#[tokio::test]
async fn a_replica_that_dies_takes_nothing_along() {
    for database in TestDatabase::each().await {
        if database.engine() == Engine::SqliteMemory {
            // No replica sees what another has in its memory. The same goes for a cache there.
            continue;
        }
        let Some(cache) = TestCache::create(CacheStore::Redis).await else {
            return;
        };
        // The first one only answers, so that the reminder is left to others.
        let is_first = AtomicBool::new(true);
        let make = || {
            let role = is_first.swap(false, Ordering::Relaxed).then_some("web");
            backend()
                .config(json!({ "backend": { "role": role } }))
                .database(&database)
                .cache(&cache)
        };
        let mut replicas = TestReplicas::start(2, make).await;
        all_list(&replicas, &json!([])).await;

        let sweep = json!({ "title": "sweep", "remindAfter": "300ms" });
        let path = add(replicas.replica(0), sweep).await;
        replicas.kill(0).await;
        replicas
            .replica(1)
            .logged("is reminded of the todo 1")
            .await;
        replicas.start_another().await;
        let mut todo = json!({ "id": 1, "title": "sweep", "done": false, "reminded": true });
        all_list(&replicas, &json!([todo])).await;

        finish(replicas.replica(2), &path).await;
        todo["done"] = true.into();
        all_list(&replicas, &json!([todo])).await;
    }
}

/// Asks each replica, and each of them a second time, when it has the list from the cache.
async fn all_list(replicas: &TestReplicas<'_>, expected: &Value) {
    for _ in 0..2 {
        for replica in replicas.running() {
            let listed = replica.get(TODOS).send().await;
            listed.assert_json(json!({ "todos": expected }));
        }
    }
}
