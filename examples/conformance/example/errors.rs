//! Errors of every kind. An error that nobody foresaw (`boom`, `type-error` and the like) is what `?` makes of an error
//! of any type: a client learns of it no more than that it happened.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use futures_util::stream;
use greenroom::prelude::*;
use serde_json::json;
use tokio::time::sleep;

/// What another backend is said to have answered.
const REMOTE: &str = r#"{"error":{"name":"NotFoundError","message":"remote thing"},"request":{"method":"GET","url":"/remote"},"response":{"statusCode":404}}"#;

pub fn routes() -> Router {
    Router::new()
        .route("/boom", get(async || HttpError::internal("boom")))
        .route("/err/{kind}", get(error))
        .route(
            "/err-open",
            get(async || HttpError::not_found("open error")),
        )
        .route("/late-error", get(late))
}

async fn error(Path(kind): Path<String>) -> HttpError {
    match &*kind {
        "input" => HttpError::input("bad input"),
        "input-cause" => HttpError::input("bad input").with_cause(cause()),
        "authentication" => HttpError::authentication("who are you"),
        "not-allowed" => HttpError::not_allowed("not allowed"),
        "not-found" => HttpError::not_found("not found"),
        "conflict" => HttpError::conflict("conflict"),
        "not-modified" => HttpError::not_modified("not modified"),
        "not-implemented" => HttpError::not_implemented("not implemented"),
        "unavailable" => HttpError::unavailable("unavailable"),
        "forwarded-plain" => HttpError::forwarded("forwarded", cause()),
        "forwarded-not-found" => HttpError::forwarded("forwarded", HttpError::not_found("inner")),
        "forwarded-two" => {
            let middle = HttpError::forwarded("middle", HttpError::conflict("inner"));
            HttpError::forwarded("outer", middle)
        }
        "forwarded-string" => named(
            500,
            "Error",
            "forwarded; caused by unknown error 'a string'",
        ),
        "response" => HttpError::response(StatusCode::NOT_FOUND, "Not Found", REMOTE.as_bytes()),
        "response-text" => {
            HttpError::response(StatusCode::BAD_GATEWAY, "Bad Gateway", b"plain oops")
        }
        "custom" => named(500, "MyError", "custom").with_cause(cause()),
        "custom-name-not-found" => HttpError::not_found("by name"),
        "status" => named(418, "Error", "teapot").with_field("status", 418),
        "status-code" => named(500, "Error", "gone").with_status(StatusCode::GONE),
        "status-code-wins" => {
            HttpError::not_found("both").with_status(StatusCode::UNPROCESSABLE_ENTITY)
        }
        "status-out-of-range" => named(500, "Error", "weird").with_status(status(700)),
        "status-string" => named(500, "Error", "string status").with_field("status", "404"),
        "extra-fields" => HttpError::input("with fields")
            .with_field("code", "E_FIELD")
            .with_field(
                "details",
                json!({ "a": [1, 2], "when": "1970-01-01T00:00:00.000Z" }),
            ),
        "object" => HttpError::not_found("plain object"),
        "unicode" => HttpError::input("bad “input” ✓ <script>"),
        "type-error" => HttpError::internal("a type error"),
        "range-error" => HttpError::internal("a range error"),
        "aggregate" => HttpError::internal("several"),
        "native-cause" => HttpError::internal(Outer(io::Error::other("native inner"))),
        "string" => HttpError::internal("just a string"),
        "null" | "undefined" | "object-odd" | "number" | "empty-message" => HttpError::internal(""),
        "zod" => HttpError::internal("`a` is no number"),
        "async" => {
            sleep(Duration::from_millis(1)).await;
            HttpError::internal("async boom")
        }
        _ => HttpError::not_found(format!("no such kind '{kind}'")),
    }
}

/// An error with a cause, which only the log gets to know.
#[derive(Debug, thiserror::Error)]
#[error("outer")]
struct Outer(#[source] io::Error);

/// A cause that the client may know.
fn cause() -> HttpError {
    named(500, "Error", "the cause")
}

fn named(code: u16, name: &'static str, message: &'static str) -> HttpError {
    HttpError::new(status(code), name, message)
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("all that are called for have three digits")
}

/// An error when the head of the answer is sent already: the connection breaks.
async fn late() -> impl IntoResponse {
    let chunks = stream::unfold(0, async |n| match n {
        0 => Some((Ok(Bytes::from_static(b"partial ")), 1)),
        1 => {
            sleep(Duration::from_millis(20)).await;
            Some((Err(io::Error::other("too late")), 2))
        }
        _ => None,
    });
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (plain, Body::from_stream(chunks))
}
