//! An error that is the same for every request, written once.
//!
//! It has no `request` member, as the anchor's refusals have none that come before its error handler.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::HttpError;
use super::body::{self, Hidden, JSON, Layout};
use super::etag::weak_etag;
use crate::config::Mode;

/// The answer, ready to be sent again and again.
pub(crate) struct StandingError {
    status: StatusCode,
    body: Bytes,
    etag: HeaderValue,
}

impl StandingError {
    /// Writes an error.
    pub(crate) fn new(error: &HttpError, mode: Mode) -> Self {
        let layout = match mode {
            Mode::Development => Layout::Pretty,
            Mode::Production => Layout::Compact,
        };
        let body = body::render(&error.parts, None, Hidden::Nameless, layout);
        Self {
            status: error.status(),
            etag: weak_etag(&body),
            body: body.into(),
        }
    }

    /// The answer once more.
    pub(crate) fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ETAG, self.etag.clone());
        response
    }
}
