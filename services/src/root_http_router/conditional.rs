//! Conditional requests: 304 for a client that has the answer already.
//!
//! As with the anchor, only successful answers to GET and HEAD are compared, weakly, and a client that says
//! `Cache-Control: no-cache` gets the whole. `If-Modified-Since` counts where there is no `If-None-Match`,
//! for handlers that tell when something changed.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

/// What a client says of the copy that it has.
pub(super) struct Condition {
    none_match: Vec<HeaderValue>,
    modified_since: Option<HeaderValue>,
}

/// Describes the body that a 304 does not have.
const REPRESENTATION: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_RANGE,
    header::TRANSFER_ENCODING,
];

impl Condition {
    /// The condition of a request, if it has one.
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        if method != Method::GET && method != Method::HEAD {
            return None;
        }
        let none_match: Vec<_> = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .cloned()
            .collect();
        let modified_since = headers.get(header::IF_MODIFIED_SINCE).cloned();
        if none_match.is_empty() && modified_since.is_none() || wants_the_whole(headers) {
            return None;
        }
        Some(Self {
            none_match,
            modified_since,
        })
    }

    /// Turns an answer that the client has already into a 304.
    pub(super) fn apply(&self, response: &mut Response) {
        if !response.status().is_success() || !self.is_met_by(response.headers()) {
            return;
        }
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for name in REPRESENTATION {
            response.headers_mut().remove(name);
        }
    }

    fn is_met_by(&self, answer: &HeaderMap) -> bool {
        if self.none_match.is_empty() {
            let changed = answer.get(header::LAST_MODIFIED).and_then(date);
            let known = self.modified_since.as_ref().and_then(date);
            return changed
                .zip(known)
                .is_some_and(|(changed, known)| changed <= known);
        }
        let Some(tag) = answer.get(header::ETAG).map(|tag| opaque(tag.as_bytes())) else {
            return false;
        };
        self.none_match.iter().any(|list| {
            // No tag that the framework makes has a comma in it.
            let mut tags = list
                .as_bytes()
                .split(|byte| *byte == b',')
                .map(<[u8]>::trim_ascii);
            tags.any(|candidate| candidate == b"*" || opaque(candidate) == tag)
        })
    }
}

fn wants_the_whole(headers: &HeaderMap) -> bool {
    headers.get_all(header::CACHE_CONTROL).iter().any(|value| {
        let mut parts = value.as_bytes().split(|byte| *byte == b',');
        parts.any(|part| part.trim_ascii().eq_ignore_ascii_case(b"no-cache"))
    })
}

/// The tag without the mark of weakness.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

fn date(value: &HeaderValue) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    const TAG: &str = "W/\"f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg\"";

    fn asked(method: Method, sent: &[(&'static str, &str)], answer: Response) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let value = HeaderValue::try_from(*value).expect("a valid value");
            headers.append(HeaderName::from_static(name), value);
        }
        let mut answer = answer;
        if let Some(condition) = Condition::of(&method, &headers) {
            condition.apply(&mut answer);
        }
        answer
    }

    fn tagged() -> Response {
        ([(header::ETAG, TAG), (header::VARY, "Origin")], "body").into_response()
    }

    #[test]
    fn tags_are_compared_as_the_anchor_compares_them() {
        let strong = &TAG[2..];
        let list = format!("\"x\", {TAG}");
        let table: [(&[(&'static str, &str)], u16); 10] = [
            (&[("if-none-match", TAG)], 304),
            (&[("if-none-match", strong)], 304),
            (&[("if-none-match", "*")], 304),
            (&[("if-none-match", &list)], 304),
            (&[("if-none-match", "\"x\""), ("if-none-match", TAG)], 304),
            (&[("if-none-match", "\"x\"")], 200),
            (&[("if-none-match", "")], 200),
            (
                &[
                    ("if-none-match", TAG),
                    ("cache-control", "max-age=0, No-Cache"),
                ],
                200,
            ),
            (
                &[("if-modified-since", "Wed, 01 Jan 2098 00:00:00 GMT")],
                200,
            ),
            (&[], 200),
        ];
        for (sent, status) in table {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(asked(method, sent, tagged()).status(), status, "{sent:?}");
            }
            assert_eq!(
                asked(Method::POST, sent, tagged()).status(),
                200,
                "{sent:?}"
            );
        }
    }

    #[test]
    fn a_304_describes_no_body() {
        let answer = asked(Method::GET, &[("if-none-match", TAG)], tagged());
        let mut names: Vec<_> = answer.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["etag", "vary"]);
    }

    #[test]
    fn errors_are_never_304() {
        let mut answer = tagged();
        *answer.status_mut() = StatusCode::NOT_FOUND;
        assert_eq!(
            asked(Method::GET, &[("if-none-match", "*")], answer).status(),
            404
        );
    }

    #[test]
    fn dates_count_where_no_tag_is_sent() {
        let changed = || {
            (
                [(header::LAST_MODIFIED, "Wed, 01 Jan 2025 00:00:00 GMT")],
                "body",
            )
        };
        for (since, status) in [
            ("Wed, 01 Jan 2025 00:00:00 GMT", 304),
            ("Tue, 31 Dec 2024 23:59:59 GMT", 200),
            ("yesterday", 200),
        ] {
            let sent = [("if-modified-since", since)];
            let answer = asked(Method::GET, &sent, changed().into_response());
            assert_eq!(answer.status(), status, "{since}");
        }
        let sent = [
            ("if-none-match", "\"x\""),
            ("if-modified-since", "Wed, 01 Jan 2098 00:00:00 GMT"),
        ];
        assert_eq!(
            asked(Method::GET, &sent, changed().into_response()).status(),
            200
        );
    }
}
