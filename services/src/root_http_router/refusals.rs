//! Requests that never reach the router, because the server itself refuses them.
//!
//! The parser refuses what is no HTTP; these are requests that it lets through and the anchor's server does
//! not. The answers have no headers but what HTTP needs, as there. One that is refused there is answered
//! here: `Content-Length` beside `Transfer-Encoding`. The parser has dropped the first by then, and closes
//! the connection after the answer, which is all that safety asks for.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Method, Request, StatusCode, Version, header};

/// The methods beside those that the `http` crate has names for, which the anchor's server knows.
const OTHER_METHODS: [&str; 26] = [
    "ACL",
    "BIND",
    "CHECKOUT",
    "COPY",
    "LINK",
    "LOCK",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "NOTIFY",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

/// The answer to a request that is not to be handled.
pub(super) fn refuse<B>(request: &Request<B>) -> Option<Response> {
    if !is_known(request.method()) {
        return Some(closing(StatusCode::BAD_REQUEST));
    }
    // HTTP/2 has `:authority` in its place.
    if request.version() == Version::HTTP_11 && !request.headers().contains_key(header::HOST) {
        return Some(closing(StatusCode::BAD_REQUEST));
    }
    let expected = request.headers().get(header::EXPECT)?;
    let known = expected.as_bytes().eq_ignore_ascii_case(b"100-continue");
    (!known).then(|| closing(StatusCode::EXPECTATION_FAILED))
}

fn is_known(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::POST
            | Method::PUT
            | Method::DELETE
            | Method::PATCH
            | Method::HEAD
            | Method::OPTIONS
            | Method::TRACE
            | Method::CONNECT
    ) || OTHER_METHODS.contains(&method.as_str())
}

/// The body of the request is left unread, so the connection is of no further use.
fn closing(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &str, version: Version, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().method(method).version(version).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("the request is well formed");
        refuse(&request).map(|response| response.status().as_u16())
    }

    #[test]
    fn what_the_anchors_server_refuses_is_refused() {
        let host: &[(&str, &str)] = &[("host", "test")];
        for (method, status) in [
            ("GET", None),
            ("PROPFIND", None),
            ("M-SEARCH", None),
            ("BREW", Some(400)),
            ("get", Some(400)),
        ] {
            assert_eq!(refused(method, Version::HTTP_11, host), status, "{method}");
        }
        for (version, status) in [
            (Version::HTTP_10, None),
            (Version::HTTP_11, Some(400)),
            (Version::HTTP_2, None),
        ] {
            assert_eq!(refused("GET", version, &[]), status, "{version:?}");
        }
        for (expect, status) in [
            ("100-continue", None),
            ("100-Continue", None),
            ("something", Some(417)),
        ] {
            let headers = [("host", "test"), ("expect", expect)];
            assert_eq!(
                refused("POST", Version::HTTP_11, &headers),
                status,
                "{expect}"
            );
        }
    }
}
