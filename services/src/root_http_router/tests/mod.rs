//! The server and the root router together, over real sockets.

mod answers;
mod body_limits;
mod development;
mod drain;
mod limits;
mod not_mounted;
mod recorded;
mod requests;
mod secure;
mod server;

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::OriginalUri;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::http_error::HttpError;

/// Handlers that do one thing each, good or bad.
fn routes() -> Router {
    Router::new()
        .route("/ok", get(|| async { "ok" }))
        .route(
            "/uri",
            get(|uri: OriginalUri| async move { uri.0.to_string() }),
        )
        .route("/panic", get(|| async { panic!("out of luck") as &str }))
        .route(
            "/internal",
            get(|| async { HttpError::internal("the secret is 42") }),
        )
        .route("/conflict", get(|| async { HttpError::conflict("taken") }))
        .route(
            "/length",
            post(|body: Bytes| async move { body.len().to_string() }),
        )
        .route(
            "/json",
            post(|body: axum::Json<serde_json::Value>| async move { body.0.to_string() }),
        )
        .route("/never", get(std::future::pending::<&str>))
        .route("/never", post(std::future::pending::<&str>))
        .route("/read", post(|_: String| async { "read" }))
        .route(
            "/broken-stream",
            get(|| async {
                let parts = stream::iter(0..3).map(|part| match part {
                    2 => panic!("in the middle"),
                    _ => Ok::<_, Infallible>("part"),
                });
                Body::from_stream(parts)
            }),
        )
}
