//! What is answered: bodies, headers, and the lines in the log.

use axum::Router;
use greenroom_di_core::lifecycle::BackendState;
use serde_json::json;

use super::routes;
use crate::logger::Level;
use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Client, fixture};

#[tokio::test]
async fn health_answers_with_every_header() {
    let fixture = fixture(json!({"health": {"headers": {"Cache-Control": "no-store"}}}));
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    let answer = client.get("/.backstage/health/v1/readiness?x=1").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, r#"{"status":"ok"}"#)
    );
    let headers = answer
        .head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let names: Vec<_> = headers.map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "content-security-policy",
            "referrer-policy",
            "strict-transport-security",
            "x-content-type-options",
            "x-dns-prefetch-control",
            "x-download-options",
            "x-frame-options",
            "x-permitted-cross-domain-policies",
            "x-xss-protection",
            "cache-control",
            "content-type",
            "etag",
            "vary",
            "content-length",
            "date",
        ]
    );
    assert_eq!(
        answer.header("etag"),
        Some("W/\"f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg\"")
    );
    assert_eq!(answer.header("content-length"), Some("15"));

    fixture.state.send_replace(BackendState::Draining);
    let answer = client.get("/.backstage/health/v1/readiness").await;
    let body = r#"{"message":"Backend is shutting down","status":"error"}"#;
    assert_eq!((answer.status, answer.body.as_str()), (503, body));

    client
        .send("HEAD /.backstage/health/v1/liveness HTTP/1.1\r\nHost: test\r\n\r\n")
        .await;
    let end = client.read_until(b"\r\n\r\n").await;
    assert!(end > 0);
}

#[tokio::test]
async fn mounted_routers_see_their_part_of_the_path() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("nothing else is mounted there");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    assert_eq!(client.get("/Tools/ok").await.body, "ok");
    assert_eq!(client.get("/tools/uri?a=b").await.body, "/tools/uri?a=b");
    for path in ["/tools/none", "/toolsx/ok", "/"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, ""), "{path}");
        assert_eq!(answer.header("content-type"), None, "{path}");
        assert_eq!(
            answer.header("x-frame-options"),
            Some("SAMEORIGIN"),
            "{path}"
        );
    }
    client
        .send("POST /tools/ok HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
        .await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("allow")), (404, None));
}

#[tokio::test]
async fn conflicting_mounts_are_refused() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/a", Router::new())
        .expect("nothing else is mounted there");
    let conflict = fixture
        .router
        .mount("/A/b", Router::new())
        .expect_err("it lies below `/a`");
    assert_eq!(
        conflict.to_string(),
        "Path /A/b conflicts with the existing path /a"
    );
}

#[tokio::test]
async fn errors_have_the_anchors_body_and_hide_what_is_internal() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("nothing else is mounted there");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;

    let answer = client.get("/tools/conflict?a=b").await;
    let expected = r#"{"error":{"name":"ConflictError","message":"taken"},"request":{"method":"GET","url":"/conflict?a=b"},"response":{"statusCode":409}}"#;
    assert_eq!((answer.status, answer.body.as_str()), (409, expected));
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );

    for (path, logged) in [
        (
            "/tools/internal",
            "Request failed with status 500 the secret is 42",
        ),
        (
            "/tools/panic",
            "Request failed with status 500 handler panicked: out of luck",
        ),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 500);
        let line = fixture
            .log
            .of_type("errorHandler")
            .pop()
            .expect("the error is logged");
        assert_eq!((line.level, line.message.as_str()), (Level::Error, logged));
        let id = line.fields["logId"].as_str().expect("the line has an id");
        let expected = format!("An internal error occurred logId={id}");
        assert_eq!(
            answer.json()["error"],
            json!({"name": "Error", "message": expected})
        );
        assert_eq!(line.fields["url"], path.trim_start_matches("/tools"));
        assert_eq!(line.fields["method"], "GET");
    }
}

#[tokio::test]
async fn the_request_id_is_the_callers_and_told_to_the_caller() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    let head = "GET /.backstage/health/v1/liveness?a HTTP/1.1\r\nHost: test\r\nUser-Agent: me\r\n";
    client
        .send(format!("{head}X-Request-Id: abc\r\nReferer: there\r\n\r\n"))
        .await;
    assert_eq!(client.answer().await.header("x-request-id"), Some("abc"));
    client.send(format!("{head}\r\n")).await;
    assert_eq!(client.answer().await.header("x-request-id"), None);

    let lines = fixture.log.of_type("incomingRequest");
    assert_eq!(lines.len(), 2);
    let mut fields = lines[0].fields.clone();
    assert!(fields["durationMs"].take().is_f64());
    let expected = json!({
        "type": "incomingRequest", "service": "rootHttpRouter", "durationMs": null,
        "date": "1970-01-01T00:00:00.000Z",
        "method": "GET", "url": "/.backstage/health/v1/liveness?a", "status": 200,
        "httpVersion": "1.1", "contentLength": 15, "userAgent": "me", "referrer": "there",
        "requestId": "abc", "clientAddress": "127.0.0.1",
    });
    assert_eq!(fields, expected);
    let expected = "[1970-01-01T00:00:00.000Z] \"GET /.backstage/health/v1/liveness?a HTTP/1.1\" 200 15 \
                    \"there\" \"me\"";
    assert_eq!(lines[0].message, expected);
    assert_eq!(
        lines[1].fields["requestId"].as_str().map(str::len),
        Some(32)
    );
}
