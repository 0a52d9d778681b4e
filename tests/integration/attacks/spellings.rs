//! Paths that are spelt so that the barrier and the router might see two different ones.

use serde_json::json;

use super::{TOKEN, exchange, status, target};

/// Ways to write a path, of which some mean the closed route, some something else, and some nothing.
const TARGETS: &[&str] = &[
    "/api/example/private",
    "/api/example/private/",
    "/api/example/private//",
    "/api/example/private/x",
    "/api/example/PRIVATE",
    "/api/example/Private/",
    "/API/EXAMPLE/PRIVATE",
    "/Api/Example/private/x",
    "/api/example//private",
    "/api/example///private",
    "/api//example/private",
    "//api/example/private",
    "///api/example/private",
    "/api/example/./private",
    "/./api/example/private",
    "/api/./example/private",
    "/api/example/x/../private",
    "/api/example/../example/private",
    "/api/other/../example/private",
    "/api/example/health/../private",
    "/api/example/health/../private/x",
    "/api/example/health/./../private",
    "/api/example/health/..//private",
    "/api/example/health//../private",
    "/api/example/open/../private",
    "/api/example/open/x/../../private",
    "/api/example/hidden/../private",
    "/api/example/private/../private",
    "/api/example/private/../health",
    "/api/example/private/..",
    "/api/example/..",
    "/api/example/health/..",
    // Encoded, doubly encoded, and encoded wrongly.
    "/api/example/%70rivate",
    "/api/example/%50RIVATE",
    "/api/example/privat%65",
    "/api/example/%2570rivate",
    "/api/example/%25%37%30rivate",
    "/api/example/p%72%69vate",
    "/api/ex%61mple/private",
    "/%61pi/example/private",
    "/api%2fexample%2fprivate",
    "/api%2Fexample/private",
    "/api/example%2fprivate",
    "/api/example%2Fhealth%2F..%2Fprivate",
    "/api/example/%2fprivate",
    "/api/example/private%2f",
    "/api/example/private%2fx",
    "/api/example/private%2Fhealth",
    "/api/example/health%2f..%2fprivate",
    "/api/example/health/%2e%2e/private",
    "/api/example/health/%2E%2E/private",
    "/api/example/health/.%2e/private",
    "/api/example/health/%2e./private",
    "/api/example/health/%252e%252e/private",
    "/api/example/health/%252e%252e%252fprivate",
    "/api/example/health/..%2fprivate",
    "/api/example/health/..%252fprivate",
    "/api/example/health/..%5cprivate",
    "/api/example/health/..%255cprivate",
    "/api/example/health/..\\private",
    "/api/example/health\\..\\private",
    "/api/example\\private",
    "/api/example/health/%5c../private",
    "/api/example/private%00",
    "/api/example/private%00/health",
    "/api/example/%00private",
    "/api/example/health%00/../private",
    "/api/example/private%20",
    "/api/example/%20private",
    "/api/example/private%09",
    "/api/example/private%0a",
    "/api/example/private%0d%0aX:%20y",
    "/api/example/private%3f",
    "/api/example/private%3f/health",
    "/api/example/private%23/health",
    "/api/example/private%zz",
    "/api/example/private%",
    "/api/example/private%u0000",
    "/api/example/%u0070rivate",
    // Overlong, full-width and folded letters.
    "/api/example/%c0%afprivate",
    "/api/example/health/%c0%ae%c0%ae/private",
    "/api/example/health%c0%af..%c0%afprivate",
    "/api/example/%e0%80%afprivate",
    "/api/example/%f0%80%80%afprivate",
    "/api/example/%c1%b0rivate",
    "/api/example/%ef%bd%90rivate",
    "/api/example/\u{ff50}rivate",
    "/api/example/pr\u{131}vate",
    "/api/example/PR\u{130}VATE",
    "/api/example\u{2215}private",
    "/api/example/health/\u{2025}/private",
    // Parameters, queries and fragments.
    "/api/example/private;",
    "/api/example/private;x=y",
    "/api/example/private;/health",
    "/api/example/private;health",
    "/api/example;x=y/private",
    "/api/example/;/private",
    "/api/example/health;/../private",
    "/api/example/health/..;/private",
    "/api/example/health/..;x=y/private",
    "/api/example/private?/health",
    "/api/example/private?",
    "/api/example/private?x=/../health",
    "/api/example/private#/health",
    "/api/example/private#",
    "/api/example/health#/../private",
    "/api/example/private.",
    "/api/example/private..",
    "/api/example/private.json",
    "/api/example/private/.",
    "/api/example/private/health",
    "/api/example/private,health",
    "/api/example/private&health",
    "/api/example/private~",
    "/api/example/:id",
    "/api/example/{id}",
    "/api/example/*",
    // Other forms of a target.
    "http://localhost/api/example/private",
    "http://evil.test/api/example/private",
    "HTTP://LOCALHOST/API/EXAMPLE/PRIVATE/",
    "https://localhost:1/api/example/private",
    "http://evil.test/api/example/health/../private",
    "http://evil.test//api/example/private",
    "http://user:password@localhost/api/example/private",
    "http://localhost/api/example/health?http://localhost/api/example/private",
    "http:/api/example/private",
    "http:///api/example/private",
    "ftp://localhost/api/example/private",
    "localhost/api/example/private",
    "localhost:80",
    "api/example/private",
    "?/api/example/private",
    ";/api/example/private",
    "*",
    "*/api/example/private",
];

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY",
    "get", "BREW",
];

fn request(method: &str, target: &str, lines: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n")
}

/// Whether one of the open patterns, `/health`, `/open/:id`, `/hidden` and `/last`, is for this path.
fn is_open(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let below = |open: &str| {
        path.strip_prefix(open)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ["/health", "/hidden", "/last"].into_iter().any(below)
        || path
            .strip_prefix("/open/")
            .is_some_and(|id| !id.is_empty() && !id.starts_with('/'))
}

#[tokio::test]
async fn no_spelling_passes_the_barrier() {
    let (_backend, calls, address) = target(json!({})).await;
    for target in TARGETS {
        for method in METHODS {
            let answers = exchange(address, request(method, target, "").as_bytes()).await;
            for (route, path) in calls.take() {
                assert!(
                    !route.starts_with("/private"),
                    "{method} {target} came to {path}"
                );
                // Whatever is called saw a path that a policy opens, and not another one behind it.
                assert!(is_open(&path), "{method} {target} was handled as {path}");
            }
            let refused = matches!(status(&answers), 200 | 400 | 401 | 404);
            assert!(refused, "{method} {target}: {answers}");
        }
    }
}

#[tokio::test]
async fn no_header_says_which_path_it_really_is() {
    let (_backend, calls, address) = target(json!({})).await;
    for lines in [
        "X-Original-URL: /api/example/private",
        "X-Rewrite-URL: /api/example/private",
        "X-Forwarded-Path: /api/example/private",
        "X-Forwarded-Prefix: /api/example/private",
        "X-HTTP-Method-Override: PUT",
        "Forwarded: for=127.0.0.1;host=localhost",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-User: user:default/jane",
        "X-Backstage-Token: static-token-abcdef",
        "Authorization: static-token-abcdef",
        "Authorization: Basic c3RhdGljLXRva2VuLWFiY2RlZg==",
        "Proxy-Authorization: Bearer static-token-abcdef",
    ] {
        for path in [
            "/api/example/private",
            "/api/example/private?token=static-token-abcdef",
        ] {
            let answers = exchange(
                address,
                request("GET", path, &format!("{lines}\r\n")).as_bytes(),
            )
            .await;
            assert_eq!((status(&answers), calls.take()), (401, vec![]), "{lines}");
        }
        let health = request("GET", "/api/example/health", &format!("{lines}\r\n"));
        exchange(address, health.as_bytes()).await;
        let called = calls.take();
        assert_eq!(called, [("/health", "/health".to_owned())], "{lines}");
    }
}

/// So that the table above cannot hold because nothing is ever called.
#[tokio::test]
async fn with_credentials_the_closed_route_is_called() {
    let (_backend, calls, address) = target(json!({})).await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    for (target, path) in [
        ("/api/example/private", "/private"),
        ("/API/Example/Private/", "/private"),
        ("/api/example//private", "/private"),
        ("http://evil.test/api/example/private", "/private"),
    ] {
        let answers = exchange(address, request("GET", target, &bearer).as_bytes()).await;
        assert_eq!(status(&answers), 200, "{target}: {answers}");
        assert_eq!(calls.take(), [("/private", path.to_owned())], "{target}");
    }
    // Nothing is decoded or normalised on the way to the router.
    for path in ["/%70rivate", "/x/../private", "/private;x", "/private%2f"] {
        exchange(
            address,
            request("GET", &format!("/api/example{path}"), &bearer).as_bytes(),
        )
        .await;
        assert_eq!(calls.take(), [("rest", path.to_owned())], "{path}");
    }
}
