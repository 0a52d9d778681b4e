//! Mistakes in what a plugin registers.

use axum::Router;
use axum::routing::{get, post};
use greenroom_di_core::lifecycle::PluginState;
use http::Method;
use serde_json::json;

use super::plugin;
use crate::http_router::{AuthPolicy, HttpRouterError};

#[tokio::test]
async fn mistakes_are_reported_and_leave_the_rest_alone() {
    let plugin = plugin(json!({}));
    plugin
        .router
        .mount(Router::new().route("/a", get(|| async { "first" })));
    plugin
        .router
        .mount(Router::new().route("/a", get(|| async { "second" })));
    plugin
        .router
        .mount(Router::new().route("/a", post(|| async { "posted" })));
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/x/*"));
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/a"));
    plugin.state.send_replace(PluginState::Started);
    plugin.router.mount(Router::new());
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/"));
    assert_eq!(
        plugin.get("/api/example/a").await,
        (200, "first".to_owned())
    );
    assert_eq!(
        plugin.send(Method::POST, "/api/example/a").await.2,
        "posted"
    );
    plugin.router.mount(Router::new());

    let errors = plugin.errors();
    let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(
        told[0].starts_with("routes of plugin `example` overlap: "),
        "{told:?}"
    );
    assert!(told[0].contains("`GET /a`"), "{told:?}");
    assert!(
        told[1].contains("Missing parameter name at index 4: /x/*"),
        "{told:?}"
    );
    assert!(
        told[2].contains("registered routes after its start"),
        "{told:?}"
    );
    assert!(
        told[3].contains("registered an auth policy after its start"),
        "{told:?}"
    );
    assert!(matches!(
        errors[4],
        HttpRouterError::TooLate { what: "routes", .. }
    ));
}

#[tokio::test]
async fn what_a_failed_plugin_still_registers_is_no_mistake() {
    let plugin = plugin(json!({}));
    plugin.state.send_replace(PluginState::Failed);
    plugin.router.mount(Router::new());
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/"));
    assert_eq!(plugin.errors(), []);
}
