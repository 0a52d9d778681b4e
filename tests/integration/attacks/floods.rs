//! Too much, or too slowly.

use std::time::Duration;

use greenroom_test_kit::TestBackend;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{exchange, rest, started, status, target};

const HEAD: &str = "GET /api/example/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let (_backend, calls, address) = target(json!({})).await;
    let few = "A: b\r\n".repeat(90);
    let many = "A: b\r\n".repeat(101);
    let wide = format!("{}: b\r\n", "a".repeat(20_000));
    let long = format!("A: {}\r\n", "b".repeat(20_000));
    let cookie = format!("Cookie: {}\r\n", "a=b; ".repeat(5_000));
    for (lines, expected) in [
        (few, 200),
        (many, 431),
        (wide, 431),
        (long, 431),
        (cookie, 431),
    ] {
        let answers = exchange(address, format!("{HEAD}{lines}\r\n").as_bytes()).await;
        assert_eq!(status(&answers), expected, "{answers}");
        assert_eq!(calls.take().len(), usize::from(expected == 200));
    }
    let target = format!(
        "GET /api/example/health?{} HTTP/1.1\r\nHost: a\r\n\r\n",
        "a".repeat(70_000)
    );
    assert!(matches!(
        status(&exchange(address, target.as_bytes()).await),
        414 | 431
    ));
    assert_eq!(calls.take(), []);
}

/// The server stops to read, and does not wait for an end that never comes.
#[tokio::test]
async fn a_head_without_an_end_is_cut_off() {
    let (_backend, calls, address) = target(json!({})).await;
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let (mut reading, mut writing) = stream.split();
    let write = async {
        let mut written = writing.write_all(HEAD.as_bytes()).await;
        while written.is_ok() {
            written = writing.write_all(b"A: b\r\n").await;
        }
    };
    let mut answer = Vec::new();
    let read = async {
        let _ = reading.read_to_end(&mut answer).await;
    };
    tokio::select! {
        () = write => {}
        () = read => {}
    }
    assert_eq!(calls.take(), []);
}

/// These are no part of the body, whose limit does not help. Zeros without an end are a number still; they are given up
/// with the request's time, so here the client gives up first.
#[tokio::test]
async fn a_frame_of_a_body_has_an_end() {
    let (_backend, calls, address) = target(json!({})).await;
    let head = "POST /api/example/open/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for flood in [
        format!("0\r\n{}", "A: b\r\n".repeat(100_000)),
        format!("0\r\nA: {}", "b".repeat(1_000_000)),
        format!("1;{}", "a".repeat(1_000_000)),
        format!("{}1", "0".repeat(1_000_000)),
    ] {
        let mut stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        let _ = stream.write_all(format!("{head}{flood}").as_bytes()).await;
        let _ = stream.shutdown().await;
        let answer = rest(&mut stream).await;
        assert!(matches!(status(&answer), 0 | 400 | 431), "{answer}");
        assert_eq!(calls.take(), []);
    }
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_is_given_up() {
    let limits = json!({ "server": { "requestTimeout": "10s" } });
    let (backend, calls, address) = started(limits, TestBackend::paused_clock).await;
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let head = "POST /api/example/open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it reads");
    // Once it asks for the body, its time runs.
    let mut begun = [0; 25];
    stream
        .read_exact(&mut begun)
        .await
        .expect("it asks for the body");
    assert_eq!(status(&String::from_utf8_lossy(&begun)), 100);
    for _ in 0..10 {
        stream.write_all(b"a").await.expect("it has some patience");
        backend.advance(Duration::from_secs(1)).await;
    }
    let answer = rest(&mut stream).await;
    assert_eq!(status(&answer), 408, "{answer}");
    assert_eq!(calls.take(), []);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_given_up() {
    let limits = json!({ "server": { "headersTimeout": "10s", "keepAliveTimeout": "60s" } });
    let (backend, calls, address) = started(limits, TestBackend::paused_clock).await;
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let first = HEAD.replace("Connection: close\r\n", "\r\n");
    stream.write_all(first.as_bytes()).await.expect("it reads");
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).await.expect("it answers");
    assert_eq!(&begun, b"HTTP/1.1 200");
    assert_eq!(calls.take().len(), 1);
    for byte in HEAD.bytes().take(12) {
        // It has hung up in the meantime, or has not noticed yet.
        let _ = stream.write_all(&[byte]).await;
        backend.advance(Duration::from_secs(1)).await;
    }
    let answer = rest(&mut stream).await;
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
    assert_eq!(calls.take(), []);
}
