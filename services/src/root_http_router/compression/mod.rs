//! Compressed answers, for clients that accept them.
//!
//! As with the anchor: types that gain by it, from 1 kB upwards, streams from their first byte, never HEAD.
//! The entity tag stays, for it is weak. Every answer of such a type says that it depends on
//! `Accept-Encoding`, compressed or not. `backend.server.compression: false` leaves it to a proxy.

mod accept;
mod body;
mod types;

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use self::body::Compressed;
use super::vary;

/// Bodies that are known to be shorter go as they are.
const THRESHOLD: u64 = 1024;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Deflate,
}

impl Encoding {
    /// The one that a request asks for.
    pub(super) fn asked_for(method: &Method, headers: &HeaderMap) -> Option<Self> {
        if method == Method::HEAD {
            return None;
        }
        accept::best(headers.get(header::ACCEPT_ENCODING)?)
    }

    fn name(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        })
    }
}

/// Compresses an answer if it is worth it.
pub(super) fn apply(encoding: Option<Encoding>, response: &mut Response) {
    let headers = response.headers();
    let gains = headers.get(header::CONTENT_TYPE).is_some_and(types::gain);
    if !gains || forbids_changes(headers) {
        return;
    }
    vary::add(response.headers_mut(), "Accept-Encoding");
    let Some(encoding) = encoding else {
        return;
    };
    let length = response.body().size_hint().exact();
    if length.is_some_and(|length| length < THRESHOLD)
        || response.status() == StatusCode::PARTIAL_CONTENT
        || response.headers().contains_key(header::CONTENT_ENCODING)
    {
        return;
    }
    let body = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(Compressed::new(encoding, body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, encoding.name());
    headers.remove(header::CONTENT_LENGTH);
    // Ranges of the body as it was do not fit the one that is sent.
    headers.remove(header::ACCEPT_RANGES);
}

fn forbids_changes(headers: &HeaderMap) -> bool {
    headers.get_all(header::CACHE_CONTROL).iter().any(|value| {
        let mut parts = value.as_bytes().split(|byte| *byte == b',');
        parts.any(|part| part.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::body::to_bytes;
    use axum::response::IntoResponse as _;

    use super::*;

    fn json(length: usize) -> Response {
        (
            [(header::CONTENT_TYPE, "application/json")],
            "x".repeat(length),
        )
            .into_response()
    }

    fn header(response: &Response, name: header::HeaderName) -> Option<&str> {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    async fn bytes(response: Response) -> Vec<u8> {
        let body = to_bytes(response.into_body(), usize::MAX).await;
        body.expect("nothing fails").to_vec()
    }

    #[tokio::test]
    async fn each_encoding_is_read_back() {
        let text = "x".repeat(5000);
        for encoding in [Encoding::Brotli, Encoding::Gzip, Encoding::Deflate] {
            let mut response = json(5000);
            response
                .headers_mut()
                .insert(header::ETAG, HeaderValue::from_static("W/\"1\""));
            apply(Some(encoding), &mut response);
            assert_eq!(
                response.headers()[header::CONTENT_ENCODING],
                encoding.name()
            );
            assert_eq!(header(&response, header::CONTENT_LENGTH), None);
            assert_eq!(header(&response, header::ETAG), Some("W/\"1\""));
            let sent = bytes(response).await;
            assert!(sent.len() < 500, "{encoding:?}: {}", sent.len());
            let mut read = String::new();
            let result = match encoding {
                Encoding::Brotli => {
                    brotli::Decompressor::new(&*sent, 4096).read_to_string(&mut read)
                }
                Encoding::Gzip => flate2::read::GzDecoder::new(&*sent).read_to_string(&mut read),
                Encoding::Deflate => {
                    flate2::read::ZlibDecoder::new(&*sent).read_to_string(&mut read)
                }
            };
            result.expect("it can be read back");
            assert_eq!(read, text, "{encoding:?}");
        }
    }

    #[tokio::test]
    async fn what_does_not_gain_goes_as_it_is() {
        let image = || ([(header::CONTENT_TYPE, "image/png")], "x".repeat(5000)).into_response();
        let mut fixed = json(5000);
        fixed.headers_mut().insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, no-transform"),
        );
        let mut encoded = json(5000);
        encoded
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        for (mut response, varies) in [
            (json(1023), true),
            (encoded, true),
            (fixed, false),
            (image(), false),
            (StatusCode::NO_CONTENT.into_response(), false),
        ] {
            let length = response.body().size_hint().exact();
            apply(Some(Encoding::Gzip), &mut response);
            assert_ne!(header(&response, header::CONTENT_ENCODING), Some("gzip"));
            assert_eq!(
                header(&response, header::VARY),
                varies.then_some("Accept-Encoding")
            );
            assert_eq!(response.body().size_hint().exact(), length);
        }
    }

    #[test]
    fn head_is_never_compressed() {
        let headers =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
        assert_eq!(
            Encoding::asked_for(&Method::GET, &headers),
            Some(Encoding::Gzip)
        );
        assert_eq!(Encoding::asked_for(&Method::HEAD, &headers), None);
    }
}
