//! The answers of the anchor that are this service's alone, as they were recorded, beside ours.
//!
//! Each line of `recorded.jsonl` is a request with the head of its answer, without the security headers,
//! which are the same for all. The entity tag stands for the body. What is left out on purpose: a 404 has
//! `Content-Length: 0` here, and is chunked there; a 204 has no length here.

use axum::extract::{OriginalUri, Path};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Client, fixture};

#[derive(Deserialize)]
struct Recorded {
    id: String,
    profile: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    status: u16,
    answer: Map<String, Value>,
}

/// What answered there.
fn example() -> Router {
    let seen = |uri: &OriginalUri| uri.path().trim_start_matches("/api/example").to_owned();
    let items = || (0..200).map(|id| json!({"id": id, "name": format!("item {id}")}));
    Router::new()
        .route("/health", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/me", get(|| async { Json(json!({})) }))
        .route(
            "/private",
            get(async move |uri: OriginalUri| Json(json!({"reached": seen(&uri)}))),
        )
        .route("/small", get(|| async { Json(json!({"ok": true})) }))
        .route(
            "/large",
            get(async move || Json(json!({"items": items().collect::<Vec<_>>()}))),
        )
        .route("/text", get(|| async { "x".repeat(2048) }))
        .route("/html", get(|| async { Html("<p>hello</p>") }))
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route(
            "/params/{id}",
            get(async move |id: Path<String>, uri: OriginalUri| {
                let path = seen(&uri);
                Json(json!({"id": id.0, "path": path, "url": path}))
            }),
        )
        .route(
            "/echo",
            post(async |body: Json<Value>| Json(json!({"body": body.0}))),
        )
}

fn configuration(profile: &str) -> Value {
    match profile {
        "bare" => json!({}),
        "headers" => json!({
            "trustProxy": true,
            "health": {"headers": {"X-Health": "yes", "Cache-Control": "no-store"}},
            "cors": {
                "origin": ["http://*.example.com", "http://localhost:*"],
                "methods": ["GET", "HEAD", "PATCH", "POST", "PUT", "DELETE"],
                "credentials": true,
                "exposedHeaders": ["X-One", "X-Two"],
                "allowedHeaders": ["Authorization"],
                "maxAge": 600,
                "optionsSuccessStatus": 200,
            },
        }),
        _ => json!({
            "cors": {
                "origin": "http://localhost:3000",
                "methods": ["GET", "HEAD", "PATCH", "POST", "PUT", "DELETE"],
                "credentials": true,
            },
        }),
    }
}

#[tokio::test]
async fn answers_have_the_recorded_heads() {
    let cases = include_str!("recorded.jsonl").lines();
    let cases: Vec<Recorded> = cases
        .map(|line| serde_json::from_str(line).expect("each line is a case"))
        .collect();
    let mut asked = 0;
    let mut wrong = Vec::new();
    for profile in ["main", "bare", "headers"] {
        let fixture = fixture(configuration(profile));
        let mounted = fixture.router.mount("/api/example", example());
        mounted.expect("nothing else is mounted there");
        let server = fixture.serve().await;
        let cases = cases.iter().filter(|case| case.profile == profile);
        for case in cases {
            let mut client = Client::connect(server.address()).await;
            let mut head = format!("{} {} HTTP/1.1\r\nHost: test\r\n", case.method, case.path);
            for (name, value) in &case.headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let length = case.body.len();
            let body = &case.body;
            client
                .send(format!(
                    "{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                ))
                .await;
            let answer = client.rest().await;
            asked += 1;
            if let Some(difference) = difference(case, &answer) {
                wrong.push(format!("{}: {difference}", case.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(asked, cases.len(), "a profile is not among those above");
}

fn difference(case: &Recorded, answer: &str) -> Option<String> {
    let Some((head, _)) = answer.split_once("\r\n\r\n") else {
        return Some(format!("no answer: {answer:?}"));
    };
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse::<u16>().ok());
    if status != Some(case.status) {
        return Some(format!("status {status:?}, recorded {}", case.status));
    }
    let mut ours: Map<String, Value> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !EVERYWHERE.contains(name))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    if case.status == 404 {
        ours.remove("content-length");
    }
    (ours != case.answer).then(|| format!("{ours:?}, recorded {:?}", case.answer))
}

const EVERYWHERE: [&str; 12] = [
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-xss-protection",
    "connection",
    "date",
    "transfer-encoding",
];
