//! The socket and what comes in malformed or goes out broken.

use serde_json::json;

use super::routes;
use crate::root_http_router::testing::{Client, fixture};
use crate::root_http_router::{BindError, HttpServer, RootHttpRouterService as _};

#[tokio::test]
async fn a_panic_in_a_streamed_body_drops_that_connection_alone() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("nothing else is mounted there");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    client
        .send("GET /tools/broken-stream HTTP/1.1\r\nHost: test\r\n\r\n")
        .await;
    let received = client.rest().await;
    assert!(
        !received.ends_with("0\r\n\r\n"),
        "the body has no proper end: {received}"
    );
    let panics = fixture
        .log
        .matching(|line| line.message.contains("in the middle"));
    assert_eq!(panics.len(), 1);
    assert_eq!(
        Client::connect(server.address())
            .await
            .get("/tools/ok")
            .await
            .body,
        "ok"
    );
}

#[tokio::test]
async fn malformed_requests_are_refused_and_the_connection_closed() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    let big = format!(
        "GET / HTTP/1.1\r\nHost: test\r\nX: {}\r\n\r\n",
        "a".repeat(20_000)
    );
    for (request, status) in [
        ("GARBAGE\r\n\r\n", "HTTP/1.1 400"),
        ("GET / HTTP/1.1\r\nBad Header: x\r\n\r\n", "HTTP/1.1 400"),
        (big.as_str(), "HTTP/1.1 431"),
    ] {
        let mut client = Client::connect(server.address()).await;
        client.send(request).await;
        let answer = client.rest().await;
        assert!(answer.starts_with(status), "{answer}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_explained() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    let mut settings = fixture.settings.clone();
    settings.target.port = server.address().port();
    let refused = HttpServer::bind(&settings, &fixture.log.root()).await.err();
    let refused = refused.expect("the port is in use");
    assert!(matches!(refused, BindError::InUse { .. }));
    for part in [
        &server.address().to_string(),
        "backend.listen",
        "another port",
    ] {
        assert!(refused.to_string().contains(part), "{refused}");
    }
    let listening = fixture
        .log
        .matching(|line| line.message.starts_with("Listening on http://"));
    assert_eq!(
        listening[0].message,
        format!("Listening on http://{}", server.address())
    );
    assert_eq!(listening[0].fields["port"], server.address().port());
}
