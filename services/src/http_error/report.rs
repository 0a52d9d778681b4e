//! Turns a raised error into what the client reads and what the log keeps.
//!
//! It runs in the root HTTP router, once an answer is there: the one place where the error, the
//! request and the mode are known together.

use std::fmt;
use std::time::Duration;

use axum::response::Response;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use super::body::{self, Hidden, Layout};
use super::cause::{Behind, details};
use super::log_id::log_id;
use super::logged_url::logged_url;
use super::{HttpError, Raised};
use crate::config::Mode;
use crate::logger::{Fields, Level, Logger};

/// The request that an error answers.
#[derive(Clone, Copy)]
pub(crate) struct RequestLine<'a> {
    /// The method as sent.
    pub(crate) method: &'a Method,
    /// Path below the mount and query, as sent.
    pub(crate) url: &'a str,
    /// The plugin that the request went to.
    pub(crate) plugin: Option<&'a str>,
    /// The request's id, for the log.
    pub(crate) request_id: &'a dyn fmt::Display,
}

/// Writes errors into answers and into the log.
pub(crate) struct ErrorReporter {
    mode: Mode,
    logger: Logger,
}

impl ErrorReporter {
    /// The logger is the root HTTP router's own.
    pub(crate) fn new(mode: Mode, logger: Logger) -> Self {
        Self { mode, logger }
    }

    /// Gives a response that carries an error its body and headers, and logs the error. Any other
    /// response is left alone.
    pub(crate) fn finish(&self, response: &mut Response, request: &RequestLine<'_>) {
        // Most answers carry no error: that has to be found out without hashing where possible.
        if response.extensions().is_empty() {
            return;
        }
        let Some(Raised(error)) = response.extensions_mut().remove::<Raised>() else {
            return;
        };
        let parts = &error.parts;
        let failed = parts.status.is_server_error() || parts.hides();
        let id = (parts.logged && failed).then(log_id);
        if let Some(id) = &id {
            self.log(Level::Error, &error, request, Some(id));
        } else if parts.logged && matches!(parts.behind, Behind::Source(_)) {
            self.log(Level::Debug, &error, request, None);
        }
        let (layout, hidden) = match (self.mode, &id) {
            (Mode::Development, id) => (Layout::Pretty, Hidden::Shown(id.as_deref())),
            (Mode::Production, Some(id)) => (Layout::Compact, Hidden::LogId(id)),
            (Mode::Production, None) => (Layout::Compact, Hidden::Nameless),
        };
        body::put(response, body::render(parts, Some(request), hidden, layout));
        let headers = response.headers_mut();
        if let Some(after) = parts.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
        }
        if parts.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }

    fn log(&self, level: Level, error: &HttpError, request: &RequestLine<'_>, id: Option<&str>) {
        if !self.logger.enabled(level) {
            return;
        }
        let parts = &error.parts;
        let details = details(error);
        let message = format!(
            "Request failed with status {} {details}",
            parts.status.as_u16()
        );
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("type", json!("errorHandler"));
        put("name", json!(parts.name));
        put("status", json!(parts.status.as_u16()));
        put("method", json!(request.method.as_str()));
        put("url", json!(logged_url(request.url)));
        put("requestId", json!(request.request_id.to_string()));
        if let Some(id) = id {
            put("logId", json!(id));
        }
        if let Some(plugin) = request.plugin {
            put("plugin", json!(plugin));
        }
        self.logger.log(level, &message, &fields);
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        for (millis, seconds) in [(0, 0), (1, 1), (1000, 1), (1001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }
}
