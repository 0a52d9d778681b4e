//! What a client sees, over real sockets.

use std::sync::Arc;

use greenroom::config::{Config, ConfigArguments};
use greenroom::logger::Sink;
use greenroom::prelude::*;
use greenroom::{Inputs, RootContext};
use serde_json::json;
use tokio::sync::Notify;

use super::support::{get, raw, request, start};

#[backend_plugin(id = "example")]
async fn example(http_router: HttpRouter) {
    let echo = async |body: String| body;
    let boom = async || -> &'static str { panic!("the secret ingredient is {}", 42) };
    http_router.mount(
        Router::new()
            .route("/health", axum::routing::get(async || "ok"))
            .route("/echo", post(echo))
            .route("/boom", axum::routing::get(boom))
            .route("/private", axum::routing::get(async || "for friends")),
    );
    for open in ["/health", "/echo", "/boom"] {
        http_router.add_auth_policy(AuthPolicy::unauthenticated(open));
    }
}

#[tokio::test]
async fn an_open_route_answers_and_every_other_wants_credentials() {
    let backend = start(backend![greenroom::defaults, example]).await;
    let open = get(backend.address(), "/api/example/health").await;
    assert_eq!((open.status, &*open.body), (200, "ok"));
    assert_eq!(open.header("x-frame-options"), Some("SAMEORIGIN"));

    for path in [
        "/api/example/private",
        "/api/example/nothing/there",
        "/api/example",
    ] {
        let refused = get(backend.address(), path).await;
        assert_eq!(refused.status, 401, "{path}");
    }
    let refused = get(backend.address(), "/api/example/private?a=1").await;
    assert_eq!(
        refused.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(
        refused.body,
        r#"{"error":{"name":"AuthenticationError","message":"Missing credentials"},"request":{"method":"GET","url":"/private?a=1"},"response":{"statusCode":401}}"#
    );
    backend.running.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_a_404_without_a_body() {
    let backend = start(backend![greenroom::defaults, example]).await;
    for path in [
        "/",
        "/nothing",
        "/api/nobody/health",
        "/api/example/health/there",
    ] {
        let missing = get(backend.address(), path).await;
        assert_eq!((missing.status, &*missing.body), (404, ""), "{path}");
        assert_eq!(missing.header("content-type"), None, "{path}");
    }
    let method = request(backend.address(), "DELETE", "/api/example/health", "", "").await;
    assert_eq!((method.status, &*method.body), (404, ""));
    backend.running.stop().await;
}

#[tokio::test]
async fn a_panic_in_a_handler_is_contained_and_its_words_stay_in_the_log() {
    let backend = start(backend![greenroom::defaults, example]).await;
    let failed = get(backend.address(), "/api/example/boom").await;
    assert_eq!(failed.status, 500);
    let message = failed.json()["error"]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let log_id = message
        .strip_prefix("An internal error occurred logId=")
        .expect("it hides");
    assert_eq!(log_id.len(), 20);
    assert!(!failed.body.contains("ingredient"));

    let line = backend.line("the secret ingredient is 42");
    assert_eq!(line["level"], "error");
    assert_eq!(line["plugin"], "example");
    assert_eq!(line["logId"], log_id);
    assert_eq!(
        get(backend.address(), "/api/example/health").await.status,
        200
    );
    backend.running.stop().await;
}

#[tokio::test]
async fn malformed_http_is_refused_and_the_server_goes_on() {
    let backend = start(backend![greenroom::defaults, example]).await;
    for bytes in [
        &b"nonsense\r\n\r\n"[..],
        b"GET /\x01 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let refused = raw(backend.address(), bytes).await;
        assert_eq!(refused.status, 400, "{bytes:?}");
    }
    assert_eq!(
        get(backend.address(), "/api/example/health").await.status,
        200
    );
    backend.running.stop().await;
}

#[tokio::test]
async fn an_oversized_body_is_refused_announced_or_not() {
    let backend = start(backend![greenroom::defaults, example]).await;
    let fits = request(
        backend.address(),
        "POST",
        "/api/example/echo",
        "",
        &"a".repeat(102_400),
    )
    .await;
    assert_eq!((fits.status, fits.body.len()), (200, 102_400));

    let large = "a".repeat(102_401);
    let announced = request(backend.address(), "POST", "/api/example/echo", "", &large).await;
    assert_eq!(announced.status, 413);
    assert_eq!(announced.json()["error"]["name"], "PayloadTooLargeError");

    let head = "POST /api/example/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunked = format!("{head}{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let chunked = raw(backend.address(), chunked.as_bytes()).await;
    assert_eq!(chunked.status, 413);
    backend.running.stop().await;
}

#[tokio::test]
async fn a_request_has_an_id_in_the_log_and_in_the_answer_if_it_came_with_one() {
    let backend = start(backend![greenroom::defaults, example]).await;
    let without = get(backend.address(), "/api/example/health").await;
    assert_eq!(without.header("x-request-id"), None);
    let with = request(
        backend.address(),
        "GET",
        "/api/example/health",
        "X-Request-Id: abc-1\r\n",
        "",
    )
    .await;
    assert_eq!(with.header("x-request-id"), Some("abc-1"));
    let requests: Vec<_> = backend
        .log()
        .into_iter()
        .filter(|line| line["type"] == "incomingRequest")
        .map(|line| {
            (
                line["requestId"].clone(),
                line["url"].clone(),
                line["plugin"].clone(),
            )
        })
        .collect();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].0.as_str().is_some_and(|id| id.len() == 32));
    assert_eq!(
        requests[1],
        (
            json!("abc-1"),
            json!("/api/example/health"),
            json!("example")
        )
    );
    backend.running.stop().await;
}

/// Lets a test decide when the plugin's init ends.
#[derive(Clone)]
struct Latch(Arc<Notify>);

#[backend_plugin(id = "dawdler")]
async fn dawdler(context: Arc<RootContext>, http_router: HttpRouter) {
    let latch = context
        .input::<Latch>()
        .cloned()
        .expect("the test brings a latch");
    latch.0.notified().await;
    http_router.mount(Router::new().route("/", axum::routing::get(async || "at last")));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

#[tokio::test]
async fn a_request_to_a_plugin_that_is_still_starting_waits_for_it() {
    let latch = Latch(Arc::default());
    let (sink, lines) = Sink::memory();
    let config = Config::from_json(json!({ "backend": { "listen": "127.0.0.1:0" } }));
    let inputs = Inputs::new()
        .with(latch.clone())
        .with(sink)
        .with(ConfigArguments::fixed(config));
    let backend = backend![greenroom::defaults, dawdler];
    let starting = tokio::spawn(backend.start(inputs));
    let port = loop {
        let listening = lines
            .all()
            .into_iter()
            .find(|line| line.contains("Listening on"));
        match listening.and_then(|line| serde_json::from_str::<serde_json::Value>(&line).ok()) {
            Some(line) => break line["port"].as_u64(),
            None => tokio::task::yield_now().await,
        }
    };
    let port = port
        .and_then(|port| u16::try_from(port).ok())
        .expect("it is in the log");
    let address = ([127, 0, 0, 1], port).into();

    let readiness = get(address, "/.backstage/health/v1/readiness").await;
    assert_eq!(readiness.status, 503);
    assert_eq!(readiness.json()["message"], "Backend has not started yet");
    assert_eq!(
        get(address, "/api/nobody").await.status,
        404,
        "nobody is coming"
    );
    let waiting = tokio::spawn(async move { get(address, "/api/dawdler").await });
    latch.0.notify_one();
    let answer = waiting.await.expect("the request does not panic");
    assert_eq!((answer.status, &*answer.body), (200, "at last"));
    starting
        .await
        .expect("no panic")
        .expect("it starts")
        .stop()
        .await;
}

#[tokio::test]
async fn health_follows_the_state_of_the_backend() {
    let backend = start(backend![greenroom::defaults, example]).await;
    let ready = get(backend.address(), "/.backstage/health/v1/readiness").await;
    assert_eq!(
        (ready.status, ready.json()),
        (200, json!({ "status": "ok" }))
    );
    let alive = get(backend.address(), "/.backstage/health/v1/liveness").await;
    assert_eq!(
        (alive.status, alive.json()),
        (200, json!({ "status": "ok" }))
    );
    backend.running.stop().await;
}
