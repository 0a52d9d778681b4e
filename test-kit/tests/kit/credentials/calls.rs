//! One plugin calls another, with the tokens of the fake `core.auth`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Json;
use greenroom::auth::{AccessRestrictions, AuthError, AuthService, TokenAccess};
use greenroom::prelude::*;
use greenroom_test_kit::mock_credentials::{limited_user, none, service, user};
use greenroom_test_kit::mock_services::{FakeAuth, FakeClock};
use greenroom_test_kit::{StartedTestBackend, TestDouble as _, test_backend};
use serde_json::{Value, json};

async fn caller(caller: Credentials<UserOrService>) -> Json<Value> {
    Json(json!(caller)["principal"].clone())
}

#[backend_plugin(id = "stock")]
async fn stock(http_router: HttpRouter) {
    http_router.mount(Router::new().route("/caller", get(caller)));
}

#[backend_plugin(id = "shop")]
async fn shop(http_router: HttpRouter) {
    http_router.mount(Router::new().route("/caller", get(caller)));
}

async fn backend() -> (StartedTestBackend, Arc<dyn AuthService>) {
    let backend = test_backend![shop, stock].reach::<dyn AuthService>("shop");
    let backend = backend.start().await;
    let auth = backend.service::<dyn AuthService>("shop");
    (backend, auth)
}

#[tokio::test]
async fn the_other_plugin_sees_the_user_with_this_plugin_as_the_actor() {
    let (backend, auth) = backend().await;
    let actor = json!({ "type": "service", "subject": "plugin:shop" });
    let seen = json!({ "type": "user", "userEntityRef": "user:default/jane", "actor": actor });
    let callers = [
        user("user:default/jane").credentials(),
        user("user:default/jane").actor("plugin:cafe").credentials(),
        limited_user("user:default/jane").credentials(),
    ];
    for credentials in callers {
        let token = auth
            .plugin_request_token(&credentials.into_any(), "stock")
            .await;
        let token = token.expect("jane may call").expect("somebody calls");

        let request = backend.get("/api/stock/caller").credentials(token.clone());
        request
            .send()
            .await
            .assert_status(200)
            .assert_json(seen.clone());

        let elsewhere = backend.get("/api/shop/caller").credentials(token);
        let refused = elsewhere.send().await;
        refused.assert_status(401);
        assert!(
            refused
                .text()
                .contains("\"Failed plugin token verification\"")
        );
    }
}

#[tokio::test]
async fn of_a_service_the_other_plugin_sees_this_plugin_alone() {
    let (backend, auth) = backend().await;
    let own = auth.own_service_credentials();
    assert_eq!(own.principal().subject, "plugin:shop");
    let ci = service("external:ci").credentials();
    for credentials in [own, ci] {
        let token = auth
            .plugin_request_token(&credentials.into_any(), "stock")
            .await;
        let token = token.expect("it may call").expect("somebody calls");
        let request = backend.get("/api/stock/caller").credentials(token);
        let seen = json!({ "type": "service", "subject": "plugin:shop" });
        request.send().await.assert_status(200).assert_json(seen);
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, AuthError>) -> (bool, String) {
    let error = result.expect_err("it is refused");
    (matches!(error, AuthError::NotAllowed(_)), error.to_string())
}

#[tokio::test]
async fn a_restricted_service_is_not_passed_on_beyond_its_restrictions() {
    let auth = FakeAuth::new().for_plugin("shop");
    let read = AccessRestrictions {
        permission_names: vec!["todo.read".to_owned()],
        ..AccessRestrictions::default()
    };
    let request = async |credentials: Credentials<ServicePrincipal>| {
        let credentials = credentials.into_any();
        auth.plugin_request_token(&credentials, "stock").await
    };
    let ci = service("external:ci");
    let allowed = ci.clone().only_for(["shop", "stock"]).credentials();
    assert!(matches!(request(allowed).await, Ok(Some(_))));
    let not_listed = ci.clone().only_for(["shop"]).credentials();
    let words = "Access to target plugin 'stock' is not included in token's access restrictions";
    assert_eq!(refusal(request(not_listed).await), (true, words.to_owned()));
    let words = "Access to target plugin 'stock' is restricted and cannot be delegated";
    for restricted in [ci.clone(), ci.only_for(["stock"])] {
        let restricted = restricted.restricted(&read).credentials();
        assert_eq!(refusal(request(restricted).await), (true, words.to_owned()));
    }
}

#[tokio::test]
async fn a_call_on_behalf_of_nobody_needs_an_open_backend() {
    let (_, auth) = backend().await;
    let nobody = none().credentials().into_any();
    let (is_forbidden, message) = refusal(auth.plugin_request_token(&nobody, "stock").await);
    assert!(!is_forbidden && message.contains("'stock'"), "{message}");

    let open = json!({"backend": {"auth": {"dangerouslyDisableDefaultAuthPolicy": true}}});
    let backend = test_backend![shop]
        .config(open)
        .reach::<dyn AuthService>("shop");
    let backend = backend.start().await;
    let auth = backend.service::<dyn AuthService>("shop");
    let token = auth.plugin_request_token(&nobody, "stock").await;
    assert!(matches!(token, Ok(None)));
}

#[tokio::test]
async fn a_user_without_a_token_cannot_be_passed_on() {
    let auth = FakeAuth::new().for_plugin("shop");
    let made_up = Credentials::user("user:default/jane");
    let words = "Failed to create limited user token, missing user identity proof";
    let expected = (false, words.to_owned());
    assert_eq!(refusal(auth.limited_user_token(&made_up).await), expected);
    let made_up = made_up.into_any();
    assert_eq!(
        refusal(auth.plugin_request_token(&made_up, "stock").await),
        expected
    );
}

#[tokio::test]
async fn what_is_limited_counts_only_where_that_is_enough() {
    let clock = FakeClock::new(SystemTime::UNIX_EPOCH);
    let auth = FakeAuth::with_clock(clock).for_plugin("shop");
    let jane = user("user:default/jane");
    let limited = auth.limited_user_token(&jane.credentials()).await;
    let limited = limited.expect("it can be limited");
    let in_an_hour = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
    assert_eq!(limited.expires_at, in_an_hour);
    let token = limited.token.expose();
    assert_eq!(token, limited_user("user:default/jane").token());
    let full = auth.authenticate(token, TokenAccess::Full).await;
    assert_eq!(
        refusal(full),
        (false, "Illegal limited user token".to_owned())
    );
    let found = auth.authenticate(token, TokenAccess::Limited).await;
    let found = found.expect("limited access is enough");
    assert_eq!(found, jane.credentials().into_any());
    // So that the token can be limited again: a user of a cookie can call other plugins.
    let user = found.narrow::<UserPrincipal>().expect("jane is a user");
    assert!(auth.limited_user_token(&user).await.is_ok());
}

#[tokio::test]
async fn public_keys_are_those_that_the_test_names() {
    let fake = FakeAuth::new();
    let auth = fake.clone().for_plugin("shop");
    let keys = auth.list_public_service_keys().await;
    let keys = keys.expect("they are in memory");
    assert_eq!(
        json!(keys),
        json!([{ "kty": "mock", "kid": "mock-key-of-shop" }])
    );
    let given = json!({ "kid": "1" }).as_object().cloned();
    fake.set_public_keys(given);
    let keys = auth.list_public_service_keys().await;
    assert_eq!(
        json!(keys.expect("they are in memory")),
        json!([{ "kid": "1" }])
    );
}
