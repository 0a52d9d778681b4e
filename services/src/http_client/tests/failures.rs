//! What goes wrong, and what the errors say.

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt as _, StreamBody};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use wiremock::{MockServer, ResponseTemplate};

use super::{client, count, on};
use crate::config::ByteSize;
use crate::http_client::{Call, HttpClientError, HttpResponse, Url};

#[tokio::test]
async fn nobody_listens() {
    // Bound, so that nobody else gets the port, and not listening.
    let socket = TcpSocket::new_v4().expect("a socket");
    let any_port = ([127, 0, 0, 1], 0).into();
    socket.bind(any_port).expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    let client = client(json!({ "retries": 0 }));
    let error = client.get(format!("http://me:hunter2@{address}/a?token=hunter2"));
    let error = error.send().await.expect_err("nobody listens");
    assert!(matches!(error, HttpClientError::Connect { .. }), "{error}");
    let expected = format!("plugin `shop`: GET http://{address}/a?token=…: cannot connect: ");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_without_what_it_is() {
    let client = client(json!({}));
    let unwritable = std::collections::BTreeMap::from([(("hunter2", 1), 1)]);
    for (request, told) in [
        (client.get("hunter2"), "relative URL without a base"),
        (client.get("ftp://a.test/hunter2"), "must begin with"),
        (client.get("http://a.test").header("hunter2 ", "a"), "name"),
        (
            client.get("http://a.test").header("x-key", "hunter2\n"),
            "the value of the header `x-key`",
        ),
        (client.get("http://a.test").bearer("hunter2\n"), "the token"),
        (client.get("http://a.test").json(&unwritable), "JSON"),
    ] {
        let error = request.send().await.expect_err("it is not valid");
        assert!(matches!(error, HttpClientError::Invalid { .. }), "{error}");
        let text = error.to_string().replace("ftp://a.test/hunter2", "");
        assert!(text.contains(told), "{text}");
        assert!(text.contains("plugin `shop`: GET"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_status_is_an_error_when_asked() {
    let server = MockServer::start().await;
    on(&server, "GET", "/a", ResponseTemplate::new(500)).await;
    on(&server, "GET", "/b", ResponseTemplate::new(204)).await;
    let client = client(json!({}));
    let get = |path: &str| client.get(format!("{}{path}", server.uri())).send();
    let response = get("/a").await.expect("500 is an answer");
    let error = response.error_for_status().expect_err("it was asked for");
    assert_eq!(
        error.to_string(),
        format!(
            "plugin `shop`: GET {}/a: answered with 500 Internal Server Error",
            server.uri()
        )
    );
    assert_eq!(count(&server, "/a").await, 1, "500 may have done something");
    let response = get("/b").await.expect("204 is an answer");
    assert!(response.error_for_status().is_ok());
}

#[tokio::test]
async fn a_body_of_another_kind_is_told_by_its_place() {
    let server = MockServer::start().await;
    let bodies: [(&str, &[u8]); 4] = [
        ("/data", b"{\"a\":\n\"hunter2\"}"),
        ("/syntax", b"hunter2"),
        ("/eof", b"{\"a\":"),
        ("/utf8", b"\xff"),
    ];
    for (path, body) in bodies {
        let answer = ResponseTemplate::new(200).set_body_bytes(body);
        on(&server, "GET", path, answer).await;
    }
    let client = client(json!({}));
    let get = async |path: &str| {
        let response = client.get(format!("{}{path}", server.uri())).send().await;
        response.expect("the mock answers")
    };
    type Wanted = std::collections::BTreeMap<String, u8>;
    for (path, told) in [
        ("/data", "not what is wanted: line 2, column 9"),
        ("/syntax", "the body is not JSON: line 1, column 1"),
        ("/eof", "ends too early: line 1"),
    ] {
        let error = get(path).await.json::<Wanted>().await;
        let error = error.expect_err("it is another kind").to_string();
        assert!(error.contains(told), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let error = get("/utf8").await.text().await.expect_err("it is no text");
    assert!(error.to_string().ends_with("not UTF-8"), "{error}");
}

/// An answer that another implementation of the service gives.
fn made(pieces: Vec<Result<&'static [u8], &'static str>>) -> HttpResponse {
    let url = Url::parse("http://a.test/").expect("a valid URL");
    let frames = pieces
        .into_iter()
        .map(|piece| piece.map(|data| http_body::Frame::data(Bytes::from_static(data))));
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let body = body.map_err(std::io::Error::other);
    HttpResponse::new(
        Call::new("shop", &Method::GET, &url),
        http::Response::new(body),
    )
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_body() {
    let error = made(vec![Ok(b"a"), Err("the line is dead")]).bytes().await;
    let error = error.expect_err("the second piece fails");
    assert_eq!(
        error.to_string(),
        "plugin `shop`: GET http://a.test/: the exchange broke off: the line is dead"
    );
}

#[tokio::test]
async fn a_body_that_nobody_announced_has_a_limit_too() {
    let time = crate::http_client::response::TimeLimit {
        at: tokio::time::Instant::now() + std::time::Duration::from_secs(600),
        given: std::time::Duration::from_secs(600),
    };
    let two = || made(vec![Ok(b"ab"), Ok(b"cd")]);
    let whole = two().within(ByteSize::bytes(4), time).bytes().await;
    assert_eq!(whole.expect("it is as large as it may be"), "abcd");
    let error = two().within(ByteSize::bytes(3), time).bytes().await;
    let error = error.expect_err("it is one byte too large");
    assert!(
        error.to_string().ends_with("larger than 3 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_can_be_made_for_a_stand_in() {
    let response = made(vec![Ok(b"{\"a\""), Ok(b":1}")]);
    let body: Value = response.json().await.expect("it is JSON");
    assert_eq!(body, json!({ "a": 1 }));
}
