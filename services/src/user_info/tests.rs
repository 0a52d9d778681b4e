//! What is known of users, by their tokens or by an auth plugin in memory.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::UserInfo;
use super::service::PluginUserInfo;
use crate::auth::tests::{Backend, GUEST};
use crate::auth::{Credentials, TokenAccess};

const URL: &str = "http://auth.test/api/auth/v1/userinfo";

fn user_info(backend: &Backend) -> UserInfo {
    let client = Arc::new(backend.net.clone());
    let discovery = Arc::clone(&backend.discovery) as _;
    Arc::new(PluginUserInfo::new(client, discovery, backend.time.clock()))
}

async fn user(backend: &Backend, token: &str) -> Credentials {
    let auth = backend.auth("example");
    let user = auth.authenticate(token, TokenAccess::Limited).await;
    user.expect("the token is good")
}

#[tokio::test]
async fn a_token_that_says_it_is_believed() {
    let backend = Backend::new();
    let token = backend
        .user_key
        .user(json!({ "ent": [GUEST, "group:default/team-a"] }));
    let info = user_info(&backend)
        .user_info(&user(&backend, &token).await)
        .await;
    let expected = json!({
        "userEntityRef": GUEST,
        "ownershipEntityRefs": [GUEST, "group:default/team-a"],
    });
    assert_eq!(
        serde_json::to_value(info.expect("the token says it")).ok(),
        Some(expected)
    );
    assert_eq!(backend.net.asked(URL), 0);
}

#[tokio::test]
async fn otherwise_the_auth_plugin_is_asked_and_remembered_for_five_seconds() {
    let backend = Backend::new();
    let info = user_info(&backend);
    backend.net.put(
        URL,
        200,
        &json!({ "claims": { "sub": GUEST, "ent": [GUEST] } }),
    );
    let limited = user(&backend, &backend.user_key.limited(json!({}))).await;
    for asked in [1, 1, 2] {
        let known = info.user_info(&limited).await.expect("it is known");
        assert_eq!(known.ownership_entity_refs, [GUEST]);
        assert_eq!(backend.net.asked(URL), asked);
        backend.time.advance(Duration::from_secs(3));
    }
}

async fn refused(status: u16, body: &Value) -> (u16, String, String) {
    let backend = Backend::new();
    backend.net.put(URL, status, body);
    let user = user(&backend, &backend.user_key.user(json!({}))).await;
    let error = user_info(&backend).user_info(&user).await;
    let error = error.expect_err("it is an error");
    let (status, name) = (error.status().as_u16(), error.name().to_owned());
    let response = axum::response::IntoResponse::into_response(error);
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let body = body.expect("the body is in memory");
    let body = String::from_utf8(body.into()).expect("JSON is UTF-8");
    (status, name, body)
}

#[tokio::test]
async fn a_refusal_of_the_auth_plugin_is_handed_on_as_the_anchor_does() {
    let error = json!({ "name": "NotFoundError", "message": "User info not found" });
    let remote = json!({ "error": error, "response": { "statusCode": 404 } });
    let (status, name, body) = refused(404, &remote).await;
    assert_eq!((status, &*name), (404, "ResponseError"));
    let expected = json!({
        "name": "ResponseError",
        "message": "Request failed with 404 Not Found",
        "response": {},
        "body": remote,
        "cause": error,
        "statusCode": 404,
        "statusText": "Not Found",
    });
    let parsed: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(parsed["error"], expected);
    let in_order = r#""cause":{"name":"NotFoundError","message":"User info not found"}"#;
    assert!(body.contains(in_order), "{body}");

    let (_, _, body) = refused(404, &json!("User info not found")).await;
    let message =
        r#""message":"Request failed with status 404 Not Found, \"User info not found\"""#;
    assert!(body.contains(message), "{body}");
}

#[tokio::test]
async fn what_goes_wrong_inside_of_the_auth_plugin_is_not_handed_on() {
    let inside = json!({ "error": { "name": "Error", "message": "password is hunter2" } });
    let (status, name, body) = refused(500, &inside).await;
    assert_eq!((status, &*name), (502, "BadGatewayError"));
    assert!(!body.contains("hunter2"), "{body}");
}

#[tokio::test]
async fn only_users_have_user_info() {
    let backend = Backend::new();
    let service = Credentials::service("plugin:probe").into_any();
    for credentials in [service, Credentials::none().into_any()] {
        assert!(user_info(&backend).user_info(&credentials).await.is_err());
    }
}
