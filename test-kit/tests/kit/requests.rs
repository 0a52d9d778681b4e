//! Requests, and the words of the assertions on their answers.

use axum::extract::Request;
use axum::http::HeaderMap;
use greenroom::prelude::*;
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde_json::json;

async fn echo(request: Request) -> (HeaderMap, String) {
    let mut headers = HeaderMap::new();
    if let Some(kind) = request.headers().get("x-kind") {
        headers.insert("x-kind", kind.clone());
    }
    (headers, format!("{} {}", request.method(), request.uri()))
}

#[backend_plugin(id = "echo")]
async fn plugin(http_router: HttpRouter) {
    let routes = get(echo).post(echo).put(echo).patch(echo).delete(echo);
    http_router.mount(
        Router::new()
            .route("/{*rest}", routes)
            .route("/panic", get(panics)),
    );
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

async fn panics() {
    panic!("the shelf fell down");
}

async fn backend() -> StartedTestBackend {
    test_backend![plugin].start().await
}

#[tokio::test]
async fn every_method_has_its_request() {
    let backend = backend().await;
    let answers = [
        (backend.get("/api/echo/a?b=c"), "GET /a?b=c"),
        (backend.post("/api/echo/a"), "POST /a"),
        (backend.put("/api/echo/a"), "PUT /a"),
        (backend.patch("/api/echo/a"), "PATCH /a"),
        (backend.delete("/api/echo/a"), "DELETE /a"),
    ];
    for (request, expected) in answers {
        request
            .send()
            .await
            .assert_status(200)
            .assert_text(expected);
    }
}

#[tokio::test]
async fn headers_go_there_and_back() {
    let backend = backend().await;
    let answer = backend
        .get("/api/echo/a")
        .header("x-kind", "loud")
        .send()
        .await;
    answer
        .assert_header("x-kind", "loud")
        .assert_no_header("x-other");
    let own = backend
        .get("/api/echo/a")
        .header("x-request-id", "mine")
        .send()
        .await;
    own.logs().assert_contains("GET /api/echo/a");
    assert_eq!(own.header("x-request-id"), Some("mine"));
}

#[tokio::test]
async fn a_panic_of_a_handler_is_in_the_lines_of_its_request() {
    let backend = backend().await;
    let answer = backend.get("/api/echo/panic").send().await;
    let text = crate::failure(|| answer.assert_status(200));
    assert!(
        text.contains("is 500") && text.contains("the shelf fell down"),
        "{text}"
    );
}

#[tokio::test]
async fn assertions_fail_in_plain_words() {
    let backend = backend().await;
    let answer = backend
        .get("/api/echo/a")
        .header("x-kind", "loud")
        .send()
        .await;
    let table = [
        (
            crate::failure(|| answer.assert_status(404)),
            "the status should be 404 and is 200\n\n> GET /api/echo/a\n",
        ),
        (
            crate::failure(|| answer.assert_text("b")),
            "the body should be \"b\"\n\n> GET",
        ),
        (
            crate::failure(|| answer.assert_json(json!({}))),
            "the body is no JSON of a `serde_json::value::Value`: ",
        ),
        (
            crate::failure(|| answer.json::<u8>()),
            "the body is no JSON of a `u8`: ",
        ),
        (
            crate::failure(|| answer.assert_header("x-kind", "low")),
            "header `x-kind` should be \"low\"",
        ),
        (
            crate::failure(|| answer.assert_no_header("x-kind")),
            "header `x-kind` should not be there",
        ),
        (
            crate::failure(|| backend.get("api")),
            "`api` is no path of a request: begin it with `/`",
        ),
        (
            crate::failure(|| backend.get("/a b")),
            "`/a b` is no path of a request: ",
        ),
        (
            crate::failure(|| backend.get("/").header("a b", "")),
            "header `a b`: ",
        ),
        (
            crate::failure(|| backend.get("/").header("a", "\n")),
            "the value of header `a`: ",
        ),
    ];
    for (text, expected) in table {
        assert!(
            text.starts_with(expected),
            "`{expected}` does not begin {text}"
        );
    }
    let health = backend.get("/.backstage/health/v1/liveness").send().await;
    let text = crate::failure(|| health.assert_json(json!({ "status": "down" })));
    assert!(
        text.starts_with(
            "the body should be {\n  \"status\": \"down\"\n} and is {\n  \"status\": \"ok\"\n}"
        ),
        "{text}"
    );
}
