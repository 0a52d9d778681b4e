//! The errors that an HTTP client gets to see, in the wire format of the anchor.
//!
//! A status, a name and a message are for the client; what went wrong inside is for the log. The two
//! are kept apart by construction: [`HttpError::internal`] takes any error, and what is sent in
//! production is only an id under which the log has the rest.
//!
//! A handler does not know the request's method and url, which are part of the body. So the error
//! travels as an extension of the response, and the root HTTP router writes the body where it has the
//! request at hand. This module deliberately has no conversion from arbitrary errors: `?` in handlers
//! is the matter of the plugin error type, which builds on this one.

mod body;
mod etag;
mod kinds;
mod log_id;
mod report;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

pub(crate) use body::JSON;
pub(crate) use etag::weak_etag;
pub(crate) use report::{ErrorReporter, RequestLine};

/// A boxed error of any type, as the log prints it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error that is answered to an HTTP client as JSON.
///
/// The body is `{"error":{"name":…,"message":…},"request":{"method":…,"url":…},"response":{"statusCode":…}}`,
/// compact in production, with two spaces of indentation in development.
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
    fields: Vec<(&'static str, Value)>,
    retry_after: Option<Duration>,
    closes: bool,
    logged: bool,
    source: Option<BoxError>,
}

/// The extension of a response by which an error reaches the root HTTP router.
#[derive(Clone)]
struct Raised(Arc<Parts>);

impl HttpError {
    /// An error of any status and name; the constructors below name the usual ones.
    #[must_use]
    pub fn new(
        status: StatusCode,
        name: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            parts: Box::new(Parts {
                status,
                name: name.into(),
                message: message.into(),
                fields: Vec::new(),
                retry_after: None,
                closes: false,
                logged: true,
                source: None,
            }),
        }
    }

    /// Adds a member to the `error` object, after name, message and the members added before.
    #[must_use]
    pub fn with_field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.parts.fields.push((name, value.into()));
        self
    }

    /// Tells the client when to try again: the header `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.parts.retry_after = Some(after);
        self
    }

    /// Tells the log what is behind the error; the client does not learn it.
    #[must_use]
    pub(crate) fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.parts.source = Some(source.into());
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

    /// The message for the client; empty for an internal error.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.parts.message
    }

    /// A response that still lacks its body, for code that runs below the root HTTP router for sure.
    pub(crate) fn into_bare_response(self) -> Response {
        let mut response = self.parts.status.into_response();
        response
            .extensions_mut()
            .insert(Raised(Arc::new(*self.parts)));
        response
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parts.source {
            Some(source) if self.parts.message.is_empty() => source.fmt(formatter),
            _ => formatter.write_str(&self.parts.message),
        }
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.parts.source.as_deref()?;
        // An internal error prints as its source, so what lies behind that one comes next.
        if self.parts.message.is_empty() {
            source.source()
        } else {
            Some(source)
        }
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
