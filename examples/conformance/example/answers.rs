//! Answers of all kinds and sizes, for entity tags, compression and the like.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse};
use greenroom::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::sleep;

const PLAIN: &str = "text/plain; charset=utf-8";

pub fn routes() -> Router {
    Router::new()
        .route("/health", get(async || Json(json!({ "status": "ok" }))))
        .route("/small", get(async || Json(json!({ "ok": true }))))
        .route("/large", get(large))
        .route("/text", get(text))
        .route("/png", get(png))
        .route("/html", get(async || Html("<p>hello</p>")))
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .route("/redirect", get(redirect))
        .route("/stream", get(stream))
        .route("/slow", get(slow))
        .route("/no-reply", get(std::future::pending::<StatusCode>))
        .route("/log", get(log))
}

#[derive(Serialize)]
struct Items {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: u32,
    name: String,
}

async fn large() -> Json<Items> {
    let item = |id| Item {
        id,
        name: format!("item {id}"),
    };
    Json(Items {
        items: (0..200).map(item).collect(),
    })
}

async fn text() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PLAIN)], "x".repeat(2048))
}

async fn png() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/png")], vec![1_u8; 2048])
}

/// As a browser is told that asks for nothing in particular.
async fn redirect() -> impl IntoResponse {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::LOCATION, "/api/example/health"),
        (header::VARY, "Accept"),
        (header::CONTENT_TYPE, PLAIN),
    ];
    let body = "Found. Redirecting to /api/example/health";
    (StatusCode::FOUND, HEADERS, body)
}

async fn stream() -> impl IntoResponse {
    let chunks = futures_util::stream::unfold(0, async |n| {
        if n == 3 {
            return None;
        }
        if n > 0 {
            sleep(Duration::from_millis(5)).await;
        }
        let chunk = Bytes::from(format!("chunk {n}\n"));
        Some((Ok::<_, std::io::Error>(chunk), n + 1))
    });
    ([(header::CONTENT_TYPE, PLAIN)], Body::from_stream(chunks))
}

#[derive(Deserialize)]
struct Slow {
    ms: Option<u64>,
}

async fn slow(Query(query): Query<Slow>) -> Json<Value> {
    let ms = query.ms.unwrap_or(1000);
    sleep(Duration::from_millis(ms)).await;
    Json(json!({ "slept": ms }))
}

async fn log() -> Json<Value> {
    tracing::error!("example error line");
    tracing::warn!("example warn line");
    tracing::info!(a = 1, "example info line");
    tracing::debug!("example debug line");
    Json(json!({ "logged": true }))
}
