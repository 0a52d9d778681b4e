//! What a plugin learns of users, and the services that are listed in place of the fakes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use greenroom::auth::AuthService;
use greenroom::prelude::*;
use greenroom::user_info::UserInfoService as _;
use greenroom_test_kit::mock_credentials::{default_service, none, user};
use greenroom_test_kit::mock_services::{FakeAuth, FakeUserInfo};
use greenroom_test_kit::{TestDouble as _, test_backend};

async fn owned(
    State(users): State<UserInfo>,
    user: Credentials<UserPrincipal>,
) -> Result<Json<Vec<String>>, HttpError> {
    let known = users.user_info(&user.into_any()).await?;
    Ok(Json(known.ownership_entity_refs))
}

#[backend_plugin(id = "example")]
async fn plugin(http_router: HttpRouter, users: UserInfo) {
    http_router.mount(Router::new().route("/owned", get(owned)).with_state(users));
}

#[tokio::test]
async fn a_test_says_what_users_own_and_sees_who_was_asked_for() {
    let jane = ["user:default/jane", "group:default/admins"];
    let users = FakeUserInfo::new();
    users.set_owners("user:default/jane", jane);
    let backend = test_backend![plugin].with(users.clone()).start().await;
    let owned = async |name: &str| {
        let request = backend.get("/api/example/owned").credentials(user(name));
        request.send().await.json::<Vec<String>>()
    };
    assert_eq!(owned("user:default/jane").await, jane);
    assert_eq!(owned("user:default/john").await, ["user:default/john"]);
    assert_eq!(users.asked(), ["user:default/jane", "user:default/john"]);
}

#[tokio::test]
async fn only_users_have_user_info() {
    let users = FakeUserInfo::new();
    let nobody = users.user_info(&none().credentials().into_any()).await;
    assert_eq!(nobody.expect_err("it is refused").status(), 401);
    let service = users
        .user_info(&default_service().credentials().into_any())
        .await;
    assert_eq!(service.expect_err("it is refused").status(), 403);
    assert!(users.asked().is_empty());
}

/// Takes every plugin for another.
#[service_factory]
fn own_auth() -> Arc<dyn AuthService> {
    FakeAuth::new().for_plugin("elsewhere")
}

#[tokio::test]
async fn a_listed_factory_replaces_a_fake() {
    let wiring = test_backend![plugin].wiring();
    for (service, fake) in [
        ("core.auth", "fake_auth"),
        ("core.httpAuth", "fake_http_auth"),
        ("core.userInfo", "fake_user_info"),
    ] {
        let providers = wiring.providers(service);
        assert!(
            matches!(providers[..], [path] if path.ends_with(fake)),
            "{providers:?}"
        );
    }
    let backend = test_backend![plugin, own_auth].reach::<dyn AuthService>("example");
    let providers = backend.wiring().providers("core.auth");
    assert!(
        matches!(providers[..], [path] if path.ends_with("own_auth")),
        "{providers:?}"
    );
    let auth = backend.start().await.service::<dyn AuthService>("example");
    assert_eq!(
        auth.own_service_credentials().principal().subject,
        "plugin:elsewhere"
    );
}
