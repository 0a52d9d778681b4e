//! Who passes the barrier by credentials, and what of that reaches the handlers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use greenroom_di_core::lifecycle::PluginState;
use http::{Method, header};
use serde_json::json;

use super::{AuthPolicy, Nobody, Plugin, plugin_with, read};
use crate::auth::{Credentials, TokenAccess, UserOrService, UserPrincipal};
use crate::http_auth::testing::WordHttpAuth;
use crate::http_auth::{HttpAuth, WithCookie};

use TokenAccess::{Full, Limited};

fn routes() -> Router {
    let routes = Router::new()
        .route("/plain", get(async || "ok"))
        .route("/full", get(async |_: Credentials<UserOrService>| "ok"))
        .route(
            "/optional",
            get(async |it: Option<Credentials>| if it.is_some() { "ok" } else { "nobody" }),
        )
        .route(
            "/limited",
            get(async |_: WithCookie<Credentials<UserPrincipal>>| "ok"),
        );
    Router::new()
        .merge(routes.clone())
        .nest("/cookie", routes.clone())
        .nest("/open", routes)
}

fn with_routes(plugin: Plugin) -> Plugin {
    plugin.router.mount(routes());
    for policy in [
        AuthPolicy::user_cookie("/cookie"),
        AuthPolicy::unauthenticated("/open"),
    ] {
        plugin.router.add_auth_policy(policy);
    }
    plugin.state.send_replace(PluginState::Started);
    plugin
}

async fn ask(plugin: &Plugin, path: &str, token: &str) -> u16 {
    let path = format!("/api/example{path}");
    let mut request = Plugin::request(Method::GET, &path, Body::empty());
    let (name, value) = match token.strip_prefix("cookie ") {
        Some(token) => (header::COOKIE, format!("backstage-auth={token}")),
        None => (header::AUTHORIZATION, token.to_owned()),
    };
    let value = value.try_into().expect("it is a header");
    request.headers_mut().insert(name, value);
    read(plugin.root.router.handle(request).await).await.0
}

#[tokio::test]
async fn each_path_lets_in_those_whom_its_policy_names() {
    let backend = json!({});
    let tokens = [
        "Basic a",
        "Bearer user",
        "Bearer service",
        "Bearer limited",
        "Bearer garbage",
        "cookie limited",
        "cookie garbage",
    ];
    for (path, expected) in [
        ("/plain", [401, 200, 200, 401, 401, 401, 401]),
        ("/unknown", [401, 404, 404, 401, 401, 401, 401]),
        ("/cookie/plain", [401, 200, 200, 200, 401, 200, 401]),
        // The handler was not written for limited tokens.
        ("/cookie/full", [401, 200, 200, 401, 401, 401, 401]),
        ("/cookie/limited", [401, 200, 403, 200, 401, 200, 401]),
        // The handler was, but no policy is: the barrier refuses.
        ("/limited", [401, 200, 403, 401, 401, 401, 401]),
        ("/open/plain", [200, 200, 200, 200, 200, 200, 200]),
        ("/open/optional", [200, 200, 200, 401, 401, 200, 200]),
        ("/open/full", [401, 200, 200, 401, 401, 401, 401]),
        ("/open/limited", [401, 200, 403, 200, 401, 200, 401]),
    ] {
        let auth = Arc::new(WordHttpAuth::default());
        let plugin = with_routes(plugin_with(
            backend.clone(),
            Arc::new(Nobody),
            auth as HttpAuth,
        ));
        for (token, status) in tokens.into_iter().zip(expected) {
            assert_eq!(ask(&plugin, path, token).await, status, "{path} {token}");
        }
    }
}

#[tokio::test]
async fn a_token_is_verified_once_unless_a_full_one_is_wanted_after_a_limited_one() {
    for (path, asked) in [
        ("/plain", &[Full][..]),
        ("/full", &[Full]),
        ("/limited", &[Full]),
        ("/cookie/plain", &[Limited]),
        ("/cookie/limited", &[Limited]),
        ("/cookie/full", &[Limited, Full]),
        ("/open/plain", &[]),
        ("/open/full", &[Full]),
    ] {
        let auth = Arc::new(WordHttpAuth::default());
        let plugin = with_routes(plugin_with(
            json!({}),
            Arc::new(Nobody),
            Arc::clone(&auth) as HttpAuth,
        ));
        assert_eq!(ask(&plugin, path, "Bearer user").await, 200, "{path}");
        assert_eq!(auth.asked(), asked, "{path}");
    }
}

#[tokio::test]
async fn without_the_barrier_handlers_still_ask() {
    let backend = json!({"auth": {"dangerouslyDisableDefaultAuthPolicy": true}});
    let auth = Arc::new(WordHttpAuth::default());
    let plugin = with_routes(plugin_with(backend, Arc::new(Nobody), auth as HttpAuth));
    for (path, token, status) in [
        ("/plain", "Bearer garbage", 200),
        ("/full", "Basic a", 401),
        ("/full", "Bearer garbage", 401),
        ("/full", "Bearer user", 200),
    ] {
        assert_eq!(ask(&plugin, path, token).await, status, "{path} {token}");
    }
}
