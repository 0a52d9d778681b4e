//! Bodies of JSON: those that Backstage was sent, with what it answered, and those that it does wrong.

use std::convert::Infallible;
use std::io::Write as _;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Json, body_limit};
use crate::config::ByteSize;
use crate::http_error::HttpError;
use crate::http_error::weak_etag;
use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Fixture, fixture};

const APPLICATION_JSON: (&str, &str) = ("content-type", "application/json");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

#[derive(Deserialize)]
#[expect(dead_code, reason = "what matters is whether it can be read")]
struct Order {
    title: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what matters is whether it can be read")]
struct Item {
    count: u8,
}

fn backend(settings: Value) -> Fixture {
    let fixture = fixture(settings);
    let echo = async |Json(body): Json<Value>| Json(json!({ "body": body }));
    let told = async |body: Result<Json<Value>, HttpError>| match body {
        Ok(_) => "read".to_owned(),
        Err(refusal) => refusal.to_string(),
    };
    let router = Router::new()
        .route("/echo", post(echo))
        .route("/small", post(echo).layer(body_limit(ByteSize::kb(1))))
        .route("/large", post(echo).layer(body_limit(ByteSize::kb(300))))
        .route("/told", post(told))
        .route("/order", post(async |Json(_): Json<Order>| "ordered"));
    let mounted = fixture.router.mount("/api/example", router);
    mounted.expect("the path is free");
    fixture
}

async fn ask(
    fixture: &Fixture,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> (u16, String) {
    let mut request = Request::post(format!("/api/example{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).expect("a valid request");
    let response = fixture.router.handle(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1_000_000).await;
    let body = body.expect("an answer has a body");
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn big(length: usize) -> String {
    format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("into memory");
    encoder.finish().expect("into memory")
}

/// The tags are of the bytes that Backstage answered.
#[tokio::test]
async fn what_is_sent_is_answered_as_recorded() {
    let fixture = backend(json!({}));
    let gzipped = STANDARD.decode("H4sIAAAAAAACA6tWSlSyMqwFAK+sG1YHAAAA");
    let gzipped = gzipped.expect("it is base64");
    let encoded = |name| vec![APPLICATION_JSON, ("content-encoding", name)];
    let typed = || vec![APPLICATION_JSON];
    let vendor = || vec![("content-type", "application/vnd.api+json")];
    let short = || br#"{"a":1}"#.to_vec();
    let proto = br#"{"__proto__":{"x":1},"constructor":1}"#.to_vec();
    let twice = br#"{"a":1,"a":2}"#.to_vec();
    let table = [
        (typed(), short(), 200, "10-2lostsGaufa+Qfb7HLBUVHciZiQ"),
        (typed(), vec![], 200, "b-s3rmcZvpItH/CFuUzCbjhHMUW9I"),
        (vec![], short(), 200, "b-s3rmcZvpItH/CFuUzCbjhHMUW9I"),
        (vendor(), short(), 200, "b-s3rmcZvpItH/CFuUzCbjhHMUW9I"),
        (typed(), proto, 200, "2e-9c86zFp/O7ypqRuMgeXcQyDpo98"),
        (typed(), twice, 200, "10-qtXQRKilLobwsFCCiivSqSgQtp8"),
        (
            typed(),
            "{\"a\":\"✓\"}".into(),
            200,
            "14-meLojY0YRfvB8HiYWUQH5Qyzc/Y",
        ),
        (
            typed(),
            b"{\"a\":\"\xff\"}".to_vec(),
            200,
            "14-hglev/HDw0WkKmCED13LYKfBWJU",
        ),
        (
            encoded("gzip"),
            gzipped,
            200,
            "10-2lostsGaufa+Qfb7HLBUVHciZiQ",
        ),
        (
            encoded("gzip"),
            short(),
            400,
            "d2-+N4CZR/4Gyag6Hs0I2deU93a3xk",
        ),
        (
            encoded("zstd"),
            short(),
            415,
            "d8-KCh1IXseqJv8zC0dGGK55Ud2w8o",
        ),
        (
            typed(),
            big(102_401).into(),
            413,
            "e1-vSTxJbloKNZ9DHHjOd0XZ74d5+M",
        ),
        (
            typed(),
            big(3_000_008).into(),
            413,
            "e3-lqT4JcfLTpAztsjXxe/ToN9r+Bw",
        ),
    ];
    for (headers, body, status, tag) in table {
        let answer = ask(&fixture, "/echo", &headers, body).await;
        assert_eq!(answer.0, status, "{headers:?}: {}", answer.1);
        let expected = format!("W/\"{tag}\"");
        assert_eq!(weak_etag(answer.1.as_bytes()), expected, "{}", answer.1);
    }
    let largest = ask(&fixture, "/echo", &typed(), big(102_400)).await;
    assert_eq!(largest.0, 200);
}

#[tokio::test]
async fn what_is_no_json_is_not_sent_back() {
    let fixture = backend(json!({}));
    for (body, message) in [
        (
            r#"{"hunter2":"#,
            "the body is JSON that ends early: line 1, column 11",
        ),
        (r#"{"a":hunter2}"#, "the body is not JSON: line 1, column 6"),
        ("{} hunter2", "the body is not JSON: line 1, column 4"),
        ("42", "a body of JSON is an object or a list"),
        ("null", "a body of JSON is an object or a list"),
        (r#""hunter2""#, "a body of JSON is an object or a list"),
        ("  \n", "the body has white space alone"),
    ] {
        let (status, answer) = ask(&fixture, "/echo", &[APPLICATION_JSON], body).await;
        let expected = format!(
            r#"{{"error":{{"name":"SyntaxError","message":"{message}","expose":true,"statusCode":400,"status":400,"type":"entity.parse.failed"}},"request":{{"method":"POST","url":"/echo"}},"response":{{"statusCode":400}}}}"#
        );
        assert_eq!((status, answer), (400, expected), "{body}");
    }
}

#[tokio::test]
async fn another_json_than_is_wanted_is_told_by_its_place() {
    let fixture = backend(json!({}));
    for (body, message) in [
        ("{}", "missing field `title`"),
        ("", "missing field `title`"),
        (
            r#"{"title":"a","items":[{"count":1},{"count":"hunter2"}]}"#,
            "`items[1].count`: expected u8",
        ),
        (
            r#"{"title":"a","items":[{"count":300}]}"#,
            "`items[0].count`: expected u8",
        ),
    ] {
        let (status, answer) = ask(&fixture, "/order", &[APPLICATION_JSON], body).await;
        let answer: Value = serde_json::from_str(&answer).expect("it is JSON");
        let error = &answer["error"];
        assert_eq!((status, &error["name"]), (400, &json!("InputError")));
        assert_eq!(error["message"], format!("invalid body: {message}"));
    }
}

#[tokio::test]
async fn a_type_that_was_needed_and_is_not_there_is_415() {
    let fixture = backend(json!({}));
    for (headers, found) in [
        (vec![], "no content type"),
        (
            vec![("content-type", "text/plain")],
            r#"the content type \"text/plain\""#,
        ),
    ] {
        let (status, answer) = ask(&fixture, "/order", &headers, "{}").await;
        assert_eq!(status, 415);
        let message = format!(r#"found {found}, wanted \"application/json\""#);
        assert!(answer.contains(&message), "{answer}");
    }
}

#[tokio::test]
async fn charsets_beside_utf_8_are_refused() {
    let fixture = backend(json!({}));
    for (content_type, status) in [
        ("application/json; charset=utf-8", 200),
        ("Application/JSON; Charset=\"UTF-8\"", 200),
        ("application/json;charset=ISO-8859-1", 415),
    ] {
        let headers = [("content-type", content_type)];
        let (answered, body) = ask(&fixture, "/echo", &headers, "{}").await;
        assert_eq!(answered, status, "{content_type}");
        let expected = r#"{"name":"UnsupportedMediaTypeError","message":"unsupported charset \"ISO-8859-1\"","charset":"iso-8859-1","type":"charset.unsupported"}"#;
        assert_eq!(body.contains(expected), status == 415, "{body}");
    }
}

#[tokio::test]
async fn a_route_may_allow_less_and_more() {
    let fixture = backend(json!({}));
    for (path, limit) in [("/small", 1024), ("/echo", 102_400), ("/large", 307_200)] {
        let send = |body: Body| ask(&fixture, path, &[APPLICATION_JSON], body);
        assert_eq!(send(big(limit).into()).await.0, 200, "{path}");
        let more = limit + 1;
        let announced = send(big(more).into()).await;
        let fields = format!(
            r#""expected":{more},"length":{more},"limit":{limit},"type":"entity.too.large""#
        );
        assert_eq!(announced.0, 413, "{path}");
        assert!(announced.1.contains(&fields), "{announced:?}");

        let chunks = [big(limit - 10), big(limit - 10)].map(Ok::<_, Infallible>);
        let received = send(Body::from_stream(stream::iter(chunks))).await;
        let both = 2 * limit - 20;
        let fields = format!(r#""limit":{limit},"received":{both},"type":"entity.too.large""#);
        assert_eq!(received.0, 413, "{path}");
        assert!(received.1.contains(&fields), "{received:?}");
    }
}

#[tokio::test]
async fn a_handler_that_takes_the_refusal_learns_what_it_is() {
    let fixture = backend(json!({ "server": { "bodyLimit": 10 } }));
    let chunks = [big(10), big(10)].map(Ok::<_, Infallible>);
    for body in [Body::from(big(11)), Body::from_stream(stream::iter(chunks))] {
        let (status, told) = ask(&fixture, "/told", &[APPLICATION_JSON], body).await;
        assert_eq!(status, 200);
        assert!(told.contains("request entity too large"), "{told}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_measured_when_it_is_not() {
    let fixture = backend(json!({ "server": { "bodyLimit": 5000 } }));
    for (length, status) in [(5000, 200), (5001, 413), (3_000_000, 413)] {
        let body = gzip(&big(length));
        assert!(body.len() < 5000, "what comes in is small");
        let answer = ask(&fixture, "/echo", &[APPLICATION_JSON, GZIP], body).await;
        assert_eq!(answer.0, status, "{length}");
        let fields = r#""limit":5000,"received":5001,"type":"entity.too.large""#;
        assert_eq!(answer.1.contains(fields), status == 413, "{length}");
    }
    for (path, limit) in [("/small", 1024), ("/large", 307_200)] {
        for (length, status) in [(limit, 200), (limit + 1, 413)] {
            let body = gzip(&big(length));
            let answer = ask(&fixture, path, &[APPLICATION_JSON, GZIP], body).await;
            assert_eq!(answer.0, status, "{path}");
            let fields = format!(r#""limit":{limit},"received":{length}"#);
            assert_eq!(answer.1.contains(&fields), status == 413, "{path}");
        }
    }
}

#[tokio::test]
async fn deflate_is_read_and_what_is_cut_is_refused() {
    let fixture = backend(json!({}));
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(br#"{"a":1}"#).expect("into memory");
    let deflated = encoder.finish().expect("into memory");
    let deflate = [APPLICATION_JSON, ("content-encoding", "Deflate")];
    let answer = ask(&fixture, "/echo", &deflate, deflated.clone()).await;
    assert_eq!(answer, (200, r#"{"body":{"a":1}}"#.to_owned()));

    let cut = deflated[..deflated.len() - 5].to_vec();
    let cut = ask(&fixture, "/echo", &deflate, cut).await;
    assert!(cut.0 == 400 && cut.1.contains("Z_BUF_ERROR"), "{cut:?}");
    let cut = gzip(r#"{"a":1}"#)[..12].to_vec();
    let cut = ask(&fixture, "/echo", &[APPLICATION_JSON, GZIP], cut).await;
    assert!(cut.0 == 400 && cut.1.contains("Z_BUF_ERROR"), "{cut:?}");
}
