//! Bodies that are read and sent back. As in the recorded plugin, a body of another type than the route wants is not
//! read, and seen as `{}`.

use axum::body::Bytes;
use axum::extract::rejection::StringRejection;
use axum::extract::{FromRequest as _, Request};
use axum::http::header;
use greenroom::config::ByteSize;
use greenroom::handler::body_limit;
use greenroom::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::any::Any;
use super::query;

pub fn routes() -> Router {
    let small = post(echo).layer(body_limit(ByteSize::kb(1)));
    Router::new()
        .route("/echo", post(echo).put(echo))
        .route("/echo-small", small)
        .route("/raw", post(count))
        .route("/form", post(form))
        .route("/text", post(text))
}

#[derive(Serialize)]
struct Echo<T> {
    body: T,
}

async fn echo(Json(body): Json<Any>) -> Json<Echo<Any>> {
    Json(Echo { body })
}

async fn count(body: Bytes) -> Json<Value> {
    Json(json!({ "bytes": body.len() }))
}

async fn form(request: Request) -> Result<Json<Echo<Any>>, ApiError> {
    if !is(&request, "application/x-www-form-urlencoded") {
        return Ok(Json(Echo { body: Any::empty() }));
    }
    let body = String::from_request(request, &())
        .await
        .map_err(unreadable)?;
    Ok(Json(Echo {
        body: query::read_form(&body),
    }))
}

async fn text(request: Request) -> Result<Json<Echo<Any>>, ApiError> {
    if !is(&request, "text/plain") {
        return Ok(Json(Echo { body: Any::empty() }));
    }
    let body = String::from_request(request, &())
        .await
        .map_err(unreadable)?;
    Ok(Json(Echo {
        body: Any::Text(body),
    }))
}

/// A body that is too large is refused by the backend in its own words, whatever is said here.
fn unreadable(rejection: StringRejection) -> HttpError {
    HttpError::input("the body is no text").with_source(rejection)
}

/// Whether the body is of this type, whatever the parameters say.
fn is(request: &Request, wanted: &str) -> bool {
    let sent = request.headers().get(header::CONTENT_TYPE);
    let sent = sent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
