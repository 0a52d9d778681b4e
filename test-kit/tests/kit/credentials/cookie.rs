//! A user's cookie: set and taken away by a handler, and sent back.

use std::time::UNIX_EPOCH;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use greenroom::http_auth::HttpAuthService as _;
use greenroom::prelude::*;
use greenroom_test_kit::mock_credentials::{default_service, limited_user, none, user};
use greenroom_test_kit::mock_services::FakeHttpAuth;
use greenroom_test_kit::test_backend;
use serde_json::json;

async fn sign_in(
    State(http_auth): State<HttpAuth>,
    request: Parts,
) -> Result<impl IntoResponse, HttpError> {
    let mut headers = HeaderMap::new();
    http_auth
        .issue_user_cookie(&request, &mut headers, None)
        .await?;
    Ok(headers)
}

async fn sign_out(
    State(http_auth): State<HttpAuth>,
    request: Parts,
) -> Result<impl IntoResponse, HttpError> {
    let mut headers = HeaderMap::new();
    let nobody = Some(Credentials::none().into_any());
    let until = http_auth
        .issue_user_cookie(&request, &mut headers, nobody)
        .await?;
    assert_eq!(until, UNIX_EPOCH);
    Ok(headers)
}

async fn picture(WithCookie(user): WithCookie<Credentials<UserPrincipal>>) -> String {
    user.principal().user_entity_ref.clone()
}

#[backend_plugin(id = "example")]
async fn plugin(http_router: HttpRouter, http_auth: HttpAuth) {
    let routes = Router::new()
        .route("/cookie", get(sign_in).delete(sign_out))
        .route("/picture", get(picture));
    http_router.mount(routes.with_state(http_auth));
    http_router.add_auth_policy(AuthPolicy::user_cookie("/picture"));
}

#[tokio::test]
async fn a_cookie_that_was_set_is_understood() {
    let config = json!({ "backend": { "baseUrl": "http://127.0.0.1:7007" } });
    let backend = test_backend![plugin].config(config).start().await;
    let jane = user("user:default/jane");
    let set = backend
        .get("/api/example/cookie")
        .credentials(&jane)
        .send()
        .await;
    set.assert_status(200);
    let set = set.header("set-cookie").expect("a cookie is set");
    let (cookie, attributes) = set.split_once("; ").expect("it has attributes");
    assert_eq!(cookie, jane.cookie());
    assert!(
        attributes.starts_with("Domain=127.0.0.1; Path=/; Expires="),
        "{set}"
    );
    assert!(
        attributes.ends_with("; HttpOnly; Priority=High; SameSite=Lax"),
        "{set}"
    );

    let sent = backend.get("/api/example/picture").header("cookie", cookie);
    sent.send().await.assert_text("user:default/jane");

    let taken = backend
        .delete("/api/example/cookie")
        .credentials(&jane)
        .send()
        .await;
    taken.assert_header(
        "set-cookie",
        "backstage-auth=; Domain=127.0.0.1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; \
         Priority=High; SameSite=Lax",
    );
}

#[tokio::test]
async fn only_a_user_with_a_full_token_gets_a_cookie() {
    let backend = test_backend![plugin].start().await;
    let request = || backend.get("/api/example/cookie");
    let set = request()
        .credentials(user("user:default/jane"))
        .send()
        .await;
    let attributes = "; HttpOnly; Secure; Priority=High; SameSite=None";
    assert!(
        set.header("set-cookie")
            .is_some_and(|set| set.ends_with(attributes))
    );
    for (request, status) in [
        (request().credentials(default_service()), 403),
        (request().credentials(none()), 401),
        (
            request().credentials(limited_user("user:default/jane")),
            401,
        ),
    ] {
        let refused = request.send().await;
        refused.assert_status(status).assert_no_header("set-cookie");
    }
}

#[tokio::test]
async fn the_user_of_a_new_cookie_can_be_another_than_the_caller() {
    let http_auth = FakeHttpAuth::new();
    let request = axum::http::Request::new(()).into_parts().0;
    let mut headers = HeaderMap::new();
    let john = user("user:default/john");
    let given = Some(john.credentials().into_any());
    let set = http_auth
        .issue_user_cookie(&request, &mut headers, given)
        .await;
    set.expect("john is a user");
    let set = headers["set-cookie"].to_str().expect("it is text");
    assert!(set.starts_with(&john.cookie()), "{set}");

    let ci = Some(default_service().credentials().into_any());
    let refused = http_auth
        .issue_user_cookie(&request, &mut headers, ci)
        .await;
    let refused = refused.expect_err("a service has no cookie");
    assert_eq!(
        refused.to_string(),
        "This endpoint does not allow 'service' credentials"
    );
}
