//! Who gets in, and what everybody else is told.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use greenroom_di_core::lifecycle::PluginState;
use http::Method;
use serde_json::json;

use super::{Plugin, plugin, read, started};
use crate::config::ByteSize;
use crate::handler::body_limit;
use crate::http_router::AuthPolicy;
use crate::logger::Level;

#[tokio::test]
async fn a_plugin_is_closed_but_for_its_policies() {
    let plugin = started(json!({}));
    let closed = |url: &str| {
        format!(
            r#"{{"error":{{"name":"AuthenticationError","message":"Missing credentials"}},"request":{{"method":"GET","url":"{url}"}},"response":{{"statusCode":401}}}}"#
        )
    };
    for (path, status, body) in [
        ("/api/example/health", 200, "ok".to_owned()),
        ("/API/Example/health?x=1", 200, "ok".to_owned()),
        ("/api/example//health", 200, "ok".to_owned()),
        (
            "/api/example/open/a?b=c",
            200,
            "/api/example/open/a?b=c".to_owned(),
        ),
        ("/api/example/health/sub", 404, String::new()),
        (
            "/api/example/private?token=1",
            401,
            closed("/private?token=1"),
        ),
        ("/api/example/healthz", 401, closed("/healthz")),
        ("/api/example/cookie/me", 401, closed("/cookie/me")),
        ("/api/example", 401, closed("/")),
        ("/api/example/", 401, closed("/")),
        ("/api/other/health", 404, String::new()),
    ] {
        assert_eq!(plugin.get(path).await, (status, body), "{path}");
    }
    let (_, headers, _) = plugin.send(Method::GET, "/api/example/healthz").await;
    assert_eq!(headers["etag"], r#"W/"92-VN76V96IhTDLKT5eguchH7uGEj8""#);
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(plugin.errors(), []);
}

#[tokio::test]
async fn a_path_is_judged_as_sent_and_served_leniently() {
    let plugin = plugin(json!({}));
    let routes = ["/health", "/trail", "/private", "/private/{id}"];
    let routes = routes.into_iter().fold(Router::new(), |router, path| {
        router.route(path, get(async move || path))
    });
    plugin.router.mount(routes);
    for path in ["/health", "/trail/"] {
        plugin
            .router
            .add_auth_policy(AuthPolicy::unauthenticated(path));
    }
    plugin.state.send_replace(PluginState::Started);
    for (path, status) in [
        ("/HEALTH", 200),
        ("/Health/", 200),
        ("/health//", 404),
        // The policy is for the path with the slash alone.
        ("/trail/", 200),
        ("/TRAIL/", 200),
        ("/trail", 401),
        ("/PRIVATE", 401),
        ("/private/", 401),
        ("/Private/Health", 401),
        ("/private/health/", 401),
        ("/health/../private", 404),
    ] {
        let sent = plugin.get(&format!("/api/example{path}")).await;
        assert_eq!(sent.0, status, "{path}: {}", sent.1);
    }
}

#[tokio::test]
async fn unmatched_methods_are_404_and_head_mirrors_get() {
    let plugin = started(json!({}));
    for method in [Method::POST, Method::DELETE, Method::TRACE] {
        let (status, headers, body) = plugin.send(method, "/api/example/health").await;
        assert_eq!((status, body.as_str()), (404, ""));
        assert!(!headers.contains_key("allow"));
    }
    let (status, headers, body) = plugin.send(Method::HEAD, "/api/example/health").await;
    assert_eq!((status, body.as_str()), (200, ""));
    assert_eq!(headers["content-length"], "2");
}

#[tokio::test]
async fn the_barrier_can_be_taken_down_and_that_is_logged() {
    let plugin = started(json!({"auth": {"dangerouslyDisableDefaultAuthPolicy": true}}));
    assert_eq!(
        plugin.get("/api/example/private").await,
        (200, "private".to_owned())
    );
    let warned = plugin.root.log.matching(|line| line.level == Level::Warn);
    assert!(
        warned[0]
            .message
            .contains("dangerouslyDisableDefaultAuthPolicy")
    );
}

#[tokio::test]
async fn an_internal_error_is_hidden_in_production_and_shown_in_development() {
    let plugin = started(json!({}));
    let (status, body) = plugin.get("/api/example/open/internal").await;
    assert_eq!(status, 500);
    assert!(
        body.contains(r#""message":"An internal error occurred logId="#),
        "{body}"
    );
    let line = plugin
        .root
        .log
        .of_type("errorHandler")
        .pop()
        .expect("the error is logged");
    assert_eq!(line.fields["plugin"], "example");

    let plugin = started(json!({"mode": "development"}));
    let (status, body) = plugin.get("/api/example/open/internal").await;
    assert_eq!(status, 500);
    assert!(
        body.contains("\n    \"message\": \"the secret\"\n"),
        "{body}"
    );
}

#[tokio::test]
async fn an_anonymous_large_body_is_401_and_a_known_one_413() {
    let plugin = plugin(json!({"server": {"bodyLimit": 4}}));
    let echo = |bytes| {
        let echo = post(|body: String| async { body });
        echo.layer(body_limit(ByteSize::bytes(bytes)))
    };
    plugin.router.mount(
        Router::new()
            .route("/private", echo(4))
            .route("/small", echo(2))
            .route("/large", echo(100))
            .route("/open/echo", post(|body: String| async { body }))
            .route("/open/small", echo(2))
            .route("/open/large", echo(100)),
    );
    let open = AuthPolicy::unauthenticated("/open");
    plugin.router.add_auth_policy(open);
    plugin.state.send_replace(PluginState::Started);
    for (path, expected) in [
        ("/api/example/nowhere", 401),
        ("/api/example/private", 401),
        ("/api/example/small", 401),
        ("/api/example/large", 401),
        ("/api/example/open/echo", 413),
        ("/api/example/open/small", 413),
        ("/api/example/open/large", 200),
    ] {
        let request = Plugin::request(Method::POST, path, Body::from("much too large"));
        let (status, _, body) = read(plugin.root.router.handle(request).await).await;
        assert_eq!(status, expected, "{body}");
    }
}
