//! A whole backend whose Redis is away: it starts, it answers, it says so.

use greenroom::prelude::*;
use greenroom_test_kit::test_backend;
use serde_json::json;

use super::{MINUTE, RedisServer, is_installed};

#[backend_plugin(id = "shop")]
async fn shop(router: HttpRouter, cache: Cache) {
    let price = async move || -> Result<String, ApiError> {
        let price = cache.get_or_compute("tea", MINUTE, async || Ok::<_, HttpError>(100));
        Ok(price.await?.to_string())
    };
    router.mount(Router::new().route("/tea", get(price)));
    router.add_auth_policy(AuthPolicy::unauthenticated("/tea"));
}

#[tokio::test]
async fn a_backend_starts_and_answers_without_its_cache() {
    if !is_installed() {
        return;
    }
    let mut server = RedisServer::new(&[]);
    let cache = json!({
        "store": "redis",
        "connection": server.url(),
        "breaker": { "failures": 1, "pause": "10ms" },
    });
    let config = json!({ "backend": { "cache": cache } });
    let backend = test_backend![shop].config(config).start().await;
    let ready = async || {
        let answer = backend.get("/.backstage/health/v1/readiness").send().await;
        answer.assert_status(200);
        answer.json::<serde_json::Value>()
    };
    assert_eq!(ready().await, json!({ "status": "ok" }));
    let answer = backend.get("/api/shop/tea").send().await;
    answer.assert_status(200).assert_text("100");
    assert_eq!(
        ready().await,
        json!({ "status": "degraded", "away": ["cache"] })
    );

    let back = backend.logged("is back after");
    server.restart().await;
    back.await;
    assert_eq!(ready().await, json!({ "status": "ok" }));
    for _ in 0..2 {
        let answer = backend.get("/api/shop/tea").send().await;
        answer.assert_text("100");
    }
    let mut bare = server.bare().await;
    let mut exists = redis::cmd("EXISTS");
    let exists: u8 = exists
        .arg("shop:dGVh")
        .query_async(&mut bare)
        .await
        .expect("a number");
    assert_eq!(exists, 1);
}
