//! Calls that go well, what they send, and the line that they leave.

use serde_json::{Value, json};
use wiremock::matchers::{body_json, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{client, logged_client, on, settings};
use crate::config::ByteSize;
use crate::http_client::transport::{Network, Transport as _};
use crate::http_client::{HttpClientError, HttpRequest, Url};
use crate::logger::Level;
use crate::root_http_router::testing::Recorder;

#[tokio::test]
async fn json_goes_out_and_comes_in() {
    let server = MockServer::start().await;
    let agent = format!("greenroom/{} (plugin shop)", env!("CARGO_PKG_VERSION"));
    Mock::given(method("POST"))
        .and(path("/articles"))
        .and(query_param("name", "a&b=ü"))
        .and(header("content-type", "application/json"))
        .and(header("user-agent", &*agent))
        .and(header("authorization", "Bearer hunter2"))
        .and(header("x-shop", "7"))
        .and(body_json(json!({ "price": 3 })))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("x-stock", "4")
                .set_body_json(json!({ "id": 1 })),
        )
        .mount(&server)
        .await;

    let client = client(json!({}));
    let response = client
        .post(format!("{}/articles", server.uri()))
        .query("name", "a&b=ü")
        .bearer("hunter2")
        .header("X-Shop", "7")
        .json(&json!({ "price": 3 }))
        .send()
        .await
        .expect("the mock answers");
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-stock"], "4");
    let body: Value = response.json().await.expect("the body is JSON");
    assert_eq!(body, json!({ "id": 1 }));
}

#[tokio::test]
async fn a_form_is_encoded_and_a_header_of_the_caller_wins() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("user-agent", "mine"))
        .and(body_string("a=b+c&d=%26"))
        .respond_with(ResponseTemplate::new(200).set_body_string("grüezi"))
        .mount(&server)
        .await;
    let client = client(json!({}));
    let request = client.put(server.uri()).header("user-agent", "mine");
    let response = request.form([("a", "b c"), ("d", "&")]).send().await;
    let response = response.and_then(super::super::HttpResponse::error_for_status);
    let text = response.expect("the mock knows the form").text().await;
    assert_eq!(text.expect("it is UTF-8"), "grüezi");
}

#[tokio::test]
async fn every_method_has_its_name() {
    let server = MockServer::start().await;
    let client = client(json!({}));
    for (request, name) in [
        (client.get(server.uri()), "GET"),
        (client.head(server.uri()), "HEAD"),
        (client.post(server.uri()), "POST"),
        (client.put(server.uri()), "PUT"),
        (client.patch(server.uri()), "PATCH"),
        (client.delete(server.uri()), "DELETE"),
    ] {
        let response = request.body("x").send().await.expect("it is answered");
        assert_eq!(response.status(), 404);
        assert_eq!(response.call().method(), name);
    }
    let requests = server.received_requests().await.expect("recorded");
    let names: Vec<_> = requests
        .iter()
        .map(|request| request.method.as_str())
        .collect();
    assert_eq!(names, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
}

#[tokio::test]
async fn a_call_leaves_one_line_without_secrets() {
    let server = MockServer::start().await;
    let overloaded = ResponseTemplate::new(503).insert_header("retry-after", "0");
    let mock = Mock::given(path("/a")).respond_with(overloaded);
    mock.up_to_n_times(1).mount(&server).await;
    on(&server, "GET", "/a", ResponseTemplate::new(200)).await;

    let log = Recorder::default();
    let client = logged_client(json!({}), &log);
    let url = format!("http://me:hunter2@{}/a", server.address());
    let request = client.get(url).query("token", "hunter2");
    let response = request.header("x-key", "hunter2").send().await;
    assert_eq!(response.expect("the mock answers").status(), 200);

    let lines = log.of_type("outgoingRequest");
    let [line] = &*lines else {
        panic!("one call, one line: {lines:?}");
    };
    assert_eq!(line.level, Level::Debug);
    assert_eq!(line.message, "GET 127.0.0.1/a: 200");
    let mut fields = line.fields.clone();
    assert!(fields["durationMs"].take().is_number());
    assert_eq!(
        fields,
        json!({
            "type": "outgoingRequest", "method": "GET", "host": "127.0.0.1", "path": "/a",
            "status": 200, "attempt": 2, "durationMs": null,
        })
    );
}

#[tokio::test]
async fn a_proxy_gets_what_leaves_the_machine() {
    let proxy = MockServer::start().await;
    Mock::given(method("GET"))
        .and(header("host", "shop.test"))
        .and(path("/a"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&proxy)
        .await;
    let configured = json!({ "proxy": proxy.uri(), "noProxy": "direct.test" });
    let network = Network::new(&settings(configured), None).expect("the proxy is valid");
    let to = |url: &str| {
        let url = Url::parse(url).expect("a valid URL");
        HttpRequest::new(http::Method::GET, url)
    };
    let response = network.send(&to("http://shop.test/a")).await;
    assert_eq!(response.expect("the proxy answers").status(), 200);
    let here = MockServer::start().await;
    let response = network.send(&to(&here.uri())).await;
    assert_eq!(response.expect("the mock answers").status(), 404);
    assert_eq!(here.received_requests().await.map(|all| all.len()), Some(1));
}

#[tokio::test]
async fn a_body_is_read_piece_by_piece_and_up_to_its_limit() {
    let server = MockServer::start().await;
    let body = "x".repeat(3000);
    on(
        &server,
        "GET",
        "/a",
        ResponseTemplate::new(200).set_body_string(&body),
    )
    .await;
    let client = client(json!({ "bodyLimit": "2kb" }));
    let get = || client.get(format!("{}/a", server.uri()));

    let response = get().send().await.expect("the head is no matter of size");
    let error = response.bytes().await.expect_err("it is too large");
    assert!(
        matches!(error, HttpClientError::BodyTooLarge { limit: 2048, .. }),
        "{error}"
    );

    let enough = get().body_limit(ByteSize::bytes(3000)).send().await;
    let mut response = enough.expect("the mock answers");
    let mut length = 0;
    while let Some(piece) = response.chunk().await.expect("it is small enough") {
        length += piece.len();
    }
    assert_eq!(length, 3000);
}
