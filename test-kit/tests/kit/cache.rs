//! A plugin and its cache: the real one on the held clock, the fake that is away, and the mock.

use std::sync::Arc;
use std::time::Duration;

use greenroom::cache::CacheError;
use greenroom::prelude::*;
use greenroom_test_kit::mock_services::{FakeCache, MockCacheService};
use greenroom_test_kit::mockall::predicate::{always, eq};
use greenroom_test_kit::test_backend;

const MINUTE: Duration = Duration::from_mins(1);

#[backend_plugin(id = "shop")]
async fn shop(router: HttpRouter, cache: Cache) {
    let counter = cache.clone();
    let price = async move || -> Result<String, ApiError> {
        let price = cache.get_or_compute("tea", MINUTE, async || Ok::<_, CacheError>(100));
        Ok(price.await?.to_string())
    };
    let count = async move || -> Result<String, ApiError> {
        Ok(counter.increment("n", 1, Some(MINUTE)).await?.to_string())
    };
    let routes = Router::new().route("/tea", get(price));
    router.mount(routes.route("/count", get(count)));
    router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

#[tokio::test]
async fn the_real_one_is_in_memory_and_on_the_held_clock() {
    let backend = test_backend![shop].paused_clock().start().await;
    let count = async || {
        backend
            .get("/api/shop/count")
            .send()
            .await
            .text()
            .to_owned()
    };
    assert_eq!([count().await, count().await], ["1", "2"]);
    backend.advance(MINUTE).await;
    assert_eq!(count().await, "1");
}

#[tokio::test]
async fn a_fake_that_is_away_is_a_miss_and_counts_nothing() {
    let fake = FakeCache::new();
    let backend = test_backend![shop].with(fake.clone()).start().await;
    fake.set_away(true);
    let answer = backend.get("/api/shop/tea").send().await;
    answer.assert_status(200).assert_text("100");
    assert_eq!(fake.calls(), ["shop: get tea", "shop: set tea"]);

    backend
        .get("/api/shop/count")
        .send()
        .await
        .assert_status(503);
    fake.set_away(false);
    backend.get("/api/shop/count").send().await.assert_text("1");
    let other: Cache = fake.clone();
    assert_eq!(other.get::<i64>("n").await, None, "it is the plugin's own");
}

#[tokio::test]
async fn a_mock_is_told_what_to_find_and_what_will_be_kept() {
    let mut mock = MockCacheService::new();
    mock.expect_get_bytes()
        .with(eq("tea"))
        .times(1)
        .return_const(None);
    let kept = mock.expect_set_bytes();
    let kept = kept.with(eq("tea"), eq(axum::body::Bytes::from("100")), always());
    kept.times(1).return_const(());
    let backend = test_backend![shop].with(Arc::new(mock)).start().await;
    backend.get("/api/shop/tea").send().await.assert_text("100");
}
