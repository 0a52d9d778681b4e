//! In development JSON is indented. The tags are of the bytes that the anchor answered.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Client, Fixture, fixture};

fn mounted(settings: Value) -> Fixture {
    let me = concat!(
        r#"{"userEntityRef":"user:development/guest","#,
        r#""ownershipEntityRefs":["user:development/guest"]}"#
    );
    let me = move || async move { ([("content-type", "application/json")], me) };
    let either = json!({"type": "user", "userEntityRef": "user:development/guest"});
    let routes = Router::new()
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .route("/me", get(me))
        .route(
            "/either",
            get(async move || Json(json!({ "principal": either }))),
        )
        .route("/text", get(async || "{\"status\":\"ok\"}"));
    let fixture = fixture(settings);
    let mounted = fixture.router.mount("/api/example", routes);
    mounted.expect("nothing else is mounted there");
    fixture
}

#[tokio::test]
async fn answers_are_indented_as_recorded_and_described_so_for_head() {
    let fixture = mounted(json!({ "mode": "development" }));
    let server = fixture.serve().await;
    for (path, length, tag) in [
        (
            "/api/example/health",
            "20",
            "14-FnPp73GyekB2vjRBo6C/2fUpoY8",
        ),
        ("/api/example/me", "108", "6c-4xkCT+8FjbHYn94a+UE3jwwsxUk"),
        (
            "/api/example/either",
            "90",
            "5a-tO7KZkyuF+z9m+ZYfImER3VgBcQ",
        ),
        (
            "/.backstage/health/v1/readiness",
            "20",
            "14-FnPp73GyekB2vjRBo6C/2fUpoY8",
        ),
        // It is no JSON for those who read it.
        ("/api/example/text", "15", "f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg"),
    ] {
        let tag = format!("W/\"{tag}\"");
        let mut client = Client::connect(server.address()).await;
        let answer = client.get(path).await;
        assert_eq!(answer.header("content-length"), Some(length), "{path}");
        assert_eq!(answer.header("etag"), Some(&*tag), "{path}");
        assert_eq!(answer.body.len().to_string(), length);

        let request = "HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
        client.send(format!("HEAD {path} {request}\r\n")).await;
        let head = client.rest().await;
        for wanted in [
            format!("\r\ncontent-length: {length}\r\n"),
            format!("\r\netag: {tag}\r\n"),
        ] {
            assert!(head.contains(&wanted), "{path}: {head}");
        }
        assert!(head.ends_with("\r\n\r\n"), "{path}: {head}");

        let mut client = Client::connect(server.address()).await;
        let condition = format!("If-None-Match: {tag}\r\n");
        client
            .send(format!("GET {path} {request}{condition}\r\n"))
            .await;
        assert_eq!(client.answer().await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn production_answers_as_it_was_written() {
    let fixture = mounted(json!({}));
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    let answer = client.get("/api/example/health").await;
    assert_eq!(answer.body, r#"{"status":"ok"}"#);
}
