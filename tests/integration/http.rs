//! What a client sees. What is malformed, or lacks what the kit adds, goes over a real socket.

use std::net::SocketAddr;
use std::sync::Arc;

use greenroom::RootContext;
use greenroom::logger::Level;
use greenroom::prelude::{get as get_route, *};
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use super::support::{get, raw};

#[backend_plugin(id = "example")]
async fn example(http_router: HttpRouter) {
    let echo = async |body: String| body;
    let boom = async || -> &'static str { panic!("the secret ingredient is {}", 42) };
    http_router.mount(
        Router::new()
            .route("/health", get_route(async || "ok"))
            .route("/echo", post(echo))
            .route("/boom", get_route(boom))
            .route("/private", get_route(async || "for friends")),
    );
    for open in ["/health", "/echo", "/boom"] {
        http_router.add_auth_policy(AuthPolicy::unauthenticated(open));
    }
}

async fn started() -> StartedTestBackend {
    test_backend![example].start().await
}

/// The same, and where it listens.
async fn listening() -> (StartedTestBackend, SocketAddr) {
    let backend = test_backend![example].listen().start().await;
    let address = backend.address().expect("it listens");
    (backend, address)
}

#[tokio::test]
async fn a_replica_that_only_works_answers_for_no_plugin() {
    for (role, status) in [("web", 200), ("worker", 404)] {
        let backend = test_backend![example].config(json!({ "backend": { "role": role } }));
        let backend = backend.start().await;
        let plugin = backend.get("/api/example/health").send().await;
        plugin.assert_status(status);
        let health = backend.get("/.backstage/health/v1/liveness").send().await;
        health.assert_status(200);
    }
}

#[tokio::test]
async fn an_open_route_answers_and_every_other_wants_credentials() {
    let backend = started().await;
    let open = backend.get("/api/example/health").send().await;
    open.assert_status(200)
        .assert_text("ok")
        .assert_header("x-frame-options", "SAMEORIGIN");

    for path in [
        "/api/example/private",
        "/api/example/nothing/there",
        "/api/example",
    ] {
        backend.get(path).send().await.assert_status(401);
    }
    let refused = backend.get("/api/example/private?a=1").send().await;
    refused
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_text(
            r#"{"error":{"name":"AuthenticationError","message":"Missing credentials"},"request":{"method":"GET","url":"/private?a=1"},"response":{"statusCode":401}}"#,
        );
}

#[tokio::test]
async fn what_is_not_there_is_a_404_without_a_body() {
    let backend = started().await;
    for path in [
        "/",
        "/nothing",
        "/api/nobody/health",
        "/api/example/health/there",
    ] {
        let missing = backend.get(path).send().await;
        missing
            .assert_status(404)
            .assert_text("")
            .assert_no_header("content-type");
    }
    let method = backend.delete("/api/example/health").send().await;
    method.assert_status(404).assert_text("");
}

#[tokio::test]
async fn a_panic_in_a_handler_is_contained_and_its_words_stay_in_the_log() {
    let backend = started().await;
    let failed = backend.get("/api/example/boom").send().await;
    let body: Value = failed.assert_status(500).json();
    let message = body["error"]["message"].as_str().unwrap_or_default();
    let log_id = message
        .strip_prefix("An internal error occurred logId=")
        .expect("it hides");
    assert_eq!(log_id.len(), 20);
    assert!(!failed.text().contains("ingredient"));

    let errors = backend.logs().plugin("example").level(Level::Error);
    let line = errors.assert_contains("the secret ingredient is 42");
    assert_eq!(line.fields["logId"], log_id);
    let next = backend.get("/api/example/health").send().await;
    next.assert_status(200);
}

#[tokio::test]
async fn malformed_http_is_refused_and_the_server_goes_on() {
    let (_backend, address) = listening().await;
    for bytes in [
        &b"nonsense\r\n\r\n"[..],
        b"GET /\x01 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let refused = raw(address, bytes).await;
        assert_eq!(refused.status, 400, "{bytes:?}");
    }
    let next = get(address, "/api/example/health").await;
    assert_eq!((next.status, &*next.body), (200, "ok"));
}

#[tokio::test]
async fn an_oversized_body_is_refused_announced_or_not() {
    let (backend, address) = listening().await;
    let (most, large) = ("a".repeat(102_400), "a".repeat(102_401));
    let echo = || backend.post("/api/example/echo");
    let fits = echo().body(&*most).send().await;
    fits.assert_status(200).assert_text(&most);

    let announced = echo().body(&*large).send().await;
    let error: Value = announced.assert_status(413).json();
    assert_eq!(error["error"]["name"], "PayloadTooLargeError");

    let head = "POST /api/example/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunked = format!("{head}{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let chunked = raw(address, chunked.as_bytes()).await;
    assert_eq!(chunked.status, 413);
}

#[tokio::test]
async fn a_request_has_an_id_in_the_log_and_in_the_answer_if_it_came_with_one() {
    let (backend, address) = listening().await;
    let path = "/api/example/health";
    let without = get(address, path).await;
    assert_eq!(without.header("x-request-id"), None);
    let with = backend.get(path).header("x-request-id", "abc-1");
    with.send().await.assert_header("x-request-id", "abc-1");

    let requests = backend.logs().plugin("example").field("url", path);
    let ids: Vec<_> = requests
        .field("type", "incomingRequest")
        .lines()
        .iter()
        .map(|line| line.fields["requestId"].clone())
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids[0].as_str().is_some_and(|id| id.len() == 32), "{ids:?}");
    assert_eq!(ids[1], "abc-1");
}

/// The init of `dawdler`: where the backend listens by then, and when it may go on.
#[derive(Default)]
struct Latch {
    address: watch::Sender<Option<SocketAddr>>,
    open: Notify,
}

#[backend_plugin(id = "dawdler")]
async fn dawdler(context: Arc<RootContext>, root: RootHttpRouter, http_router: HttpRouter) {
    let latch = context.input::<Arc<Latch>>();
    let latch = latch.expect("the test brings a latch");
    latch.address.send_replace(root.address());
    latch.open.notified().await;
    http_router.mount(Router::new().route("/", get_route(async || "at last")));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

/// The kit's requests go to a backend that has started; this one has not.
#[tokio::test]
async fn a_request_to_a_plugin_that_is_still_starting_waits_for_it() {
    let latch = Arc::new(Latch::default());
    let mut address = latch.address.subscribe();
    let backend = test_backend![dawdler].input(Arc::clone(&latch)).listen();
    let starting = tokio::spawn(backend.start());
    let address = address.wait_for(Option::is_some).await;
    let address = address.expect("the latch lives").expect("it is there");

    let readiness = get(address, "/.backstage/health/v1/readiness").await;
    assert_eq!(readiness.status, 503);
    assert_eq!(readiness.json()["message"], "Backend has not started yet");
    assert_eq!(
        get(address, "/api/nobody").await.status,
        404,
        "nobody is coming"
    );
    let waiting = tokio::spawn(async move { get(address, "/api/dawdler").await });
    latch.open.notify_one();
    let answer = waiting.await.expect("the request does not panic");
    assert_eq!((answer.status, &*answer.body), (200, "at last"));
    starting.await.expect("it starts");
}

#[tokio::test]
async fn health_follows_the_state_of_the_backend() {
    let backend = started().await;
    for kind in ["readiness", "liveness"] {
        let path = format!("/.backstage/health/v1/{kind}");
        let answer = backend.get(&path).send().await;
        answer
            .assert_status(200)
            .assert_json(json!({ "status": "ok" }));
    }
}
