//! A router without a backend, whose handlers want to know who calls.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::get;
use greenroom::prelude::{Credentials, UserPrincipal, WithCookie};
use greenroom_test_kit::mock_credentials::{default_service, limited_user, none, user};
use tower::ServiceExt as _;

async fn me(user: Credentials<UserPrincipal>) -> String {
    user.principal().user_entity_ref.clone()
}

async fn picture(WithCookie(user): WithCookie<Credentials<UserPrincipal>>) -> String {
    user.principal().user_entity_ref.clone()
}

fn routes() -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/picture", get(picture))
}

async fn ask(router: Router, path: &str, header: Option<&str>) -> (u16, String) {
    let mut request = Request::builder().uri(path);
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    let request = request.body(Body::empty()).expect("it is well formed");
    let Ok(answer) = router.oneshot(request).await;
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await;
    let body = body.expect("it is in memory").to_vec();
    (status, String::from_utf8(body).expect("it is text"))
}

#[tokio::test]
async fn a_bare_router_has_the_caller_of_its_layer() {
    let router = routes().layer(user("user:default/jane").layer());
    let jane = (200, "user:default/jane".to_owned());
    assert_eq!(ask(router.clone(), "/me", None).await, jane);
    assert_eq!(ask(router.clone(), "/picture", None).await, jane);

    // A request that says who it is from is believed.
    let john = user("user:default/john");
    let (_, body) = ask(router.clone(), "/me", Some(&john.header())).await;
    assert_eq!(body, "user:default/john");
    let (status, _) = ask(router, "/me", Some(&john.invalid_header())).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn every_kind_of_caller_has_a_layer() {
    let limited = limited_user("user:default/jane");
    for (router, of_me, of_picture) in [
        (routes().layer(none().layer()), 401, 401),
        (routes().layer(default_service().layer()), 403, 403),
        (routes().layer(limited.layer()), 401, 200),
    ] {
        assert_eq!(ask(router.clone(), "/me", None).await.0, of_me);
        assert_eq!(ask(router, "/picture", None).await.0, of_picture);
    }
}

#[tokio::test]
async fn without_a_layer_the_answer_says_what_is_missing() {
    let (status, body) = ask(routes(), "/me", None).await;
    assert_eq!(status, 500);
    assert!(
        body.contains("no `RequestAuth`") && body.contains("mock_credentials"),
        "{body}"
    );
}
