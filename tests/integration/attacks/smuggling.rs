//! Requests that two servers could take apart differently: what the one takes for a body must never be a request to
//! the other.
//!
//! Each case has a request for `/hidden` in its bytes, where only a server that is misled finds it, and after these an
//! honest one for `/last`. The server may answer what comes before, refuse it or hang up; it must not answer what is
//! hidden. Where the length of a body is in doubt it must refuse.

use serde_json::json;

use super::{exchange, status, target};

const HIDDEN: &str = "GET /api/example/hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &str = "GET /api/example/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// A request with these header lines and this body, and the honest one behind it.
fn post(lines: &str, body: &str) -> String {
    format!("POST /api/example/open/a HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n{body}{LAST}")
}

/// The hidden request as a chunk, and the end of the chunks.
fn chunked(size: &str) -> String {
    format!("{size}\r\n{HIDDEN}\r\n0\r\n\r\n")
}

#[tokio::test]
async fn a_length_that_is_in_doubt_is_refused() {
    let (_backend, calls, address) = target(json!({})).await;
    let hex = format!("{:x}", HIDDEN.len());
    let chunks = chunked(&hex);
    let after_the_end = format!("0\r\n\r\n{HIDDEN}");
    let length = format!("Content-Length: {}", HIDDEN.len());
    let mut cases = Vec::new();
    // What the header `Transfer-Encoding` could mean, and does not.
    for value in [
        "xchunked",
        "chunkedx",
        "chunked, identity",
        "identity",
        "chunked;q=1",
        "\"chunked\"",
        "chunked\u{b}",
        "gzip",
        "",
        ",",
    ] {
        let line = format!("Transfer-Encoding: {value}");
        cases.push(post(&line, &chunks));
        cases.push(post(&format!("{line}\r\n{length}"), HIDDEN));
    }
    for lines in [
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        " Transfer-Encoding: chunked",
        "X: a\r\n Transfer-Encoding: chunked",
        "X: a\r\n\tTransfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding\r\n: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer\0-Encoding: chunked",
        "Transfer-Encoding: chunked\0",
        "X: a\rTransfer-Encoding: chunked",
        "X\n\0: a",
        ": a",
    ] {
        cases.push(post(lines, &after_the_end));
        cases.push(post(lines, &chunks));
    }
    // What the header `Content-Length` could mean, and does not.
    for value in [
        "-1",
        "+5",
        "5 5",
        "5,6",
        "5, 6",
        "0x5",
        "5.0",
        "5e0",
        "",
        " ",
        "five",
        "\u{665}",
        "5\u{b}",
        "18446744073709551616",
        "99999999999999999999999",
    ] {
        cases.push(post(&format!("Content-Length: {value}"), HIDDEN));
    }
    for lines in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 0\r\nContent-Length: 44",
        "Content-Length : 0",
        "Content-Length: 0\r\n 4",
    ] {
        cases.push(post(lines, HIDDEN));
    }
    for case in &cases {
        let answers = exchange(address, case.as_bytes()).await;
        assert_eq!(calls.take(), [], "{case}\n{answers}");
        assert_eq!(status(&answers), 400, "{case}\n{answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{case}\n{answers}");
    }
}

#[tokio::test]
async fn a_chunk_of_a_wrong_form_ends_the_connection() {
    let (_backend, calls, address) = target(json!({})).await;
    let hex = format!("{:x}", HIDDEN.len());
    let mut bodies: Vec<String> = [
        // Sizes that are none, or more than any body.
        "-1",
        "+1",
        "0x2c",
        "",
        "g",
        "ffffffffffffffffff",
        "10000000000000000",
        "2c,2c",
        "2c\0",
        "\u{b}2c",
    ]
    .into_iter()
    .map(chunked)
    .collect();
    bodies.extend([
        // Another end of line than there must be.
        format!("{hex}\n{HIDDEN}\n0\n\n"),
        format!("{hex}\r{HIDDEN}\r0\r\r"),
        format!("{hex};a\n{HIDDEN}\r\n0\r\n\r\n"),
        format!("{hex}\r\n{HIDDEN}X0\r\n\r\n"),
        // One byte less, and one more, than there are.
        format!("{:x}\r\n{HIDDEN}\r\n0\r\n\r\n", HIDDEN.len() - 1),
        format!("{:x}\r\n{HIDDEN}\r\n0\r\n\r\n", HIDDEN.len() + 1),
    ]);
    for body in bodies {
        let case = post("Transfer-Encoding: chunked", &body);
        let answers = exchange(address, case.as_bytes()).await;
        assert_eq!(calls.take(), [], "{case}\n{answers}");
        assert!(matches!(status(&answers), 0 | 400), "{case}\n{answers}");
    }
}

#[tokio::test]
async fn two_lengths_are_one_body_and_the_end_of_the_connection() {
    let (_backend, calls, address) = target(json!({})).await;
    let hex = format!("{:x}", HIDDEN.len());
    let end = format!("0\r\n\r\n{HIDDEN}");
    let long = format!("Content-Length: {}", end.len());
    for case in [
        // The one who counts sees a body of two parts, the one who takes chunks sees two requests.
        post(&format!("{long}\r\nTransfer-Encoding: chunked"), &end),
        post(&format!("Transfer-Encoding: chunked\r\n{long}"), &end),
        // The other way round: who counts finds a request after the first bytes of a chunk.
        post(
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            &chunked(&hex),
        ),
        post(
            "Transfer-Encoding: chunked\r\nContent-Length: 4",
            &chunked(&hex),
        ),
    ] {
        let answers = exchange(address, case.as_bytes()).await;
        let called = calls.take();
        assert!(
            called.iter().all(|(route, _)| *route == "/open/{id}"),
            "{called:?}"
        );
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{case}\n{answers}");
    }
    // A client of HTTP/1.0 knows no chunks.
    let old =
        format!("POST /api/example/open/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{end}");
    let answers = exchange(address, old.as_bytes()).await;
    assert_eq!(
        (calls.take(), answers.matches("HTTP/1.").count()),
        (vec![], 1),
        "{answers}"
    );
}

#[tokio::test]
async fn a_request_inside_of_a_body_is_a_body() {
    let (_backend, calls, address) = target(json!({})).await;
    let hex = format!("{:x}", HIDDEN.len());
    let length = format!("Content-Length: {}", HIDDEN.len());
    let get = |lines: &str| {
        let head = format!("GET /api/example/open/a HTTP/1.1\r\nHost: a\r\n{lines}");
        format!("{head}\r\n\r\n{HIDDEN}{LAST}")
    };
    let trailer = format!("0\r\nX: {}\r\n\r\n", HIDDEN.replace("\r\n", " "));
    for case in [
        post(&length, HIDDEN),
        post("Transfer-Encoding: chunked", &chunked(&hex)),
        post("Transfer-Encoding: ChUnKeD", &chunked(&hex.to_uppercase())),
        post(
            "Transfer-Encoding: chunked",
            &chunked(&format!("000{hex};a=\"b\"")),
        ),
        post("Transfer-Encoding: chunked", &trailer),
        get(&length),
        get(&format!("{length}\r\nExpect: 100-continue")),
        get(&format!(
            "{length}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"
        )),
    ] {
        let answers = exchange(address, case.as_bytes()).await;
        let routes: Vec<_> = calls.take().into_iter().map(|(route, _)| route).collect();
        assert_eq!(routes, ["/open/{id}", "/last"], "{case}\n{answers}");
        assert!(!answers.contains("HTTP/1.1 101"), "{answers}");
    }
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_no_request() {
    let (_backend, calls, address) = target(json!({})).await;
    let length = format!("Content-Length: {}", HIDDEN.len());
    // Refused by the barrier, unknown, and too large: no handler reads these.
    for path in ["/api/example/private", "/nothing", "/api/nobody/a"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{length}");
        let answers = exchange(address, format!("{head}\r\n\r\n{HIDDEN}{LAST}").as_bytes()).await;
        let called = calls.take();
        assert!(
            called.iter().all(|(route, _)| *route == "/last"),
            "{path}: {called:?} {answers}"
        );
    }
    let head = "POST /api/example/open/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000";
    let body = HIDDEN.repeat(2_000_000 / HIDDEN.len() + 1);
    let body = body.get(..2_000_000).unwrap_or_default();
    let answers = exchange(address, format!("{head}\r\n\r\n{body}{LAST}").as_bytes()).await;
    let called = calls.take();
    assert_eq!(status(&answers), 413, "{answers}");
    assert!(
        called.iter().all(|(route, _)| *route == "/last"),
        "{called:?}"
    );
}

#[tokio::test]
async fn a_head_of_another_form_is_refused() {
    let (_backend, calls, address) = target(json!({})).await;
    for head in [
        "GET /api/example/health",
        "GET  /api/example/health HTTP/1.1",
        "GET /api/example/health  HTTP/1.1",
        "GET\t/api/example/health HTTP/1.1",
        "GET /api/example/health HTTP/1.1 HTTP/1.1",
        "GET /api/example/health HTTP/2.0",
        "GET /api/example/health HTTP/1.1\0",
        "GET /api/example/hea\0lth HTTP/1.1",
        "GET /api/example/health http/1.1",
        "G\0T /api/example/health HTTP/1.1",
        "GET /api/example/health HTTP/1.1\r\nA\0: b",
        "GET /api/example/health HTTP/1.1\r\nA: b\0",
        "GET /api/example/health HTTP/1.1\r\nA: b\rC: d",
        "GET /api/example/health HTTP/1.1\r\nA",
        "GET /api/example/health HTTP/1.1\r\nÄ: b",
        "GET /api/example/health HTTP/1.1\r\n continued: b",
    ] {
        let case = format!("{head}\r\nHost: a\r\n\r\n{LAST}");
        let answers = exchange(address, case.as_bytes()).await;
        assert_eq!(calls.take(), [], "{case}\n{answers}");
        assert_eq!(status(&answers), 400, "{case}\n{answers}");
    }
}
