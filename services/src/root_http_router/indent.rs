//! JSON as people read it: in development every answer of JSON is indented by two spaces, as with the anchor.
//!
//! The text is laid out anew and not parsed into values, so members keep their order, and numbers and strings
//! the way in which they were written. What is no JSON, and what comes as a stream, stays as it is. Production
//! has none of this.
//!
//! An answer to HEAD has lost its body before it comes to the root router, and its length is told already. So
//! the request carries [`Wanted`] to the place where the body still is.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::de::IgnoredAny;

use super::whole_body;

/// Nobody reads what is nested deeper, and its indentation alone would fill the memory.
const DEEPEST: usize = 128;

/// Marks a request whose answer will be indented.
#[derive(Clone, Copy)]
struct Wanted;

/// Says that the answer to a request will be indented.
pub(super) fn announce(request: &mut Request) {
    request.extensions_mut().insert(Wanted);
}

/// Whether the answer to a request will be indented.
pub(super) fn is_announced(request: &Request) -> bool {
    request.extensions().get::<Wanted>().is_some()
}

/// Indents the body of an answer, if it is JSON and in memory.
pub(super) fn apply(response: &mut Response) {
    let headers = response.headers();
    if response.status() == StatusCode::PARTIAL_CONTENT
        || headers.contains_key(header::CONTENT_ENCODING)
        || !is_json(headers)
    {
        return;
    }
    let Some(written) = whole_body::take(response) else {
        return;
    };
    let Some(indented) = indented(&written) else {
        *response.body_mut() = Body::from(written);
        return;
    };
    if let Some(length) = response.headers_mut().get_mut(header::CONTENT_LENGTH) {
        *length = HeaderValue::from(indented.len());
    }
    *response.body_mut() = Body::from(indented);
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let name = content_type.and_then(|value| value.as_bytes().split(|byte| *byte == b';').next());
    name.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"application/json"))
}

/// Where in the text a byte stands.
enum Place {
    Between,
    InString,
    /// After a backslash.
    Escaped,
}

/// The same JSON, a member on each line; none if it is not JSON, or nested too deeply.
fn indented(json: &[u8]) -> Option<Vec<u8>> {
    serde_json::from_slice::<IgnoredAny>(json).ok()?;
    let mut written = Vec::with_capacity(2 * json.len());
    let mut depth = 0_usize;
    let mut place = Place::Between;
    let mut opened = false;
    for &byte in json {
        match place {
            Place::Between => {}
            Place::InString => {
                written.push(byte);
                place = match byte {
                    b'"' => Place::Between,
                    b'\\' => Place::Escaped,
                    _ => Place::InString,
                };
                continue;
            }
            Place::Escaped => {
                written.push(byte);
                place = Place::InString;
                continue;
            }
        }
        if byte.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(byte, b'}' | b']');
        if closes {
            depth = depth.checked_sub(1)?;
        }
        // What is empty stays on its line.
        if closes != opened {
            break_line(&mut written, depth);
        }
        opened = matches!(byte, b'{' | b'[');
        if opened {
            depth += 1;
            if depth > DEEPEST {
                return None;
            }
        }
        written.push(byte);
        match byte {
            b'"' => place = Place::InString,
            b',' => break_line(&mut written, depth),
            b':' => written.push(b' '),
            _ => {}
        }
    }
    Some(written)
}

fn break_line(written: &mut Vec<u8>, depth: usize) {
    written.push(b'\n');
    written.extend(std::iter::repeat_n(b' ', 2 * depth));
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::response::IntoResponse as _;
    use futures_util::stream;

    use super::*;

    fn text(json: &str) -> Option<String> {
        let written = indented(json.as_bytes())?;
        Some(String::from_utf8(written).expect("it was text before"))
    }

    #[test]
    fn order_numbers_and_strings_stay_as_written() {
        let json = concat!(
            r#"{"z":1.0,"a":[1e400,-0,123456789012345678901234567890],"#,
            r#""t":"\u00e9 \" {,:[ \\","":{"x":[{},[ ],null,{"y":true}]},"z": 2}"#
        );
        let expected = r#"{
  "z": 1.0,
  "a": [
    1e400,
    -0,
    123456789012345678901234567890
  ],
  "t": "\u00e9 \" {,:[ \\",
  "": {
    "x": [
      {},
      [],
      null,
      {
        "y": true
      }
    ]
  },
  "z": 2
}"#;
        assert_eq!(text(json).as_deref(), Some(expected));
        assert_eq!(text(expected).as_deref(), Some(expected));
    }

    #[test]
    fn a_single_value_has_one_line() {
        for json in ["{}", "[]", "1.50", r#""a: [b]""#, "null"] {
            assert_eq!(text(json).as_deref(), Some(json));
        }
        assert_eq!(text(" [\n\t] ").as_deref(), Some("[]"));
    }

    #[test]
    fn it_is_written_as_the_library_writes_it() {
        let value = serde_json::json!({"a": [1, [], {"b": "c\n"}], "d": {}, "e": [[[]]]});
        let expected = serde_json::to_string_pretty(&value).expect("it is JSON");
        assert_eq!(text(&value.to_string()), Some(expected));
    }

    #[test]
    fn what_is_not_json_or_much_too_deep_is_left_alone() {
        for json in ["", "{", "{} {}", "{'a':1}", "[1,]", "\u{feff}{}", "]["] {
            assert_eq!(text(json), None, "{json}");
        }
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(text(&nested(DEEPEST)).is_some());
        assert_eq!(text(&nested(DEEPEST + 1)), None);
        assert_eq!(text(&nested(100_000)), None);
    }

    #[tokio::test]
    async fn only_whole_bodies_of_json_are_touched() {
        let json = "application/json";
        let content_type = |name: &'static str| [(header::CONTENT_TYPE, name)];
        let chunks = stream::iter([Ok::<_, axum::Error>("[1]")]);
        for (mut response, expected) in [
            ((content_type(json), "[1]").into_response(), "[\n  1\n]"),
            (
                (content_type("Application/JSON ; charset=utf-8"), "[1]").into_response(),
                "[\n  1\n]",
            ),
            ((content_type(json), "[1").into_response(), "[1"),
            ((content_type("text/plain"), "[1]").into_response(), "[1]"),
            (
                (content_type("application/geo+json"), "[1]").into_response(),
                "[1]",
            ),
            (
                (StatusCode::PARTIAL_CONTENT, content_type(json), "[1]").into_response(),
                "[1]",
            ),
            (
                (content_type(json), Body::from_stream(chunks)).into_response(),
                "[1]",
            ),
        ] {
            apply(&mut response);
            let body = to_bytes(response.into_body(), 100).await;
            assert_eq!(body.expect("no part fails"), expected);
        }
    }
}
