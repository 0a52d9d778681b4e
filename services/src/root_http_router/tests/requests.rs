//! What is refused below the router, limits by client and by connection, and paths of the frontend.

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use serde_json::json;

use super::routes;
use crate::root_http_router::testing::{Answer, Client, fixture};
use crate::root_http_router::{ClientAddress, RootHttpRouterService as _};

#[tokio::test]
async fn what_the_anchors_server_refuses_is_answered_bare() {
    let fixture = fixture(json!({}));
    let server = fixture.serve().await;
    for (request, status) in [
        ("BREW / HTTP/1.1\r\nHost: test\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET /a b HTTP/1.1\r\nHost: test\r\n\r\n", "400"),
        (
            "POST / HTTP/1.1\r\nHost: test\r\nExpect: something\r\nContent-Length: 1\r\n\r\n",
            "417",
        ),
    ] {
        let mut client = Client::connect(server.address()).await;
        client.send(request).await;
        let answer = client.rest().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{request}: {answer}"
        );
        assert!(!answer.contains("content-security-policy"), "{answer}");
    }
    // HTTP/2 without TLS is closed without a word: that client would not understand one.
    let mut client = Client::connect(server.address()).await;
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert_eq!(client.rest().await, "");
    assert!(fixture.log.of_type("incomingRequest").is_empty());
}

#[tokio::test]
async fn two_lengths_of_one_body_end_the_connection() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("a free path");
    let server = fixture.serve().await;
    let head = "POST /tools/length HTTP/1.1\r\nHost: test\r\n";
    for lengths in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    ] {
        let mut client = Client::connect(server.address()).await;
        let smuggled = "GET /tools/ok HTTP/1.1\r\nHost: test\r\n\r\n";
        client
            .send(format!("{head}{lengths}\r\n0\r\n\r\n{smuggled}"))
            .await;
        let answer = client.rest().await;
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    }
}

#[tokio::test]
async fn old_clients_and_absolute_targets_are_served() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("a free path");
    let server = fixture.serve().await;
    for request in [
        "GET /tools/ok HTTP/1.0\r\n\r\n",
        "GET http://test/tools/ok HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
        "GET /Tools/OK/ HTTP/1.1\r\nHost: one\r\nHost: two\r\nConnection: close\r\n\r\n",
    ] {
        let mut client = Client::connect(server.address()).await;
        client.send(request).await;
        let answer = client.rest().await;
        assert!(
            answer.contains(" 200 OK") && answer.ends_with("\r\nok"),
            "{request}: {answer}"
        );
    }
}

#[tokio::test]
async fn head_of_an_error_has_the_headers_of_its_body() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    client
        .send("HEAD /tools/conflict HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        .await;
    let answer = client.rest().await;
    assert!(
        answer.starts_with("HTTP/1.1 409") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    for part in ["content-length: 1", "etag: W/", "vary: Accept-Encoding"] {
        assert!(answer.contains(part), "{answer}");
    }
}

#[tokio::test]
async fn requests_over_the_limit_are_refused_by_client() {
    let fixture = fixture(json!({
        "trustProxy": "loopback",
        "rateLimit": {
            "window": "1m",
            "incomingRequestLimit": 3,
            "plugin": {"example": {"incomingRequestLimit": 1}},
        },
        "cors": {"origin": "http://a.example"},
    }));
    let who = || get(|who: Extension<ClientAddress>| async move { who.0.0.to_string() });
    let free = "a free path";
    fixture
        .router
        .mount("/who", Router::new().route("/", who()))
        .expect(free);
    let server = fixture.serve().await;
    let ask = async |client: &str, method: &str, origin: &str| -> Answer {
        let mut connection = Client::connect(server.address()).await;
        let head = format!("{method} /who HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: {client}\r\n");
        connection.send(format!("{head}{origin}\r\n")).await;
        connection.answer().await
    };
    // A preflight does not count.
    let preflight = ask("1.1.1.1", "OPTIONS", "Origin: http://a.example\r\n").await;
    assert_eq!(
        (preflight.status, preflight.header("x-ratelimit-limit")),
        (204, None)
    );
    for remaining in ["2", "1", "0"] {
        let answer = ask("1.1.1.1", "GET", "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "1.1.1.1"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
        // The fixture's clock stands at the epoch, and the window is a minute.
        let reset = answer.header("x-ratelimit-reset");
        assert!(reset.is_some_and(|reset| matches!(reset, "59" | "60")));
    }
    let refused = ask("1.1.1.1", "GET", "Origin: http://a.example\r\n").await;
    let body = r#"{"error":{"name":"Error","message":"Too many requests, please try again later"},"response":{"statusCode":429}}"#;
    assert_eq!((refused.status, refused.body.as_str()), (429, body));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.header("vary"), Some("Origin, Accept-Encoding"));
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("http://a.example")
    );
    assert_eq!(ask("2.2.2.2", "GET", "").await.status, 200);
    // This machine itself is exempt.
    let own = ask("127.0.0.1", "GET", "").await;
    assert_eq!((own.status, own.header("x-ratelimit-limit")), (200, None));

    let logged = fixture.log.of_type("incomingRequest");
    assert_eq!(logged.len(), 6, "{logged:?}");
    assert_eq!(logged[0].fields["clientAddress"], "1.1.1.1");
}

#[tokio::test]
async fn other_origins_go_on_without_a_word() {
    let fixture = fixture(json!({"cors": {"origin": "http://a.example"}}));
    let options = axum::routing::options(|| async { "mine" });
    let router = Router::new().route("/", options);
    fixture.router.mount("/own", router).expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    for origin in ["Origin: http://b.example\r\n", ""] {
        client
            .send(format!(
                "OPTIONS /own HTTP/1.1\r\nHost: test\r\n{origin}\r\n"
            ))
            .await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "mine"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    }
}

#[tokio::test]
async fn handlers_may_answer_preflights_themselves() {
    let cors = json!({"origin": "http://a.example", "preflightContinue": true});
    let fixture = fixture(json!({ "cors": cors }));
    let options = axum::routing::options(|| async { "mine" });
    let router = Router::new().route("/", options);
    fixture.router.mount("/own", router).expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    client
        .send("OPTIONS /own HTTP/1.1\r\nHost: test\r\nOrigin: http://a.example\r\n\r\n")
        .await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "mine"));
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("http://a.example")
    );
    assert_eq!(
        answer.header("access-control-allow-methods"),
        Some("GET,HEAD,PUT,PATCH,POST,DELETE")
    );
}

#[tokio::test]
async fn without_an_origin_in_the_configuration_everybody_may_call() {
    let fixture = fixture(json!({"cors": {}}));
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    let answer = client.get("/.backstage/health/v1/liveness").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
}

#[tokio::test]
async fn a_proxy_may_do_the_compressing() {
    let fixture = fixture(json!({"server": {"compression": false}}));
    let large = || async { "x".repeat(5000) };
    let router = Router::new().route("/", get(large));
    fixture.router.mount("/large", router).expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    client
        .send("GET /large HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n")
        .await;
    let answer = client.answer().await;
    assert_eq!((answer.body.len(), answer.header("vary")), (5000, None));
}

#[tokio::test]
async fn a_connection_has_so_many_requests() {
    let fixture = fixture(json!({"server": {"maxRequestsPerSocket": 2, "maxHeadersCount": 3}}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    assert_eq!(client.get("/tools/ok").await.header("connection"), None);
    assert_eq!(
        client.get("/tools/ok").await.header("connection"),
        Some("close")
    );
    assert_eq!(client.rest().await, "");

    let mut client = Client::connect(server.address()).await;
    let head = "GET /tools/ok HTTP/1.1\r\nHost: test\r\nA: 1\r\nB: 2\r\n";
    client.send(format!("{head}\r\n")).await;
    assert_eq!(client.answer().await.status, 200);
    client.send(format!("{head}C: 3\r\n\r\n")).await;
    assert!(client.rest().await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_connection_that_stands_still_is_dropped() {
    let fixture = fixture(json!({"server": {"timeout": 50}}));
    fixture
        .router
        .mount("/tools", routes())
        .expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    client
        .send("GET /tools/never HTTP/1.1\r\nHost: test\r\n\r\n")
        .await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn the_pages_of_the_frontend_are_wherever_nothing_else_is() {
    let fixture = fixture(json!({}));
    fixture
        .router
        .mount("/api/app", routes())
        .expect("a free path");
    let server = fixture.serve().await;
    let mut client = Client::connect(server.address()).await;
    for (path, status) in [
        ("/ok", 200),
        ("/api/app/ok", 200),
        ("/api/ok", 404),
        ("/none", 404),
    ] {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
    let health = client.get("/.backstage/health/v1/liveness").await;
    assert_eq!(health.body, r#"{"status":"ok"}"#);
}
