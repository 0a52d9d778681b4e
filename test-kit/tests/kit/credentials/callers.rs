//! Each kind of caller at the barrier and in handlers, as the section of `docs/testing.md` has it.

use axum::extract::State;
use axum::http::request::Parts;
use axum::{Extension, Json};
use greenroom::auth::{AccessRestrictions, PermissionAttributes};
use greenroom::prelude::*;
use greenroom_test_kit::mock_credentials::{
    RequestCredentials, default_service, default_user, limited_user, none, service, user,
};
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde_json::{Value, json};

async fn me(user: Credentials<UserPrincipal>) -> String {
    user.principal().user_entity_ref.clone()
}

async fn picture(WithCookie(user): WithCookie<Credentials<UserPrincipal>>) -> String {
    format!("the picture of {}", user.principal().user_entity_ref)
}

async fn caller(caller: Option<Credentials<UserOrService>>) -> Json<Value> {
    Json(json!(caller))
}

/// Asks the service, in place of a parameter.
async fn asked(State(http_auth): State<HttpAuth>, request: Parts) -> Result<String, HttpError> {
    let credentials = http_auth.credentials(&request, Allow::USER).await?;
    Ok(format!("{:?}", credentials.principal()))
}

/// Whether the request of an open path carries what a handler needs to ask.
async fn unasked(auth: Option<Extension<greenroom::http_auth::RequestAuth>>) -> String {
    auth.is_some().to_string()
}

#[backend_plugin(id = "example")]
async fn plugin(http_router: HttpRouter, http_auth: HttpAuth) {
    let routes = Router::new()
        .route("/me", get(me))
        .route("/caller", get(caller))
        .route("/asked", get(asked))
        .route("/pictures/me", get(picture))
        .route("/pictures/full", get(me))
        .route("/open/caller", get(caller))
        .route("/open", get(unasked));
    http_router.mount(routes.with_state(http_auth));
    http_router.add_auth_policy(AuthPolicy::user_cookie("/pictures"));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/open"));
}

async fn backend() -> StartedTestBackend {
    test_backend![plugin].start().await
}

async fn ask(
    backend: &StartedTestBackend,
    path: &str,
    credentials: impl Into<RequestCredentials>,
) -> (u16, String) {
    let path = format!("/api/example{path}");
    let answer = backend.get(&path).credentials(credentials).send().await;
    (answer.status().as_u16(), answer.text().to_owned())
}

#[tokio::test]
async fn a_route_knows_its_caller() {
    let backend = test_backend![plugin].start().await;

    let jane = user("user:default/jane");
    let greeted = backend.get("/api/example/me").credentials(jane);
    greeted.send().await.assert_text("user:default/jane");

    let ci = service("external:ci");
    let refused = backend.get("/api/example/me").credentials(ci);
    refused.send().await.assert_status(403);

    let forgotten = backend.get("/api/example/me").send().await;
    forgotten.assert_status(401);
}

#[tokio::test]
async fn each_kind_of_caller_passes_where_it_may() {
    let backend = backend().await;
    let jane = "user:default/jane";
    let callers: [RequestCredentials; 7] = [
        user(jane).into(),
        service("external:ci").into(),
        limited_user(jane).into(),
        none().into(),
        user(jane).invalid(),
        limited_user(jane).invalid(),
        default_service().invalid(),
    ];
    for (path, statuses) in [
        ("/caller", [200, 200, 401, 401, 401, 401, 401]),
        ("/me", [200, 403, 401, 401, 401, 401, 401]),
        ("/asked", [200, 403, 401, 401, 401, 401, 401]),
        ("/nothing/there", [404, 404, 401, 401, 401, 401, 401]),
        ("/pictures/me", [200, 403, 200, 401, 401, 401, 401]),
        // The policy of the path is not that of the handler.
        ("/pictures/full", [200, 403, 401, 401, 401, 401, 401]),
        ("/open", [200; 7]),
        ("/open/caller", [200, 200, 200, 200, 401, 200, 401]),
    ] {
        for (caller, status) in callers.iter().zip(statuses) {
            let (found, body) = ask(&backend, path, caller.clone()).await;
            assert_eq!(found, status, "{path} {caller:?} {body}");
        }
    }
    let (_, body) = ask(&backend, "/open", none()).await;
    assert_eq!(body, "true");
}

#[tokio::test]
async fn a_limited_token_in_the_header_counts_no_further_than_the_cookie() {
    let backend = backend().await;
    let header = limited_user("user:default/jane").header();
    for (path, status) in [("/me", 401), ("/pictures/me", 200), ("/pictures/full", 401)] {
        let request = backend.get(&format!("/api/example{path}"));
        let answer = request.header("authorization", &header).send().await;
        answer.assert_status(status);
    }
    let request = backend
        .get("/api/example/me")
        .header("authorization", &header);
    let refused = request.send().await;
    assert!(refused.text().contains("\"Illegal limited user token\""));
}

#[tokio::test]
async fn refusals_are_in_the_words_of_the_wire() {
    let backend = backend().await;
    let jane = user("user:default/jane");
    let no_service = "This endpoint does not allow 'service' credentials";
    let callers: [(&str, RequestCredentials, &str, &str); 6] = [
        (
            "/asked",
            default_service().into(),
            "NotAllowedError",
            no_service,
        ),
        (
            "/me",
            default_service().into(),
            "NotAllowedError",
            no_service,
        ),
        (
            "/me",
            none().into(),
            "AuthenticationError",
            "Missing credentials",
        ),
        (
            "/me",
            jane.invalid(),
            "AuthenticationError",
            "Failed user token verification",
        ),
        (
            "/pictures/me",
            limited_user("user:default/jane").invalid(),
            "AuthenticationError",
            "Failed user token verification",
        ),
        (
            "/me",
            default_service().invalid(),
            "AuthenticationError",
            "Illegal token",
        ),
    ];
    for (path, caller, name, message) in callers {
        let (_, body) = ask(&backend, path, caller).await;
        let body: Value = serde_json::from_str(&body).expect("an error is JSON");
        assert_eq!(body["error"], json!({ "name": name, "message": message }));
    }
}

#[tokio::test]
async fn an_open_path_does_not_look_at_garbage() {
    let backend = backend().await;
    for garbage in ["Bearer garbage", "Basic a", "", "Bearer mock-user-token:{"] {
        let request = backend
            .get("/api/example/open")
            .header("authorization", garbage);
        request.send().await.assert_status(200);
    }
}

#[tokio::test]
async fn a_handler_sees_the_restrictions_of_a_service_and_the_actor_of_a_user() {
    let backend = backend().await;
    let restrictions = AccessRestrictions {
        permission_names: vec!["todo.read".to_owned()],
        permission_attributes: PermissionAttributes {
            action: vec!["read".to_owned()],
        },
    };
    let ci = service("external:ci").restricted(&restrictions);
    let (_, body) = ask(&backend, "/caller", &ci).await;
    let body: Value = serde_json::from_str(&body).expect("it is JSON");
    let restrictions = json!({
        "permissionNames": ["todo.read"],
        "permissionAttributes": { "action": ["read"] },
    });
    assert_eq!(body["principal"]["accessRestrictions"], restrictions);

    let acted = user("user:default/jane").actor("plugin:shop");
    let (_, body) = ask(&backend, "/caller", &acted).await;
    let body: Value = serde_json::from_str(&body).expect("it is JSON");
    let actor = json!({ "type": "service", "subject": "plugin:shop" });
    assert_eq!(body["principal"]["actor"], actor);

    let here = service("external:ci").only_for(["example"]);
    let (status, body) = ask(&backend, "/caller", here).await;
    assert_eq!(status, 200);
    assert!(body.contains(r#""accessRestrictions":{}"#), "{body}");
    let elsewhere = service("external:ci").only_for(["catalog", "shop"]);
    let (status, body) = ask(&backend, "/caller", elsewhere).await;
    assert_eq!(status, 403);
    let words = "This token's access is restricted to plugin(s) 'catalog', 'shop'";
    assert!(body.contains(words), "{body}");
}

#[tokio::test]
async fn requests_without_credentials_can_have_a_default() {
    let backend = test_backend![plugin].default_credentials(default_user());
    let backend = backend.start().await;
    let forgotten = backend.get("/api/example/me").send().await;
    forgotten.assert_text("user:default/mock");
    for (caller, status) in [
        (RequestCredentials::from(user("user:default/jane")), 200),
        (none().into(), 401),
        (user("user:default/jane").invalid(), 401),
        // It would not count on this path; that does not make the caller another.
        (limited_user("user:default/jane").into(), 401),
    ] {
        assert_eq!(ask(&backend, "/me", caller).await.0, status);
    }
    let basic = backend
        .get("/api/example/me")
        .header("authorization", "Basic a");
    basic.send().await.assert_status(401);

    let backend = test_backend![plugin].default_credentials(limited_user("user:default/jane"));
    let backend = backend.start().await;
    for (path, status) in [("/api/example/me", 401), ("/api/example/pictures/me", 200)] {
        backend.get(path).send().await.assert_status(status);
    }
}

#[tokio::test]
async fn the_last_credentials_of_a_request_count_and_other_cookies_stay() {
    let backend = backend().await;
    let request = || backend.get("/api/example/pictures/me");
    let jane = user("user:default/jane");
    let john = limited_user("user:default/john");
    let answer = request().credentials(&jane).credentials(&john).send().await;
    answer.assert_text("the picture of user:default/john");
    let answer = request().credentials(&john).credentials(&jane).send().await;
    answer.assert_text("the picture of user:default/jane");
    let answer = request()
        .header("cookie", "theme=dark; backstage-auth=old")
        .credentials(&john)
        .send()
        .await;
    answer.assert_text("the picture of user:default/john");
}

#[tokio::test]
async fn a_failed_assertion_hides_the_token() {
    let backend = backend().await;
    let callers: [RequestCredentials; 2] = [
        user("user:default/hunter2").into(),
        limited_user("user:default/hunter2").into(),
    ];
    for caller in callers {
        assert!(!format!("{caller:?}").contains("hunter2"));
        let request = backend
            .get("/api/example/nothing/there")
            .credentials(caller);
        let answer = request.send().await;
        let text = crate::failure(|| answer.assert_status(200));
        assert!(text.contains(": (hidden)"), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains("mock-"),
            "{text}"
        );
    }
}

#[test]
fn credentials_without_a_request_are_those_of_the_token() {
    let jane = user("user:default/jane").actor("plugin:shop");
    let credentials = jane.credentials();
    assert_eq!(credentials.principal().user_entity_ref, "user:default/jane");
    assert_eq!(
        credentials.token().map(|token| token.expose().to_owned()),
        Some(jane.token())
    );
    assert_eq!(jane.header(), format!("Bearer {}", jane.token()));
    assert_eq!(jane.invalid_header(), "Bearer mock-invalid-user-token");
    // A limited token does not tell of an actor.
    let limited = r#"backstage-auth=mock-limited-user-token:{"sub":"user:default/jane"}"#;
    assert_eq!(jane.cookie(), limited);
    assert_eq!(
        jane.invalid_cookie(),
        "backstage-auth=mock-invalid-limited-user-token"
    );
    assert_eq!(default_user().token(), "mock-user-token");
    assert_eq!(default_service().token(), "mock-service-token");
    assert_eq!(
        default_service().invalid_token(),
        "mock-invalid-service-token"
    );
}
