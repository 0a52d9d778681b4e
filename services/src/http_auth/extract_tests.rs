//! The extractors, in a bare router: who passes for which type, and how often a token is verified.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::get;
use axum::{Extension, Router};
use http::header;
use tower::ServiceExt as _;

use super::testing::WordHttpAuth;
use super::{HttpAuth, RequestAuth, WithCookie};
use crate::auth::{
    Credentials, Principal, ServicePrincipal, TokenAccess, UserOrService, UserPrincipal,
};

fn name(principal: &Principal) -> String {
    match principal {
        Principal::None => "nobody".to_owned(),
        Principal::User(user) => user.user_entity_ref.clone(),
        Principal::Service(service) => service.subject.clone(),
    }
}

fn of<P>(credentials: Credentials<P>) -> String {
    name(credentials.into_any().principal())
}

fn routes() -> Router {
    Router::new()
        .route("/user", get(async |it: Credentials<UserPrincipal>| of(it)))
        .route(
            "/service",
            get(async |it: Credentials<ServicePrincipal>| of(it)),
        )
        .route("/known", get(async |it: Credentials<UserOrService>| of(it)))
        .route("/any", get(async |it: Credentials| of(it)))
        .route(
            "/maybe-user",
            get(async |it: Option<Credentials<UserPrincipal>>| {
                it.map_or_else(|| "-".to_owned(), of)
            }),
        )
        .route(
            "/maybe",
            get(async |it: Option<Credentials>| it.map_or_else(|| "-".to_owned(), of)),
        )
        .route(
            "/cookie",
            get(async |WithCookie(it): WithCookie<Credentials<UserPrincipal>>| of(it)),
        )
        .route(
            "/maybe-cookie",
            get(async |it: Option<WithCookie<Credentials<UserPrincipal>>>| {
                it.map_or_else(|| "-".to_owned(), |it| of(it.0))
            }),
        )
        .route(
            "/twice",
            get(
                async |one: Credentials, two: Option<Credentials<UserPrincipal>>| {
                    of(one) + &two.map_or_else(String::new, of)
                },
            ),
        )
        .route(
            "/all",
            get(
                async |full: Option<Credentials>, with_cookie: WithCookie<Credentials>| {
                    let full = full.map_or_else(|| "-".to_owned(), of);
                    format!("{full} {}", of(with_cookie.0))
                },
            ),
        )
}

fn request(path: &str, token: &str) -> Request {
    let request = Request::builder().uri(path);
    let request = match token.strip_prefix("cookie ") {
        Some(token) => request.header(header::COOKIE, format!("backstage-auth={token}")),
        None if token.is_empty() => request,
        None => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
    };
    let request = request.body(Body::empty());
    request.expect("the request is well formed")
}

async fn send(router: Router, request: Request) -> (u16, String) {
    let Ok(answer) = router.oneshot(request).await;
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX)
        .await
        .expect("the body is in memory");
    let body = String::from_utf8(body.to_vec()).expect("the body is text");
    (status, body)
}

/// The answer, and for which access tokens were verified.
async fn ask(path: &str, token: &str) -> (u16, String, Vec<TokenAccess>) {
    let auth = Arc::new(WordHttpAuth::default());
    let layer = Extension(RequestAuth::new(Arc::clone(&auth) as HttpAuth));
    let (status, body) = send(routes().layer(layer), request(path, token)).await;
    (status, body, auth.asked())
}

const JANE: (u16, &str) = (200, "user:default/jane");
const SHOP: (u16, &str) = (200, "plugin:shop");
const NOBODY: (u16, &str) = (200, "-");
const MISSING: (u16, &str) = (401, "\"Missing credentials\"");
const ILLEGAL: (u16, &str) = (401, "\"Illegal token\"");
const NO_USER: (u16, &str) = (403, "\"This endpoint does not allow 'user' credentials\"");
const NO_SERVICE: (u16, &str) = (
    403,
    "\"This endpoint does not allow 'service' credentials\"",
);

#[tokio::test]
async fn the_type_says_who_may_call() {
    // Without a token, as a user, as a service, with a bad token, with a cookie.
    for (path, expected) in [
        ("/user", [MISSING, JANE, NO_SERVICE, ILLEGAL, MISSING]),
        ("/service", [MISSING, NO_USER, SHOP, ILLEGAL, MISSING]),
        ("/known", [MISSING, JANE, SHOP, ILLEGAL, MISSING]),
        (
            "/any",
            [(200, "nobody"), JANE, SHOP, ILLEGAL, (200, "nobody")],
        ),
        ("/maybe-user", [NOBODY, JANE, NO_SERVICE, ILLEGAL, NOBODY]),
        ("/maybe", [NOBODY, JANE, SHOP, ILLEGAL, NOBODY]),
        ("/cookie", [MISSING, JANE, NO_SERVICE, ILLEGAL, JANE]),
        ("/maybe-cookie", [NOBODY, JANE, NO_SERVICE, ILLEGAL, JANE]),
    ] {
        let tokens = ["", "user", "service", "garbage", "cookie limited"];
        for (token, (status, text)) in tokens.into_iter().zip(expected) {
            let (found, body, asked) = ask(path, token).await;
            let shown = format!("{path} with `{token}`: {body}");
            assert_eq!(found, status, "{shown}");
            assert!(body.contains(text), "{shown}");
            assert_eq!(asked.len(), 1, "{shown}");
        }
    }
}

#[tokio::test]
async fn a_limited_token_in_the_header_counts_where_the_cookie_does() {
    assert_eq!(ask("/cookie", "limited").await.0, 200);
    assert_eq!(ask("/user", "limited").await.0, 401);
}

#[tokio::test]
async fn several_parameters_are_one_verification() {
    use TokenAccess::{Full, Limited};

    let (_, body, asked) = ask("/twice", "user").await;
    assert_eq!(body, "user:default/janeuser:default/jane");
    assert_eq!(asked, [Full]);

    // A full token in the header is what a handler for cookies would find, too.
    let (_, body, asked) = ask("/all", "user").await;
    assert_eq!(body, "user:default/jane user:default/jane");
    assert_eq!(asked, [Full]);

    // But nobody in the header is somebody in the cookie.
    let (_, body, asked) = ask("/all", "cookie limited").await;
    assert_eq!(body, "- user:default/jane");
    assert_eq!(asked, [Full, Limited]);
}

#[tokio::test]
async fn outside_of_a_plugin_the_answer_says_what_is_missing() {
    for path in ["/user", "/maybe", "/cookie"] {
        let (status, body) = send(routes(), request(path, "user")).await;
        assert_eq!(status, 500);
        for words in ["no `RequestAuth`", "`core.httpAuth`", "mock_credentials"] {
            assert!(body.contains(words), "{body}");
        }
    }
}
