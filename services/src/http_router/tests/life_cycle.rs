//! What a plugin answers while it is not up.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use greenroom_di_core::lifecycle::PluginState;
use http::Method;
use serde_json::json;

use super::{plugin, started};
use crate::http_router::AuthPolicy;

#[tokio::test(start_paused = true)]
async fn requests_wait_for_the_start_up_to_the_pause() {
    let plugin = plugin(json!({"lifecycle": {"startupRequestPauseTimeout": "7s"}}));
    plugin
        .router
        .mount(Router::new().route("/health", get(|| async { "ok" })));
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/health"));
    let before = tokio::time::Instant::now();
    let (status, headers, body) = plugin.send(Method::GET, "/api/example/health").await;
    assert_eq!((status, before.elapsed()), (503, Duration::from_secs(7)));
    assert_eq!(headers["retry-after"], "5");
    let error =
        r#"{"error":{"name":"ServiceUnavailableError","message":"Service has not started up yet"}"#;
    assert!(body.starts_with(error), "{body}");

    let (answer, ()) = tokio::join!(plugin.get("/api/example/health"), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        plugin.state.send_replace(PluginState::Started);
    });
    assert_eq!(answer, (200, "ok".to_owned()));
}

#[tokio::test]
async fn a_failed_and_a_stopping_plugin_answer_at_once() {
    let failed = plugin(json!({}));
    failed.state.send_replace(PluginState::Failed);
    let (status, headers, body) = failed.send(Method::GET, "/api/example/health").await;
    assert_eq!(
        (status, body.as_str()),
        (
            503,
            concat!(
                r#"{"error":{"name":"ServiceUnavailableError","message":"Plugin 'example' has failed"},"#,
                r#""request":{"method":"GET","url":"/health"},"response":{"statusCode":503}}"#,
            )
        )
    );
    assert!(!headers.contains_key("retry-after"), "{headers:?}");

    let stopping = started(json!({}));
    assert_eq!(stopping.get("/api/example/health").await.0, 200);
    stopping.state.send_replace(PluginState::Stopping);
    let (status, headers, body) = stopping.send(Method::GET, "/api/example/health").await;
    assert_eq!(status, 503);
    assert!(body.contains("Service is shutting down"), "{body}");
    assert_eq!(
        [&headers["retry-after"], &headers["connection"]],
        ["5", "close"]
    );
    assert!(stopping.root.log.of_type("errorHandler").is_empty());
}

#[tokio::test]
async fn a_plugin_that_stopped_before_its_first_request_stays_closed() {
    let plugin = started(json!({}));
    plugin.state.send_replace(PluginState::Stopping);
    for _ in 0..2 {
        assert_eq!(plugin.get("/api/example/health").await.0, 503);
    }
}

#[tokio::test]
async fn a_plugin_that_fails_after_it_was_up_is_closed() {
    let plugin = started(json!({}));
    assert_eq!(plugin.get("/api/example/health").await.0, 200);
    plugin.state.send_replace(PluginState::Failed);
    let (status, body) = plugin.get("/api/example/health").await;
    assert_eq!(status, 503);
    assert!(body.contains("Plugin 'example' has failed"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn requests_that_wait_for_a_plugin_are_refused_when_it_fails() {
    let plugin = plugin(json!({}));
    let before = tokio::time::Instant::now();
    let (answer, ()) = tokio::join!(plugin.get("/api/example/health"), async {
        tokio::task::yield_now().await;
        plugin.state.send_replace(PluginState::Failed);
    });
    assert_eq!(answer.0, 503);
    assert!(
        answer.1.contains("Plugin 'example' has failed"),
        "{}",
        answer.1
    );
    assert!(before.elapsed().is_zero(), "{:?}", before.elapsed());
}
