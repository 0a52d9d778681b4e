//! The errors that an HTTP client gets to see, in the wire format of the anchor.
//!
//! A status, a name and a message are for the client; what went wrong inside is for the log. The two
//! are kept apart by construction: [`HttpError::internal`] takes any error, and what is sent in
//! production is only an id under which the log has the rest.
//!
//! A handler does not know the request's method and url, which are part of the body. So the error
//! travels as an extension of the response, and the root HTTP router writes the body where it has the
//! request at hand. This module deliberately has no conversion from arbitrary errors: `?` in handlers
//! is the matter of [`ApiError`](crate::handler::ApiError), which builds on this one.
//!
//! The model adds `stack` in development. Rust's errors have none, so it is left out rather than filled
//! with something else; the log names plugin, request and every cause.

mod body;
mod cause;
mod etag;
mod kinds;
mod log_id;
mod logged_url;
mod of_a_database;
mod ordered;
#[cfg(test)]
mod recorded;
mod report;
mod response_error;
mod standing;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use cause::Behind;
use ordered::Ordered;

pub(crate) use body::JSON;
pub(crate) use etag::weak_etag;
pub(crate) use log_id::log_id;
pub(crate) use logged_url::logged_url;
pub(crate) use report::{ErrorReporter, RequestLine};
pub(crate) use standing::StandingError;

/// A boxed error of any type, as the log prints it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error that is answered to an HTTP client as JSON.
///
/// The body is `{"error":{"name":…,"message":…},"request":{"method":…,"url":…},"response":{"statusCode":…}}`,
/// compact in production, with two spaces of indentation in development. It is an error like any other: `?`
/// passes it on, and in a handler that returns [`ApiError`](crate::handler::ApiError) it keeps its status.
///
/// | constructor | status | name |
/// |---|---|---|
/// | [`not_modified`](Self::not_modified) | 304, without a body | `NotModifiedError` |
/// | [`input`](Self::input) | 400 | `InputError` |
/// | [`authentication`](Self::authentication), [`missing_credentials`](Self::missing_credentials) | 401 | `AuthenticationError` |
/// | [`not_allowed`](Self::not_allowed) | 403 | `NotAllowedError` |
/// | [`not_found`](Self::not_found) | 404 | `NotFoundError` |
/// | [`conflict`](Self::conflict) | 409 | `ConflictError` |
/// | [`payload_too_large`](Self::payload_too_large) | 413 | `PayloadTooLargeError` |
/// | [`unsupported_media_type`](Self::unsupported_media_type) | 415 | `UnsupportedMediaTypeError` |
/// | [`internal`](Self::internal) | 500 | `Error`, with an id in place of the message |
/// | [`not_implemented`](Self::not_implemented) | 501 | `NotImplementedError` |
/// | [`unavailable`](Self::unavailable) | 503 | `ServiceUnavailableError` |
/// | [`forwarded`](Self::forwarded) | its cause's | its cause's |
/// | [`response`](Self::response) | the other backend's | `ResponseError` |
/// | [`new`](Self::new) | any | any |
///
/// # What the client learns
///
/// Name, message, fields, and the causes that were given with [`with_cause`](Self::with_cause) or
/// [`forwarded`](Self::forwarded). It does not learn what is behind [`internal`](Self::internal) and
/// [`with_source`](Self::with_source), wherever in a chain of causes it stands: that is for the log. In
/// development the message of an internal error is sent, unless it is one of a database.
#[derive(Debug)]
pub struct HttpError {
    parts: Box<Parts>,
}

/// What is inside an [`HttpError`]; apart, so that the error is one pointer wide in a `Result`.
#[derive(Debug)]
struct Parts {
    status: StatusCode,
    name: Cow<'static, str>,
    message: Cow<'static, str>,
    fields: Vec<(&'static str, Ordered)>,
    retry_after: Option<Duration>,
    closes: bool,
    logged: bool,
    behind: Behind,
}

/// The extension of a response by which an error reaches the root HTTP router.
#[derive(Clone)]
struct Raised(Arc<HttpError>);

impl HttpError {
    /// An error of any status and name; the constructors below name the usual ones. A status that no answer can
    /// end with, which is any outside of 200 to 599, becomes 500.
    #[must_use]
    pub fn new(
        status: StatusCode,
        name: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            parts: Box::new(Parts {
                status: final_status(status),
                name: name.into(),
                message: message.into(),
                fields: Vec::new(),
                retry_after: None,
                closes: false,
                logged: true,
                behind: Behind::Nothing,
            }),
        }
    }

    /// Adds a member to the `error` object, after name, message and the members added before. One of the
    /// same name is replaced; `name` and `message` stay what they are.
    #[must_use]
    pub fn with_field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.put_field(name, value.into().into());
        self
    }

    fn put_field(&mut self, name: &'static str, value: Ordered) {
        let fields = &mut self.parts.fields;
        match fields.iter_mut().find(|(existing, _)| *existing == name) {
            Some((_, existing)) => *existing = value,
            None if matches!(name, "name" | "message") => {}
            None => fields.push((name, value)),
        }
    }

    /// Answers with another status than that of the kind. The client finds it in the member `statusCode` too, as it
    /// was given; for the answer itself, the range is that of [`new`](Self::new).
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.parts.status = final_status(status);
        self.with_field("statusCode", status.as_u16())
    }

    /// Tells the client what is behind the error: `; caused by Name: message` is added to the message, and
    /// the error has the member `cause`. An internal error stays hidden there too.
    ///
    /// An error has one cause; the last one given counts.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<HttpError>) -> Self {
        self.parts.behind = Behind::Cause(cause.into());
        self
    }

    /// Tells the log what is behind the error; the client does not learn it. The log has errors of status
    /// 500 and above, and the others at level `debug`.
    ///
    /// An error has one cause; the last one given counts.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.parts.behind = Behind::Source(source.into());
        self
    }

    /// Tells the client when to try again: the header `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.parts.retry_after = Some(after);
        self
    }

    /// Closes the connection after the answer.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.parts.closes = true;
        self
    }

    /// Leaves the error out of the error log: for the framework's own refusals, which say nothing that
    /// the request log and the life cycle's log do not say.
    #[must_use]
    pub(crate) fn unlogged(mut self) -> Self {
        self.parts.logged = false;
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.parts.status
    }

    /// The name, such as `NotFoundError`, by which clients tell errors apart.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// The message for the client, without its causes; empty for an internal error.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.parts.message
    }

    /// A response that still lacks its body, for code that runs below the root HTTP router for sure.
    pub(crate) fn into_bare_response(self) -> Response {
        let mut response = self.parts.status.into_response();
        response.extensions_mut().insert(Raised(Arc::new(self)));
        response
    }
}

/// The anchor takes a number that is no status for none at all.
fn final_status(status: StatusCode) -> StatusCode {
    match status.as_u16() {
        200..=599 => status,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parts.behind {
            Behind::Internal(source) => source.fmt(formatter),
            _ => formatter.write_str(&self.parts.message),
        }
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.parts.source()
    }
}

impl IntoResponse for HttpError {
    /// The body written here lacks `request`; the root HTTP router writes it anew. It is what a test
    /// sees that calls a plugin's router directly.
    fn into_response(self) -> Response {
        let rendered = body::render(
            &self.parts,
            None,
            body::Hidden::Nameless,
            body::Layout::Compact,
        );
        let mut response = self.into_bare_response();
        body::put(&mut response, rendered);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_shows_its_source_to_the_log_alone() {
        let error = HttpError::internal("connection refused");
        assert_eq!(error.to_string(), "connection refused");
        assert_eq!(error.message(), "");
        assert!(error.source().is_none());
    }
}
