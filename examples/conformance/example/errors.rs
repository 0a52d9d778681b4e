//! Errors of every kind. An error that nobody foresaw (`boom`, `type-error` and the like) is what `?` makes of an error
//! of any type: a client learns of it no more than that it happened.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use futures_util::stream;
use greenroom::http_error::HttpError;
use greenroom::prelude::*;
use serde_json::json;
use tokio::time::sleep;

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
        "authentication" => HttpError::authentication("who are you"),
        "not-allowed" => HttpError::not_allowed("not allowed"),
        "not-found" => HttpError::not_found("not found"),
        "conflict" => HttpError::conflict("conflict"),
        "not-modified" => named(304, "NotModifiedError", "not modified"),
        "not-implemented" => named(501, "NotImplementedError", "not implemented"),
        "unavailable" => HttpError::unavailable("unavailable"),
        "custom-name-not-found" => HttpError::not_found("by name"),
        "status" => named(418, "Error", "teapot").with_field("status", 418),
        "status-code" => named(410, "Error", "gone").with_field("statusCode", 410),
        "status-code-wins" => named(422, "NotFoundError", "both").with_field("statusCode", 422),
        "status-out-of-range" => named(700, "Error", "weird").with_field("statusCode", 700),
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

fn named(status: u16, name: &'static str, message: &'static str) -> HttpError {
    let status = StatusCode::from_u16(status).expect("all that are called for have three digits");
    HttpError::new(status, name, message)
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
