//! One line for each request, in the anchor's form, with what the anchor leaves out: how long it took,
//! the request's id, the client's address and the plugin.
//!
//! The line is written when the answer's head is ready, so the duration is the time to the first byte
//! and a streamed body counts as length 0. Nothing is kept or built while level info is off.

use std::fmt::Write as _;
use std::time::SystemTime;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, Method, Uri, Version, header};
use serde_json::Value;
use tokio::time::Instant;

use super::client_address::ClientAddress;
use super::request_id::RequestId;
use crate::clock::Clock;
use crate::http_error::logged_url;
use crate::logger::{Fields, Level, Logger};

/// Writes the lines.
pub(super) struct RequestLog {
    logger: Logger,
    clock: Clock,
}

/// What has to be remembered of a request until it is answered.
pub(super) struct Entry {
    started: Instant,
    date: SystemTime,
    method: Method,
    uri: Uri,
    version: Version,
    user_agent: Option<HeaderValue>,
    referrer: Option<HeaderValue>,
    client: Option<ClientAddress>,
}

impl RequestLog {
    pub(super) fn new(logger: Logger, clock: Clock) -> Self {
        Self { logger, clock }
    }

    /// Begins a line, unless nobody would read it. The clones are of shared buffers.
    pub(super) fn begin(&self, request: &Request) -> Option<Entry> {
        self.logger.enabled(Level::Info).then(|| Entry {
            started: Instant::now(),
            date: self.clock.now(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            user_agent: request.headers().get(header::USER_AGENT).cloned(),
            referrer: request.headers().get(header::REFERER).cloned(),
            client: request.extensions().get().copied(),
        })
    }

    /// Writes the line.
    pub(super) fn finish(
        &self,
        entry: Entry,
        response: &Response,
        id: &RequestId,
        plugin: Option<&str>,
    ) {
        let Entry {
            started,
            date,
            method,
            uri,
            version,
            user_agent,
            referrer,
            client,
        } = entry;
        let elapsed = started.elapsed();
        let date = humantime::format_rfc3339_millis(date).to_string();
        let url = uri
            .path_and_query()
            .map_or(uri.path(), |whole| whole.as_str());
        let url = logged_url(url);
        let status = response.status().as_u16();
        let length = content_length(response);
        let version = version_number(version);
        let user_agent = user_agent.as_ref().and_then(|value| value.to_str().ok());
        let referrer = referrer.as_ref().and_then(|value| value.to_str().ok());

        let mut message = String::with_capacity(80 + url.len());
        let _ = write!(
            message,
            "[{date}] \"{method} {url} HTTP/{version}\" {status} {length} \"{}\" \"{}\"",
            referrer.unwrap_or("-"),
            user_agent.unwrap_or("-"),
        );

        let mut fields = Fields::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("type", Value::from("incomingRequest"));
        put("date", Value::from(date));
        put("method", Value::from(method.as_str()));
        put("url", Value::from(url.into_owned()));
        put("status", Value::from(status));
        put("httpVersion", Value::from(version));
        put("contentLength", Value::from(length));
        put("durationMs", Value::from(milliseconds(elapsed)));
        put("requestId", Value::from(id.to_string()));
        if let Some(user_agent) = user_agent {
            put("userAgent", Value::from(user_agent));
        }
        if let Some(referrer) = referrer {
            put("referrer", Value::from(referrer));
        }
        if let Some(ClientAddress(client)) = client {
            put("clientAddress", Value::from(client.to_string()));
        }
        if let Some(plugin) = plugin {
            put("plugin", Value::from(plugin));
        }
        self.logger.log(Level::Info, &message, &fields);
    }
}

/// What the header says (an answer to HEAD has no body), else the length of the body if it is known.
fn content_length(response: &Response) -> u64 {
    let header = response.headers().get(header::CONTENT_LENGTH);
    header
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .or_else(|| response.body().size_hint().exact())
        .unwrap_or(0)
}

fn version_number(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2.0",
        _ => "1.1",
    }
}

/// Milliseconds with the microseconds behind the point.
fn milliseconds(duration: std::time::Duration) -> f64 {
    f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;

    use super::*;

    #[test]
    fn the_length_is_the_headers_else_the_bodys() {
        let mut response = Response::new(Body::from("four"));
        assert_eq!(content_length(&response), 4);
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(15));
        assert_eq!(content_length(&response), 15);
    }

    #[test]
    fn durations_are_milliseconds() {
        assert!((milliseconds(Duration::from_micros(1500)) - 1.5).abs() < f64::EPSILON);
    }
}
