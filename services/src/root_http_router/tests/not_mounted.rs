//! What is answered for a plugin that has mounted nothing.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::get;
use greenroom_di_core::lifecycle::PluginState;
use http::HeaderMap;
use serde_json::json;
use tokio::sync::watch;

use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Fixture, fixture};

const FAILED: &str = concat!(
    r#"{"error":{"name":"ServiceUnavailableError","message":"Plugin 'example' has failed"},"#,
    r#""request":{"method":"GET","url":"/items?x=1"},"response":{"statusCode":503}}"#,
);

fn expecting(state: PluginState) -> (Fixture, watch::Sender<PluginState>) {
    let fixture = fixture(json!({}));
    let (sender, receiver) = watch::channel(state);
    fixture.router.expect_plugin("example", receiver);
    (fixture, sender)
}

async fn get_items(fixture: &Fixture) -> (u16, HeaderMap, String) {
    let request = Request::builder()
        .uri("/api/example/items?x=1")
        .body(Body::empty())
        .expect("the request is well formed");
    let (parts, body) = fixture.router.handle(request).await.into_parts();
    let body = to_bytes(body, usize::MAX)
        .await
        .expect("the body is in memory");
    let body = String::from_utf8(body.to_vec()).expect("the body is text");
    (parts.status.as_u16(), parts.headers, body)
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_has_failed_is_unavailable_at_once() {
    let (fixture, _state) = expecting(PluginState::Failed);
    let before = tokio::time::Instant::now();
    let (status, headers, body) = get_items(&fixture).await;
    assert_eq!((status, body.as_str()), (503, FAILED));
    assert!(!headers.contains_key("retry-after"), "{headers:?}");
    assert!(before.elapsed().is_zero(), "{:?}", before.elapsed());
    assert!(fixture.log.of_type("errorHandler").is_empty());
    let requests = fixture.log.of_type("incomingRequest");
    assert_eq!(requests[0].fields["plugin"], "example");
}

#[tokio::test(start_paused = true)]
async fn requests_that_wait_are_refused_when_the_plugin_fails() {
    let (fixture, state) = expecting(PluginState::Starting);
    let before = tokio::time::Instant::now();
    let ((status, _, body), ()) = tokio::join!(get_items(&fixture), async {
        tokio::task::yield_now().await;
        state.send_replace(PluginState::Failed);
    });
    assert_eq!((status, body.as_str()), (503, FAILED));
    assert!(before.elapsed().is_zero(), "{:?}", before.elapsed());
}

#[tokio::test]
async fn requests_that_wait_go_to_what_the_plugin_mounts() {
    let (fixture, state) = expecting(PluginState::Starting);
    let ((status, _, body), ()) = tokio::join!(get_items(&fixture), async {
        tokio::task::yield_now().await;
        let routes = Router::new().route("/items", get(|| async { "items" }));
        let mounted = fixture.router.mount("/api/example", routes);
        mounted.expect("nothing else is mounted there");
        state.send_replace(PluginState::Started);
    });
    assert_eq!((status, body.as_str()), (200, "items"));
}

#[tokio::test]
async fn a_disabled_plugin_is_as_unknown_as_any_other() {
    let (disabled, _state) = expecting(PluginState::Disabled);
    let unknown = fixture(json!({}));
    for fixture in [&disabled, &unknown] {
        let (status, headers, body) = get_items(fixture).await;
        assert_eq!((status, body.as_str()), (404, ""));
        assert!(!headers.contains_key("content-type"), "{headers:?}");
        let requests = fixture.log.of_type("incomingRequest");
        assert!(requests[0].fields.get("plugin").is_none(), "{requests:?}");
    }
}

#[test]
fn a_router_that_is_let_go_lets_its_routes_go() {
    let (fixture, _state) = expecting(PluginState::Starting);
    let held = std::sync::Arc::new(());
    let watched = std::sync::Arc::downgrade(&held);
    let routes = Router::new().route("/items", get(async || "ok"));
    let mounted = fixture
        .router
        .mount("/api/example", routes.layer(axum::Extension(held)));
    mounted.expect("nothing else is mounted there");
    drop(fixture);
    assert!(watched.upgrade().is_none());
}
