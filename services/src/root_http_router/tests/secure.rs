//! TLS, and HTTP/2 over it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Version};
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::routes;
use crate::config::ByteSize;
use crate::handler::body_limit;
use crate::root_http_router::testing::{Client, Fixture, fixture};
use crate::root_http_router::{Drained, RootHttpRouterService as _};

fn with_certificate(server: Value) -> (Fixture, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["test.example".to_owned()]).expect("a name");
    let certificate = json!({"cert": made.cert.pem(), "key": made.signing_key.serialize_pem()});
    let https = json!({ "certificate": certificate });
    let fixture = fixture(json!({ "https": https, "server": server }));
    fixture
        .router
        .mount("/tools", routes())
        .expect("a free path");
    (fixture, made.cert.der().clone())
}

async fn shake(
    address: SocketAddr,
    certificate: &CertificateDer<'static>,
    protocol: &[u8],
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("it is a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("test.example").expect("a name");
    let stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let connector = TlsConnector::from(Arc::new(config));
    connector
        .connect(name, stream)
        .await
        .expect("the certificate is good")
}

#[tokio::test]
async fn http1_is_spoken_over_tls() {
    let (fixture, certificate) = with_certificate(json!({}));
    let server = fixture.serve().await;
    let mut stream = shake(server.address(), &certificate, b"http/1.1").await;
    let request = b"GET /tools/ok HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    stream
        .write_all(request)
        .await
        .expect("the connection is open");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("it is closed in good order");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok"),
        "{answer}"
    );
    let listening = |line: &crate::root_http_router::testing::Line| {
        line.message.starts_with("Listening on https://")
    };
    assert_eq!(fixture.log.matching(listening).len(), 1);
}

#[tokio::test]
async fn http2_is_spoken_to_clients_that_offer_it_and_drained_with_the_server() {
    let (fixture, certificate) = with_certificate(json!({}));
    let server = fixture.serve().await;
    let stream = shake(server.address(), &certificate, b"h2").await;
    let executor = TokioExecutor::new();
    let shaken = hyper::client::conn::http2::handshake(executor, TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.expect("the server speaks it");
    let connection = tokio::spawn(connection);
    for path in ["/tools/ok", "/tools/Ok/"] {
        let request = Request::builder().uri(format!("https://test.example{path}"));
        let request = request.body(Body::empty()).expect("well formed");
        let answer = sender.send_request(request).await.expect("it is answered");
        assert_eq!(
            (answer.version(), answer.status().as_u16()),
            (Version::HTTP_2, 200)
        );
        assert!(answer.headers().contains_key("etag"));
        let body = answer
            .into_body()
            .collect()
            .await
            .expect("it is whole")
            .to_bytes();
        assert_eq!(body, "ok");
    }
    let logged = fixture.log.of_type("incomingRequest");
    assert_eq!(logged[0].fields["httpVersion"], "2.0");

    let drained = server.drain(std::time::Duration::from_mins(1)).await;
    assert_eq!(drained, Drained { cut: 0 });
    connection
        .await
        .expect("no panic")
        .expect("it is closed in good order");
}

#[tokio::test]
async fn over_http2_a_route_has_a_body_limit_of_its_own_too() {
    let (fixture, certificate) = with_certificate(json!({ "bodyLimit": 10 }));
    let length = post(async |body: Bytes| body.len().to_string());
    let length = length.layer(body_limit(ByteSize::kb(300)));
    let uploads = Router::new().route("/", length);
    let mounted = fixture.router.mount("/uploads", uploads);
    mounted.expect("a free path");
    let server = fixture.serve().await;
    let stream = shake(server.address(), &certificate, b"h2").await;
    let executor = TokioExecutor::new();
    let shaken = hyper::client::conn::http2::handshake(executor, TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.expect("the server speaks it");
    tokio::spawn(connection);
    let chunks = |count| {
        let chunks = std::iter::repeat_n("x".repeat(1024), count).map(Ok::<_, Infallible>);
        Body::from_stream(stream::iter(chunks.collect::<Vec<_>>()))
    };
    let whole = |count: usize| Body::from("x".repeat(1024 * count));
    for (path, body, status) in [
        ("/uploads", whole(300), 200),
        ("/uploads", chunks(300), 200),
        ("/uploads", whole(301), 413),
        ("/uploads", chunks(301), 413),
        ("/tools/length", whole(1), 413),
        ("/tools/length", chunks(1), 413),
    ] {
        let request = Request::post(format!("https://test.example{path}"));
        let request = request.body(body).expect("well formed");
        let answer = sender.send_request(request).await.expect("it is answered");
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let (fixture, _) = with_certificate(json!({"headersTimeout": 50}));
    let server = fixture.serve().await;
    let mut silent = Client::connect(server.address()).await;
    assert_eq!(silent.rest().await, "");
    let mut plain = Client::connect(server.address()).await;
    plain
        .send("GET /tools/ok HTTP/1.1\r\nHost: test\r\n\r\n")
        .await;
    assert!(!plain.rest().await.contains("HTTP/1.1 200"));
}
