//! An answer, and what a test asserts of it.

use axum::body::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Logs;
use crate::request::show;

/// The answer to a [`TestRequest`](crate::TestRequest).
///
/// An assertion that fails prints the request, the answer, and the lines that the backend logged for that request.
#[derive(Debug)]
pub struct TestResponse(Answered);

/// What an answer is made of.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The request, as a person reads it.
    pub(crate) sent: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) logs: Logs,
}

impl TestResponse {
    pub(crate) fn of(answered: Answered) -> Self {
        Self(answered)
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// A header, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0.body
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.0.body) {
            Ok(text) => text,
            Err(error) => self.fail(&format!("the body is no text: {error}")),
        }
    }

    /// The body, read as JSON.
    ///
    /// # Panics
    ///
    /// When it cannot be read as a `T`.
    #[must_use]
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.0.body) {
            Ok(value) => value,
            Err(error) => self.fail(&format!(
                "the body is no JSON of a `{}`: {error}",
                std::any::type_name::<T>()
            )),
        }
    }

    /// The lines that the backend had logged for this request when it was answered.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.0.logs
    }

    /// Asserts the status.
    ///
    /// # Panics
    ///
    /// When it is another.
    #[track_caller]
    pub fn assert_status(&self, expected: u16) -> &Self {
        if self.0.status.as_u16() != expected {
            self.fail(&format!(
                "the status should be {expected} and is {}",
                self.0.status.as_u16()
            ));
        }
        self
    }

    /// Asserts that the body is this JSON, whatever the order of its keys.
    ///
    /// # Panics
    ///
    /// When it is another, or none.
    #[track_caller]
    pub fn assert_json(&self, expected: impl Into<Value>) -> &Self {
        let (expected, found) = (expected.into(), self.json::<Value>());
        if found != expected {
            self.fail(&format!("the body should be {expected:#} and is {found:#}"));
        }
        self
    }

    /// Asserts that the body is this text.
    ///
    /// # Panics
    ///
    /// When it is another, or none.
    #[track_caller]
    pub fn assert_text(&self, expected: &str) -> &Self {
        if self.text() != expected {
            self.fail(&format!("the body should be {expected:?}"));
        }
        self
    }

    /// Asserts that a header has this value.
    ///
    /// # Panics
    ///
    /// When it has not.
    #[track_caller]
    pub fn assert_header(&self, name: &str, expected: &str) -> &Self {
        if self.header(name) != Some(expected) {
            self.fail(&format!("header `{name}` should be {expected:?}"));
        }
        self
    }

    /// Asserts that a header is not there.
    ///
    /// # Panics
    ///
    /// When it is.
    #[track_caller]
    pub fn assert_no_header(&self, name: &str) -> &Self {
        if self.0.headers.contains_key(name) {
            self.fail(&format!("header `{name}` should not be there"));
        }
        self
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let Answered {
            sent,
            status,
            headers,
            body,
            logs,
        } = &self.0;
        let mut received = format!("< {status}");
        show(&mut received, '<', headers, body);
        panic!("{what}\n\n{sent}\n\n{received}\n\n{logs}")
    }
}
