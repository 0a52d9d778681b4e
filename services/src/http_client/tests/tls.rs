//! TLS with the authority of an organisation, as the configuration names it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::client;
use crate::http_client::HttpClientError;

/// An authority that no system knows, and what a server of it needs.
fn authority() -> (String, ServerConfig) {
    let mut params = CertificateParams::new([]).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let server = params.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], key);
    (certificate, config.expect("the key fits"))
}

/// Answers one request on one connection.
fn serve(config: ServerConfig, answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a client comes");
        let connection = ServerConnection::new(Arc::new(config)).expect("it is valid");
        let mut stream = StreamOwned::new(connection, socket);
        // A client that does not trust the certificate ends the connection here.
        if stream.read(&mut [0; 4096]).is_ok() {
            let _ = stream.write_all(answer.as_bytes());
            let _ = stream.flush();
        }
    });
    address
}

#[tokio::test]
async fn an_authority_of_the_configuration_is_trusted() {
    let (authority, config) = authority();
    let address = serve(config, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    let client = client(json!({ "tls": { "ca": [authority] } }));
    let response = client.get(format!("https://{address}/")).send().await;
    let text = response.expect("the certificate is good").text().await;
    assert_eq!(text.expect("the body is there"), "hi");
}

#[tokio::test]
async fn another_authority_is_not() {
    let (_, config) = authority();
    let address = serve(config, "");
    let (other, _) = authority();
    let client = client(json!({ "tls": { "ca": other }, "retries": 0 }));
    let error = client.get(format!("https://{address}/")).send().await;
    let error = error.expect_err("the certificate is not known");
    assert!(matches!(error, HttpClientError::Connect { .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_redirect_does_not_leave_https() {
    let (authority, config) = authority();
    let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n";
    let address = serve(config, answer);
    let client = client(json!({ "tls": { "ca": authority } }));
    let error = client.get(format!("https://{address}/")).send().await;
    let error = error.expect_err("everybody could read it");
    assert!(matches!(error, HttpClientError::Redirect { .. }), "{error}");
}
