//! The end of the server.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::logger::Level;
use crate::root_http_router::testing::{Client, fixture};
use crate::root_http_router::{Drained, RootHttpRouterService as _};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_drain_lets_requests_finish_and_refuses_connections() {
    let fixture = fixture(json!({}));
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, release) = (Arc::clone(&entered), Arc::clone(&go));
    let slow = move || async move {
        inside.notify_one();
        release.notified().await;
        "done"
    };
    fixture
        .router
        .mount("/slow", Router::new().route("/", get(slow)))
        .expect("a free path");
    let server = fixture.serve().await;
    let mut idle = Client::connect(server.address()).await;
    idle.get("/").await;
    let mut busy = Client::connect(server.address()).await;
    busy.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").await;
    entered.notified().await;

    let client = async {
        assert_eq!(idle.rest().await, "", "the idle connection is closed");
        let refused = TcpStream::connect(server.address()).await;
        assert!(refused.is_err(), "the port is closed");
        go.notify_one();
        let answer = busy.answer().await;
        assert_eq!(answer.body, "done");
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(busy.rest().await, "");
    };
    let (drained, ()) = tokio::join!(server.drain(MINUTE), client);
    assert_eq!(drained, Drained { cut: 0 });

    let request = axum::extract::Request::builder()
        .uri("/slow")
        .body(Body::empty());
    let late = fixture
        .router
        .handle(request.expect("the request is well formed"))
        .await;
    assert_eq!(
        (late.status().as_u16(), &late.headers()["connection"]),
        (503, &"close".parse().unwrap())
    );
    assert!(late.headers().contains_key("retry-after"));
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_wait_for_a_connection_that_was_never_used() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    let mut unused = Client::connect(server.address()).await;
    // Connections are accepted in order, so the first one is there when the second is answered.
    Client::connect(server.address()).await.get("/").await;
    assert_eq!(server.drain(MINUTE).await, Drained { cut: 0 });
    assert_eq!(unused.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_drain_cuts_what_is_left_at_the_deadline() {
    let fixture = fixture(json!({}));
    let entered = Arc::new(Notify::new());
    let inside = Arc::clone(&entered);
    let stuck = move || async move {
        inside.notify_one();
        std::future::pending::<&str>().await
    };
    fixture
        .router
        .mount("/stuck", Router::new().route("/", get(stuck)))
        .expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    client
        .send("GET /stuck HTTP/1.1\r\nHost: test\r\n\r\n")
        .await;
    entered.notified().await;
    assert_eq!(server.drain(MINUTE).await, Drained { cut: 1 });
    assert_eq!(client.rest().await, "");
    let cut = fixture.log.matching(|line| line.fields["connections"] == 1);
    assert_eq!((cut.len(), cut[0].level), (1, Level::Warn));
}
