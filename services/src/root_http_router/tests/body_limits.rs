//! Routes with a body limit of their own, over a server whose limit is ten bytes.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::post;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::config::ByteSize;
use crate::handler::body_limit;
use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Answer, Client, Fixture, fixture};

fn routes() -> Router {
    let length = || post(async |body: Bytes| body.len().to_string());
    let first = async |body: Body| match body.into_data_stream().next().await {
        Some(Ok(first)) => first.len().to_string(),
        Some(Err(_)) | None => "nothing".to_owned(),
    };
    let limit = |bytes| body_limit(ByteSize::bytes(bytes));
    let twice = Router::new()
        .route("/twice", length().layer(limit(20)))
        .layer(limit(5));
    let inner = Router::new().route("/more", length());
    Router::new()
        .route("/default", length())
        .route("/more", length().layer(limit(20)))
        .route("/less", length().layer(limit(5)))
        .route("/first", post(first).layer(limit(20)))
        .nest("/nested", inner.layer(limit(20)))
        .merge(twice)
}

fn mounted() -> Fixture {
    let fixture = fixture(json!({ "server": { "bodyLimit": 10 } }));
    let mounted = fixture.router.mount("/tools", routes());
    mounted.expect("nothing else is mounted there");
    fixture
}

fn head(path: &str, more: &str) -> String {
    format!("POST /tools{path} HTTP/1.1\r\nHost: test\r\n{more}\r\n\r\n")
}

fn refused(path: &str, fields: &Value) -> Value {
    let mut error = json!({
        "name": "PayloadTooLargeError", "message": "request entity too large",
        "type": "entity.too.large",
    });
    for (name, value) in fields.as_object().expect("fields have names") {
        error[name] = value.clone();
    }
    json!({
        "error": error,
        "request": { "method": "POST", "url": path },
        "response": { "statusCode": 413 },
    })
}

#[tokio::test]
async fn a_route_may_allow_more_and_less_than_the_server() {
    let fixture = mounted();
    let server = fixture.serve().await;
    let announced = async |path, length: usize| -> Answer {
        let mut client = Client::connect(server.address()).await;
        let head = head(path, &format!("Content-Length: {length}"));
        client.send(format!("{head}{}", "x".repeat(length))).await;
        client.answer().await
    };
    let chunked = async |path, length: usize| -> Answer {
        let mut client = Client::connect(server.address()).await;
        let head = head(path, "Transfer-Encoding: chunked");
        let body = "x".repeat(length);
        client
            .send(format!("{head}{length:x}\r\n{body}\r\n0\r\n\r\n"))
            .await;
        client.answer().await
    };
    for (path, limit) in [
        ("/default", 10),
        ("/more", 20),
        ("/less", 5),
        ("/twice", 20),
        ("/nested/more", 20),
    ] {
        for answer in [announced(path, limit).await, chunked(path, limit).await] {
            let seen = (answer.status, answer.body);
            assert_eq!(seen, (200, limit.to_string()), "{path}");
        }
        let answer = announced(path, limit + 1).await;
        let fields = json!({ "expected": limit + 1, "length": limit + 1, "limit": limit });
        assert_eq!(answer.status, 413);
        assert_eq!(answer.json(), refused(path, &fields));

        let answer = chunked(path, limit + 1).await;
        let fields = json!({ "limit": limit, "received": limit + 1 });
        assert_eq!(answer.status, 413);
        assert_eq!(answer.json(), refused(path, &fields));
    }
}

#[tokio::test]
async fn a_client_that_holds_its_body_back_is_asked_for_it_within_the_limit_of_the_route() {
    let fixture = mounted();
    let server = fixture.serve().await;
    let held_back = async |path, length: usize| -> Client {
        let mut client = Client::connect(server.address()).await;
        let more = format!("Content-Length: {length}\r\nExpect: 100-continue");
        client.send(head(path, &more)).await;
        client
    };
    let mut client = held_back("/more", 20).await;
    assert_eq!(client.answer().await.status, 100);
    client.send("x".repeat(20)).await;
    assert_eq!(client.answer().await.body, "20");

    for (path, length) in [("/more", 21), ("/default", 11), ("/less", 6)] {
        let mut client = held_back(path, length).await;
        assert_eq!(client.answer().await.status, 413, "{path}");
    }
}

#[tokio::test]
async fn a_large_body_is_handed_on_as_it_comes() {
    let fixture = mounted();
    let first = stream::iter([Ok::<_, Infallible>("x".repeat(15))]);
    let never = stream::pending();
    let request = Request::post("/tools/first").body(Body::from_stream(first.chain(never)));
    let request = request.expect("the request is well formed");
    let answer = fixture.router.handle(request).await;
    let body = axum::body::to_bytes(answer.into_body(), 100).await;
    assert_eq!(body.expect("it is in memory"), "15");
}
