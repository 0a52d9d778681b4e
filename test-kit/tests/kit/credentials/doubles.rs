//! Fakes and mocks of the services that say who calls.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::request::Parts;
use greenroom::auth::{AuthError, AuthService, LimitedUserToken, Principal, TokenAccess};
use greenroom::http_auth::HttpAuthService;
use greenroom::prelude::*;
use greenroom::user_info::{UserIdentity, UserInfoService};
use greenroom_test_kit::mock_credentials::{default_user, user};
use greenroom_test_kit::mock_services::{
    FakeAuth, FakeHttpAuth, MockAuthService, MockHttpAuthService, MockUserInfoService,
};
use greenroom_test_kit::mockall::predicate::{always, eq};
use greenroom_test_kit::{StartedTestBackend, TestDouble as _, test_backend};

/// Calls the stock in the name of whoever calls it.
async fn order(
    State(auth): State<Auth>,
    caller: Credentials<UserPrincipal>,
) -> Result<String, HttpError> {
    let token = auth
        .plugin_request_token(&caller.into_any(), "stock")
        .await?;
    Ok(token.map_or_else(String::new, |token| token.expose().to_owned()))
}

#[backend_plugin(id = "shop")]
async fn shop(http_router: HttpRouter, auth: Auth) {
    http_router.mount(Router::new().route("/order", post(order)).with_state(auth));
}

#[backend_plugin(id = "stock")]
async fn stock(http_router: HttpRouter) {
    let me = async |user: Credentials<UserPrincipal>| user.principal().user_entity_ref.clone();
    http_router.mount(Router::new().route("/me", get(me)));
}

#[tokio::test]
async fn a_fake_tells_who_was_authenticated_and_which_tokens_were_issued() {
    let auth = FakeAuth::new();
    let backend = test_backend![shop, stock].with(auth.clone()).start().await;
    let jane = user("user:default/jane");
    let order = backend.post("/api/shop/order").credentials(&jane);
    let token = order.send().await.text().to_owned();
    let request = backend.get("/api/stock/me").credentials(jane.invalid());
    request.send().await.assert_status(401);

    let issued = auth.issued_tokens();
    assert_eq!(issued.len(), 1);
    assert_eq!(issued[0].plugin, "shop");
    assert_eq!(issued[0].target.as_deref(), Some("stock"));
    assert_eq!(issued[0].on_behalf_of, jane.credentials().into_any());
    assert_eq!(issued[0].token.expose(), token);

    let authenticated = auth.authentications();
    let of: Vec<&str> = authenticated.iter().map(|it| &*it.plugin).collect();
    assert_eq!(of, ["shop", "stock"]);
    let found = authenticated[0].credentials.as_ref();
    assert_eq!(found, Some(&jane.credentials().into_any()));
    assert_eq!(authenticated[1].credentials, None);
    assert!(!format!("{auth:?}").contains(&token), "{auth:?}");
}

#[tokio::test]
async fn a_fake_follows_the_backend_that_it_is_in() {
    let sunday = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_343_909);
    let (auth, http_auth) = (FakeAuth::new(), FakeHttpAuth::new());
    let backend = test_backend![stock]
        .default_credentials(default_user())
        .paused_clock_at(sunday)
        .with(auth.clone())
        .with(http_auth.clone())
        .reach::<dyn AuthService>("stock");
    let backend = backend.start().await;
    let answer = backend.get("/api/stock/me").send().await;
    answer.assert_text("user:default/mock");
    // The barrier asks, and the handler has the same answer.
    let requests = http_auth.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].plugin, "stock");
    assert_eq!(requests[0].method, "GET");
    assert!(requests[0].uri.path().ends_with("/me"));
    assert!(requests[0].credentials.is_some());
    assert_eq!(auth.authentications().len(), 1);

    let auth = backend.service::<dyn AuthService>("stock");
    let token = auth.limited_user_token(&default_user().credentials()).await;
    let expires_at = token.expect("it can be limited").expires_at;
    assert_eq!(expires_at, sunday + Duration::from_secs(3600));
}

#[tokio::test]
async fn what_a_test_says_to_a_fake_stands_before_what_it_says_to_the_backend() {
    let http_auth = FakeHttpAuth::new();
    http_auth.set_default_credentials(user("user:default/jane"));
    let backend = test_backend![stock].default_credentials(default_user());
    let backend = backend.with(Arc::clone(&http_auth)).start().await;
    let answer = backend.get("/api/stock/me").send().await;
    answer.assert_text("user:default/jane");
    http_auth.set_default_credentials(user("user:default/john"));
    let answer = backend.get("/api/stock/me").send().await;
    answer.assert_text("user:default/john");
}

#[tokio::test]
async fn a_fake_can_be_on_top_of_another_auth() {
    let auth = FakeAuth::new();
    let http_auth = FakeHttpAuth::over(auth.clone());
    let backend = test_backend![stock].with(http_auth).start().await;
    let jane = user("user:default/jane");
    let request = backend.get("/api/stock/me").credentials(jane);
    request.send().await.assert_status(200);
    assert_eq!(auth.authentications()[0].plugin, "test");
}

#[tokio::test]
async fn the_last_double_of_a_service_counts() {
    let elsewhere = || FakeAuth::new().for_plugin("elsewhere");
    let first = test_backend![stock].service::<dyn AuthService>(elsewhere());
    let last = test_backend![stock].with(FakeAuth::new());
    for (backend, subject) in [
        (first.with(FakeAuth::new()), "plugin:stock"),
        (
            last.service::<dyn AuthService>(elsewhere()),
            "plugin:elsewhere",
        ),
    ] {
        let backend = backend.reach::<dyn AuthService>("stock").start().await;
        let auth = backend.service::<dyn AuthService>("stock");
        assert_eq!(auth.own_service_credentials().principal().subject, subject);
    }
}

async fn me(backend: &StartedTestBackend) -> (u16, String) {
    let request = backend.get("/api/stock/me").credentials(default_user());
    let answer = request.send().await;
    (answer.status().as_u16(), answer.text().to_owned())
}

#[tokio::test]
async fn an_auth_is_mocked() {
    let mut auth = MockAuthService::new();
    auth.expect_authenticate()
        .with(eq("mock-user-token"), eq(TokenAccess::Full))
        .times(1)
        .returning(|_, _| Ok(Credentials::user("user:default/jane").into_any()));
    let backend = test_backend![stock].with(Arc::new(auth)).start().await;
    assert_eq!(me(&backend).await, (200, "user:default/jane".to_owned()));
}

#[tokio::test]
async fn what_an_async_mock_refuses_fails_the_test() {
    for (backend, refused) in [
        (
            test_backend![stock].with(Arc::new(MockAuthService::new())),
            "MockAuthService::authenticate(\"mock-user-token\", Full)",
        ),
        (
            test_backend![stock].with(Arc::new(MockHttpAuthService::new())),
            "MockHttpAuthService::credentials(",
        ),
    ] {
        let backend = backend.start().await;
        assert_eq!(me(&backend).await.0, 500);
        let text = crate::failure(|| drop(backend));
        let expected = format!("what stood in for a service complains:\n  {refused}");
        assert!(text.starts_with(&expected), "{text}");
        assert!(text.contains("No matching expectation found"), "{text}");
    }
}

/// Mocks whose watching is written by hand pass every call on.
#[tokio::test]
async fn async_mocks_are_called_through_a_backend() {
    let jane = || Credentials::user("user:default/jane");
    let mut auth = MockAuthService::new();
    auth.expect_own_service_credentials()
        .returning(|| Credentials::service("plugin:stock"));
    auth.expect_plugin_request_token()
        .withf(|credentials, plugin| {
            matches!(credentials.principal(), Principal::User(_)) && plugin == "shop"
        })
        .returning(|_, _| Ok(None));
    auth.expect_limited_user_token().returning(|_| {
        let token = greenroom::auth::Token::new("limited");
        let expires_at = SystemTime::UNIX_EPOCH;
        Ok(LimitedUserToken { token, expires_at })
    });
    auth.expect_list_public_service_keys()
        .returning(|| Err(AuthError::not_allowed("the keys are hidden")));
    let mut http_auth = MockHttpAuthService::new();
    http_auth
        .expect_credentials()
        .with(always(), eq(Allow::USER))
        .returning(move |_, _| Ok(jane().into_any()));
    http_auth
        .expect_issue_user_cookie()
        .returning(|_, headers, _| {
            headers.insert("set-cookie", "a=b".parse().expect("it is a value"));
            Ok(SystemTime::UNIX_EPOCH)
        });
    let mut users = MockUserInfoService::new();
    users.expect_user_info().returning(|_| {
        Ok(UserIdentity {
            user_entity_ref: "user:default/jane".to_owned(),
            ownership_entity_refs: Vec::new(),
        })
    });
    let backend = test_backend![stock]
        .with(Arc::new(auth))
        .with(Arc::new(http_auth))
        .with(Arc::new(users))
        .reach::<dyn AuthService>("stock")
        .reach::<dyn HttpAuthService>("stock")
        .reach::<dyn UserInfoService>("stock");
    let backend = backend.start().await;

    let auth = backend.service::<dyn AuthService>("stock");
    let own = auth.own_service_credentials();
    assert_eq!(own.principal().subject, "plugin:stock");
    let token = auth.plugin_request_token(&jane().into_any(), "shop").await;
    assert!(matches!(token, Ok(None)));
    let limited = auth.limited_user_token(&jane()).await;
    assert_eq!(limited.expect("it is said").token.expose(), "limited");
    let keys = auth.list_public_service_keys().await;
    let error = keys.expect_err("it is said").to_string();
    assert_eq!(error, "the keys are hidden");

    let http_auth = backend.service::<dyn HttpAuthService>("stock");
    let (request, ()): (Parts, ()) = axum::http::Request::new(()).into_parts();
    let found = http_auth.credentials(&request, Allow::USER).await;
    assert_eq!(found.ok(), Some(jane().into_any()));
    let mut headers = axum::http::HeaderMap::new();
    let until = http_auth
        .issue_user_cookie(&request, &mut headers, None)
        .await;
    assert_eq!(until.ok(), Some(SystemTime::UNIX_EPOCH));
    assert_eq!(headers["set-cookie"], "a=b");

    let users = backend.service::<dyn UserInfoService>("stock");
    let known = users.user_info(&jane().into_any()).await;
    assert!(known.is_ok_and(|it| it.ownership_entity_refs.is_empty()));
}
