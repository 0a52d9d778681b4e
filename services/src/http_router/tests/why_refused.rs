//! The line that says why a request was refused.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use greenroom_di_core::lifecycle::PluginState;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{AuthPolicy, Nobody, Plugin, plugin_with, read};
use crate::auth::{Credentials, ServicePrincipal};
use crate::http_auth::testing::WordHttpAuth;
use crate::logger::Level;

fn started(backend: Value) -> Plugin {
    let plugin = plugin_with(backend, Arc::new(Nobody), Arc::new(WordHttpAuth::default()));
    let service = get(async |_: Credentials<ServicePrincipal>| "ok");
    let routes = Router::new()
        .route("/closed", service.clone())
        .route("/open", service)
        .route("/open/own", get(async || StatusCode::UNAUTHORIZED))
        .route("/open/gone", get(async || StatusCode::GONE));
    plugin.router.mount(routes);
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/open"));
    plugin
        .router
        .add_auth_policy(AuthPolicy::user_cookie("/picture"));
    plugin.state.send_replace(PluginState::Started);
    plugin
}

/// The status of an answer, and what is logged of why.
async fn ask(plugin: &Plugin, path: &str, credentials: &str) -> (u16, Vec<String>) {
    let before = told(plugin).len();
    let path = format!("/api/example{path}");
    let mut request = Plugin::request(Method::GET, &path, Body::empty());
    let pair = match credentials.strip_prefix("cookie ") {
        Some(token) => Some((header::COOKIE, format!("backstage-auth={token}"))),
        None if credentials.is_empty() => None,
        None => Some((header::AUTHORIZATION, credentials.to_owned())),
    };
    if let Some((name, value)) = pair {
        let value = value.try_into().expect("it is a header");
        request.headers_mut().insert(name, value);
    }
    let status = read(plugin.root.router.handle(request).await).await.0;
    (status, told(plugin).split_off(before))
}

fn told(plugin: &Plugin) -> Vec<String> {
    let log = &plugin.root.log;
    let told =
        log.matching(|line| line.level == Level::Info && line.message.contains("was refused with"));
    told.into_iter().map(|line| line.message).collect()
}

#[tokio::test]
async fn in_development_a_refused_request_is_explained_in_one_line() {
    let plugin = started(json!({"mode": "development"}));
    for (path, credentials, status, parts) in [
        (
            "/closed",
            "",
            401,
            [
                "GET /closed of plugin `example` was refused with 401 by the barrier",
                "none of its auth policies matches (unauthenticated `/open` (",
                "the default is that credentials are required",
                "with no credentials. Send `Authorization: Bearer <token>`; if everybody",
            ],
        ),
        (
            "/closed",
            "Bearer garbage",
            401,
            [
                "user-cookie `/picture` (",
                "why_refused.rs:",
                "with a bearer token.",
                "backend.logger.level",
            ],
        ),
        (
            "/closed",
            "Basic garbage",
            401,
            [
                "none of its",
                "default",
                "not of the form `Bearer <token>`.",
                "one token and nothing after it",
            ],
        ),
        (
            "/closed",
            "cookie limited",
            401,
            [
                "none of its",
                "default",
                "with the cookie of a user",
                "AuthPolicy::user_cookie",
            ],
        ),
        (
            "/picture/of/me",
            "cookie garbage",
            401,
            [
                "by the barrier",
                "that decides is user-cookie `/picture` (",
                "with the cookie",
                "fetch it anew",
            ],
        ),
        (
            "/closed",
            "Bearer user",
            403,
            [
                "with 403 by its handler",
                "none of its",
                "with a bearer token.",
                "not one of those that the handler takes",
            ],
        ),
        (
            "/open",
            "",
            401,
            [
                "with 401 by its handler",
                "that decides is unauthenticated `/open` (",
                "no credentials",
                "let it take an `Option`",
            ],
        ),
        (
            "/open/own",
            "",
            401,
            [
                "GET /open/own of",
                "by its handler",
                "unauthenticated `/open`",
                "no credentials",
            ],
        ),
    ] {
        let (answered, told) = ask(&plugin, path, credentials).await;
        assert_eq!(
            (answered, told.len()),
            (status, 1),
            "{path} {credentials}: {told:?}"
        );
        for part in parts {
            assert!(
                told[0].contains(part),
                "{path} {credentials}: {part}: {told:?}"
            );
        }
        assert!(!told[0].contains("garbage"), "{told:?}");
    }
}

#[tokio::test]
async fn what_is_let_in_is_not_explained_and_no_query_is_told() {
    let plugin = started(json!({"mode": "development"}));
    for (path, credentials, status) in [
        ("/closed", "Bearer service", 200),
        ("/nowhere", "Bearer service", 404),
        ("/open/gone", "", 410),
    ] {
        assert_eq!(
            ask(&plugin, path, credentials).await,
            (status, vec![]),
            "{path}"
        );
    }
    let (_, told) = ask(&plugin, "/closed?token=hunter2", "Bearer hunter3").await;
    assert!(!told[0].contains("hunter"), "{told:?}");
}

#[tokio::test]
async fn in_production_nobody_can_fill_the_log() {
    let plugin = started(json!({}));
    for (path, credentials, status) in [
        ("/closed", "", 401),
        ("/closed", "Bearer garbage", 401),
        ("/closed", "Bearer user", 403),
        ("/open", "", 401),
    ] {
        assert_eq!(
            ask(&plugin, path, credentials).await,
            (status, vec![]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_barrier_that_is_down_is_said_to_be() {
    let plugin = started(json!({
        "mode": "development", "auth": {"dangerouslyDisableDefaultAuthPolicy": true},
    }));
    let (status, told) = ask(&plugin, "/closed", "").await;
    assert_eq!((status, told.len()), (401, 1));
    assert!(told[0].contains("by its handler"), "{told:?}");
    assert!(
        told[0].contains("the default policy is disabled"),
        "{told:?}"
    );
}
