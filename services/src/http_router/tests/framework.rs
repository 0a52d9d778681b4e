//! The routes that a plugin has without doing anything for it.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::any;
use greenroom_di_core::lifecycle::PluginState;
use http::Method;
use serde_json::json;

use super::{plugin, plugin_with, read};
use crate::auth::tests::Backend;
use crate::http_auth::tests::http_auth;

#[tokio::test]
async fn keys_are_published_before_the_plugin_is_up_and_to_everybody() {
    let plugin = plugin(json!({}));
    for path in [
        "/api/example/.backstage/auth/v1/jwks.json",
        "/api/example/.Backstage/auth/v1/JWKS.json/",
    ] {
        let (status, headers, body) = plugin.send(Method::GET, path).await;
        assert_eq!((status, &*body), (200, r#"{"keys":[{"kid":"one"}]}"#));
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        assert!(headers.contains_key("etag"));
    }
    plugin.state.send_replace(PluginState::Started);
    for (method, path, status) in [
        (Method::HEAD, "jwks.json", 200),
        (Method::POST, "jwks.json", 401),
        (Method::GET, "jwks.json/more", 401),
        (Method::GET, "jwks.json//", 401),
        (Method::GET, "cookie", 401),
        (Method::DELETE, "cookie", 401),
    ] {
        let path = format!("/api/example/.backstage/auth/v1/{path}");
        assert_eq!(plugin.send(method, &path).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn the_cookie_routes_ask_for_a_user_even_when_the_barrier_is_down() {
    let plugin = plugin(json!({"auth": {"dangerouslyDisableDefaultAuthPolicy": true}}));
    let own = Router::new().fallback(any(|| async { "the plugin's" }));
    plugin.router.mount(own);
    plugin.state.send_replace(PluginState::Started);
    let path = "/api/example/.backstage/auth/v1/cookie";
    let (status, body) = plugin.get(path).await;
    assert_eq!(status, 401, "{body}");
    let (status, _, body) = plugin.send(Method::POST, path).await;
    assert_eq!((status, &*body), (200, "the plugin's"));
}

#[tokio::test]
async fn a_user_gets_a_cookie_and_gives_it_back() {
    let backend = Backend::new();
    let (auth, http_auth) = (backend.auth("example"), http_auth(&backend));
    let plugin = plugin_with(json!({}), auth, http_auth);
    plugin.state.send_replace(PluginState::Started);
    let ask = async |method: Method, token: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/api/example/.backstage/auth/v1/cookie/")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty());
        let request = request.expect("the request is well formed");
        read(plugin.root.router.handle(request).await).await
    };
    let user = backend.user_key.user(json!({}));
    let (status, headers, body) = ask(Method::GET, &user).await;
    assert_eq!(
        (status, &*body),
        (200, r#"{"expiresAt":"2100-01-01T00:00:00.000Z"}"#)
    );
    let cookie = headers["set-cookie"].to_str().expect("it is text");
    assert!(cookie.starts_with("backstage-auth=ey"), "{cookie}");
    assert!(!cookie.contains(&user), "the cookie holds a limited token");

    let service = backend.plugin_key.plugin(json!({}));
    let (status, headers, _) = ask(Method::GET, &service).await;
    assert_eq!((status, headers.get("set-cookie")), (403, None));
    let limited = backend.user_key.limited(json!({}));
    let (status, _, body) = ask(Method::GET, &limited).await;
    assert_eq!(status, 401);
    assert!(body.contains("Illegal limited user token"), "{body}");
    for token in [&user, &service] {
        let (status, headers, body) = ask(Method::DELETE, token).await;
        assert_eq!((status, &*body), (204, ""));
        let cookie = headers["set-cookie"].to_str().expect("it is text");
        assert!(cookie.starts_with("backstage-auth=; "), "{cookie}");
    }
}
