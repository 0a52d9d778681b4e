//! Undoes the compression of a request's body, and stops when it grows beyond its limit: a hundred kilobytes
//! can hold a hundred megabytes.

use std::io::{self, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use http::StatusCode;

use super::body_limit::TooLarge;
use super::wording;
use crate::http_error::HttpError;

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 1950, which is what HTTP calls deflate.
    Deflate,
}

impl Encoding {
    /// The encoding that a header names; none means as it is.
    pub(super) fn of(name: &str) -> Result<Self, HttpError> {
        match name {
            "" | "identity" => Ok(Self::Identity),
            "gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            _ => {
                let name = wording::shortened(name);
                let message = format!("unsupported content encoding \"{name}\"");
                Err(HttpError::unsupported_media_type(message)
                    .with_field("encoding", name)
                    .with_field("type", "encoding.unsupported"))
            }
        }
    }

    /// The body as it was before.
    pub(super) fn decode(self, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, HttpError> {
        if self == Self::Identity || body.is_empty() {
            return Ok(body);
        }
        if !self.begins(&body) {
            return Err(damaged("incorrect header check", -3, "Z_DATA_ERROR"));
        }
        let mut whole = Vec::new();
        // One byte more shows that there is more.
        let limit_seen = limit.saturating_add(1);
        let read = match self {
            Self::Deflate => ZlibDecoder::new(&*body)
                .take(limit_seen)
                .read_to_end(&mut whole),
            _ => MultiGzDecoder::new(&*body)
                .take(limit_seen)
                .read_to_end(&mut whole),
        };
        match read.map_err(|error| error.kind()) {
            Ok(_) => {}
            Err(io::ErrorKind::UnexpectedEof) => {
                return Err(damaged("unexpected end of file", -5, "Z_BUF_ERROR"));
            }
            Err(_) => return Err(damaged("incorrect data check", -3, "Z_DATA_ERROR")),
        }
        let received = whole.len() as u64;
        if received > limit {
            return Err(TooLarge::Received { received, limit }.into());
        }
        Ok(whole)
    }

    /// Whether the body has the mark of its encoding. The decoder of gzip would call a short text an early end.
    fn begins(self, body: &[u8]) -> bool {
        match (self, body) {
            (Self::Gzip, _) => body.starts_with(&[0x1f, 0x8b]),
            (Self::Deflate, &[first, second, ..]) => {
                first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31)
            }
            (Self::Deflate, _) => false,
            (Self::Identity, _) => true,
        }
    }
}

/// The words and numbers of zlib, which clients of the model know.
fn damaged(message: &'static str, number: i32, code: &'static str) -> HttpError {
    HttpError::new(StatusCode::BAD_REQUEST, "Error", message)
        .with_field("errno", number)
        .with_field("code", code)
        .with_field("expose", true)
        .with_field("statusCode", 400)
        .with_field("status", 400)
}
