//! The bytes of an error's body.
//!
//! Written with serialisers of its own rather than through `serde_json::Value`, because the order of
//! the keys is part of the wire format, and a map would sort them unless some crate in the tree turns
//! on a feature. Nothing here decides what a client may see; the caller passes that in [`Hidden`].

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::etag::weak_etag;
use super::of_a_database::is_of_a_database;
use super::report::RequestLine;
use super::{BoxError, Parts};

/// The content type of every JSON answer of the framework.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// How the JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Without white space.
    Compact,
    /// Indented by two spaces.
    Pretty,
}

/// What stands in the place of an internal error's message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hidden<'a> {
    /// The message itself, unless it is a database's, which has the id in its place: development.
    Shown(Option<&'a str>),
    /// The id under which the log has it.
    LogId(&'a str),
    /// Neither, because nothing was logged.
    Nameless,
}

impl Hidden<'_> {
    /// The words for an internal error.
    pub(super) fn words(self, source: &BoxError) -> String {
        match self {
            Self::Shown(_) if !is_of_a_database(&**source) => source.to_string(),
            Self::Shown(Some(id)) | Self::LogId(id) => {
                format!("An internal error occurred logId={id}")
            }
            Self::Shown(None) | Self::Nameless => "An internal error occurred".to_owned(),
        }
    }
}

/// Writes the JSON of an error. Without `request`, the member of that name is left out.
pub(super) fn render(
    parts: &Parts,
    request: Option<&RequestLine<'_>>,
    hidden: Hidden<'_>,
    layout: Layout,
) -> Vec<u8> {
    let document = Document {
        parts,
        request,
        hidden,
    };
    let written = match layout {
        Layout::Compact => serde_json::to_vec(&document),
        Layout::Pretty => serde_json::to_vec_pretty(&document),
    };
    written.expect("strings and JSON values under string keys serialise into memory without fail")
}

/// Makes rendered JSON the body of `response`, with content type and entity tag. A 304 has no body, but the
/// tag of what it would be.
pub(super) fn put(response: &mut Response, rendered: Vec<u8>) {
    let etag = weak_etag(&rendered);
    let status = response.status();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::ETAG, etag);
    if status == StatusCode::NOT_MODIFIED {
        headers.remove(header::CONTENT_TYPE);
        *response.body_mut() = Body::empty();
    } else {
        headers.insert(header::CONTENT_TYPE, JSON);
        *response.body_mut() = Body::from(rendered);
    }
}

struct Document<'a> {
    parts: &'a Parts,
    request: Option<&'a RequestLine<'a>>,
    hidden: Hidden<'a>,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("error", &ErrorMember(self.parts, self.hidden))?;
        if let Some(request) = self.request {
            map.serialize_entry("request", &RequestMember(request))?;
        }
        map.serialize_entry("response", &ResponseMember(self.parts.status.as_u16()))?;
        map.end()
    }
}

/// The outermost error: name and message come first.
struct ErrorMember<'a>(&'a Parts, Hidden<'a>);

impl Serialize for ErrorMember<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(parts, hidden) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &parts.name)?;
        map.serialize_entry("message", &parts.told(hidden))?;
        own_members(&mut map, parts, hidden)?;
        map.end()
    }
}

/// An error behind another: name and message come last.
struct CauseMember<'a>(&'a Parts, Hidden<'a>);

impl Serialize for CauseMember<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(parts, hidden) = *self;
        let mut map = serializer.serialize_map(None)?;
        own_members(&mut map, parts, hidden)?;
        map.serialize_entry("name", &parts.name)?;
        map.serialize_entry("message", &parts.told(hidden))?;
        map.end()
    }
}

fn own_members<M: SerializeMap>(
    map: &mut M,
    parts: &Parts,
    hidden: Hidden<'_>,
) -> Result<(), M::Error> {
    let cause = parts.cause();
    if let Some(cause) = cause {
        map.serialize_entry("cause", &CauseMember(cause, hidden))?;
    }
    for (name, value) in &parts.fields {
        // One key twice would leave it to the reader which counts.
        if cause.is_none() || *name != "cause" {
            map.serialize_entry(name, value)?;
        }
    }
    Ok(())
}

struct RequestMember<'a>(&'a RequestLine<'a>);

impl Serialize for RequestMember<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("method", self.0.method.as_str())?;
        map.serialize_entry("url", self.0.url)?;
        map.end()
    }
}

struct ResponseMember(u16);

impl Serialize for ResponseMember {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("statusCode", &self.0)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::super::HttpError;
    use super::*;

    fn line(url: &str) -> RequestLine<'_> {
        RequestLine {
            method: &Method::GET,
            url,
            plugin: None,
            request_id: &"r",
        }
    }

    fn text(error: &HttpError, hidden: Hidden<'_>, layout: Layout) -> String {
        let bytes = render(&error.parts, Some(&line("/me?x=1")), hidden, layout);
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    #[test]
    fn keys_stand_in_the_anchors_order() {
        let error = HttpError::payload_too_large()
            .with_field("expected", 110_008)
            .with_field("limit", 102_400)
            .with_field("type", "entity.too.large");
        assert_eq!(
            text(&error, Hidden::Shown(None), Layout::Compact),
            r#"{"error":{"name":"PayloadTooLargeError","message":"request entity too large","expected":110008,"limit":102400,"type":"entity.too.large"},"request":{"method":"GET","url":"/me?x=1"},"response":{"statusCode":413}}"#
        );
    }

    #[test]
    fn a_databases_words_are_shown_to_nobody() {
        let wrapped = || {
            let error = sea_orm::DbErr::Custom("no such table: secrets".to_owned());
            HttpError::forwarded("query failed", HttpError::internal(error))
        };
        for hidden in [Hidden::Shown(Some("abc")), Hidden::LogId("abc")] {
            let text = text(&wrapped(), hidden, Layout::Compact);
            assert!(!text.contains("secrets"), "{text}");
            assert!(text.contains("logId=abc"), "{text}");
        }
        let text = text(&wrapped(), Hidden::Shown(None), Layout::Compact);
        assert!(!text.contains("secrets"), "{text}");
    }

    #[test]
    fn development_indents_by_two_spaces() {
        let pretty = text(
            &HttpError::missing_credentials(),
            Hidden::Shown(None),
            Layout::Pretty,
        );
        assert!(pretty.starts_with("{\n  \"error\": {\n    \"name\": \"AuthenticationError\",\n"));
    }

    #[test]
    fn a_304_has_the_tag_of_a_body_and_none() {
        use axum::body::HttpBody as _;
        use axum::response::IntoResponse as _;

        let response = HttpError::not_modified("m").into_response();
        assert_eq!(response.status(), 304);
        assert!(response.headers().contains_key(header::ETAG));
        assert!(!response.headers().contains_key(header::CONTENT_TYPE));
        assert!(response.into_body().is_end_stream());
    }

    #[test]
    fn the_message_of_an_internal_error_is_shown_or_replaced() {
        let error = HttpError::internal("boom");
        for (hidden, expected) in [
            (Hidden::Shown(Some("abc")), r#""message":"boom""#),
            (
                Hidden::LogId("abc"),
                r#""message":"An internal error occurred logId=abc""#,
            ),
            (
                Hidden::Nameless,
                r#""message":"An internal error occurred""#,
            ),
        ] {
            assert!(text(&error, hidden, Layout::Compact).contains(expected));
        }
    }
}
