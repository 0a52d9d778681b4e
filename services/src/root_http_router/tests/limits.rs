//! The limits of body and time.

use std::convert::Infallible;

use axum::body::Body;
use futures_util::stream;
use serde_json::json;

use super::routes;
use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Client, fixture};

#[tokio::test]
async fn a_body_over_the_limit_is_413_whatever_reads_it() {
    let fixture = fixture(json!({"server": {"bodyLimit": 10}}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("nothing else is mounted there");
    let server = fixture.serve().await;
    let head = |path: &str| {
        format!("POST /tools{path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n")
    };

    let mut client = Client::connect(server.address()).await;
    client
        .send(format!(
            "{}Content-Length: 10\r\n\r\n0123456789",
            head("/length")
        ))
        .await;
    assert_eq!(client.answer().await.body, "10");

    for path in ["/length", "/json"] {
        let mut client = Client::connect(server.address()).await;
        client
            .send(format!(
                "{}Content-Length: 11\r\n\r\n01234567890",
                head(path)
            ))
            .await;
        let answer = client.answer().await;
        assert_eq!(answer.status, 413);
        let expected = json!({
            "error": {
                "name": "PayloadTooLargeError", "message": "request entity too large",
                "expected": 11, "length": 11, "limit": 10, "type": "entity.too.large",
            },
            "request": {"method": "POST", "url": path},
            "response": {"statusCode": 413},
        });
        assert_eq!(answer.json(), expected);

        let mut client = Client::connect(server.address()).await;
        let chunks = "6\r\n012345\r\n6\r\n678901\r\n0\r\n\r\n";
        client
            .send(format!(
                "{}Transfer-Encoding: chunked\r\n\r\n{chunks}",
                head(path)
            ))
            .await;
        let answer = client.answer().await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.json()["error"]["received"], 12);
    }
}

#[tokio::test]
async fn a_refused_body_is_read_away_so_that_the_answer_arrives() {
    let fixture = fixture(json!({"server": {"bodyLimit": 10}}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("nothing else is mounted there");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    let body = "x".repeat(3_000_000);
    for (path, status) in [
        ("/nowhere", 404),
        ("/tools/length", 413),
        ("/tools/ok", 404),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000");
        client.send(format!("{head}\r\n\r\n{body}")).await;
        assert_eq!(client.answer().await.status, status, "{path}");
    }
    // The connection has survived all of them.
    assert_eq!(client.get("/tools/ok").await.body, "ok");
}

#[tokio::test]
async fn a_body_that_the_client_holds_back_is_not_asked_for() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    let head = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\nExpect: 100-continue";
    client.send(format!("{head}\r\n\r\n")).await;
    assert_eq!(client.answer().await.status, 404);
    assert_eq!(client.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn connections_have_time_limits() {
    let fixture = fixture(json!({
        "server": {"headersTimeout": "20s", "requestTimeout": "10s", "keepAliveTimeout": 5000},
    }));
    fixture
        .router
        .mount("/tools", routes())
        .expect("nothing else is mounted there");
    let handle = |method: &str, path: &str, body: Body| {
        let request = axum::extract::Request::builder()
            .method(method)
            .uri(path)
            .body(body);
        fixture
            .router
            .handle(request.expect("the request is well formed"))
    };
    let before = tokio::time::Instant::now();
    let answer = handle("GET", "/tools/never", Body::empty()).await;
    assert_eq!(
        (answer.status().as_u16(), before.elapsed().as_secs()),
        (503, 10)
    );

    let stalled = Body::from_stream(stream::pending::<Result<&str, Infallible>>());
    let answer = handle("POST", "/tools/read", stalled).await;
    assert_eq!(answer.status(), 408);
    assert_eq!(answer.headers()["connection"], "close");
    assert_eq!(
        handle("GET", "/tools/ok", Body::empty()).await.status(),
        200
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_and_a_slow_head_are_closed() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    let mut idle = Client::connect(server.address()).await;
    idle.get("/").await;
    assert_eq!(idle.rest().await, "");
    let mut slow = Client::connect(server.address()).await;
    slow.send("GET / HTTP/1.1\r\nHo").await;
    let answer = slow.rest().await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}
