//! An answer, whose body is read on demand, within the call's deadline and up to a limit.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::{Call, HttpClientError};
use crate::config::ByteSize;
use crate::http_error::{BoxError, HttpError};

/// How much of an error's body is handed on.
const FORWARDED: u64 = 64 * 1024;

/// A body of any kind.
pub(super) type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

/// The head of an answer, and a body that can be read once.
pub struct HttpResponse {
    call: Box<Call>,
    head: http::response::Parts,
    body: AnyBody,
    limit: u64,
    read: u64,
    time: Option<TimeLimit>,
}

/// Until when a body has to be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeLimit {
    pub(super) at: Instant,
    /// For messages: how long the whole call was given.
    pub(super) given: Duration,
}

impl HttpResponse {
    /// An answer that comes from elsewhere than the network, for a service that stands in for the default. It has
    /// no deadline and no limit.
    pub fn new<B>(call: Call, response: http::Response<B>) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (head, body) = response.into_parts();
        Self {
            call: Box::new(call),
            head,
            body: body.map_err(Into::into).boxed_unsync(),
            limit: u64::MAX,
            read: 0,
            time: None,
        }
    }

    pub(super) fn within(mut self, limit: ByteSize, time: TimeLimit) -> Self {
        self.limit = limit.as_u64();
        self.time = Some(time);
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The call that this answers, for messages.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// The answer, unless its status is 400 or above.
    ///
    /// # Errors
    ///
    /// [`HttpClientError::Status`] for such a status.
    pub fn error_for_status(self) -> Result<Self, HttpClientError> {
        let status = self.head.status;
        if status.is_client_error() || status.is_server_error() {
            let call = self.call;
            return Err(HttpClientError::Status { call, status });
        }
        Ok(self)
    }

    /// The answer, unless its status is 400 or above: then the error that tells the client of this backend what the
    /// other one said, with its status, its words and its cause. It is
    /// [`HttpError::response`], and for backends that are as close as another plugin;
    /// [`error_for_status`](Self::error_for_status) hides who was asked and what it said.
    ///
    /// At most 64 kB of the body are read. A larger one, or one that breaks off, is left out.
    ///
    /// # Errors
    ///
    /// The error, for such a status.
    pub async fn forward_error(mut self) -> Result<Self, HttpError> {
        let status = self.head.status;
        if !(status.is_client_error() || status.is_server_error()) {
            return Ok(self);
        }
        self.limit = self.limit.min(FORWARDED);
        let call = self.call.clone();
        let body = self.bytes().await.unwrap_or_default();
        let text = status.canonical_reason().unwrap_or_default();
        let told = HttpError::response(status, text, &body);
        Err(told.with_source(HttpClientError::Status { call, status }))
    }

    /// The next piece of the body, as it comes; none at its end.
    ///
    /// # Errors
    ///
    /// [`HttpClientError::Timeout`], [`HttpClientError::BodyTooLarge`], or [`HttpClientError::Interrupted`] when
    /// the connection breaks.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpClientError> {
        loop {
            let frame = self.body.frame();
            let frame = match self.time {
                None => frame.await,
                Some(TimeLimit { at, given }) => match timeout_at(at, frame).await {
                    Ok(frame) => frame,
                    Err(_) => {
                        return Err(HttpClientError::Timeout {
                            call: self.call.clone(),
                            deadline: given,
                        });
                    }
                },
            };
            let frame = match frame {
                None => return Ok(None),
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    return Err(HttpClientError::Interrupted {
                        call: self.call.clone(),
                        message: super::transport::in_one_line(&*error),
                    });
                }
            };
            // Trailers are of no interest.
            if let Ok(data) = frame.into_data() {
                self.read += data.len() as u64;
                self.within_limit(self.read)?;
                return Ok(Some(data));
            }
        }
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes, HttpClientError> {
        let announced = self.head.headers.get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse().ok());
        self.within_limit(announced.unwrap_or(0))?;
        let mut whole = BytesMut::new();
        while let Some(data) = self.chunk().await? {
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }

    /// The whole body as text.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Self::chunk), and [`HttpClientError::Decode`] when it is not UTF-8.
    pub async fn text(self) -> Result<String, HttpClientError> {
        let call = self.call.clone();
        let body = self.bytes().await?;
        String::from_utf8(body.into()).map_err(|_| HttpClientError::Decode {
            call,
            message: "the body is not UTF-8".to_owned(),
        })
    }

    /// The whole body, read as JSON.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Self::chunk), and [`HttpClientError::Decode`] when it is not JSON, or another JSON than `T`.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, HttpClientError> {
        let call = self.call.clone();
        let body = self.bytes().await?;
        serde_json::from_slice(&body).map_err(|error| HttpClientError::Decode {
            call,
            message: what_is_wrong(&error),
        })
    }

    fn within_limit(&self, size: u64) -> Result<(), HttpClientError> {
        if size > self.limit {
            return Err(HttpClientError::BodyTooLarge {
                call: self.call.clone(),
                limit: self.limit,
            });
        }
        Ok(())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpResponse")
            .field("call", &self.call)
            .field("status", &self.head.status)
            .finish_non_exhaustive()
    }
}

/// The place and kind of a mistake; the words of the error itself may repeat what stands there.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "the body is JSON, but not what is wanted",
        serde_json::error::Category::Eof => "the body is JSON that ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            "the body is not JSON"
        }
    };
    format!("{what}: line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http_body_util::Full;
    use url::Url;

    use super::*;

    fn answer(status: u16, body: impl Into<Bytes>) -> HttpResponse {
        let url = Url::parse("https://inside.test/a").expect("a valid URL");
        let body = Full::new(body.into());
        let response = http::Response::builder().status(status).body(body);
        let response = response.expect("a valid answer");
        HttpResponse::new(Call::new("shop", &Method::GET, &url), response)
    }

    #[tokio::test]
    async fn an_error_is_handed_on_with_as_much_of_its_body_as_is_bearable() {
        let good = answer(200, "fine").forward_error().await;
        assert!(good.is_ok_and(|answer| answer.status() == 200));

        let remote =
            r#"{"error":{"name":"ConflictError","message":"taken"},"response":{"statusCode":409}}"#;
        let endless = "x".repeat(64 * 1024 + 1);
        for (body, with_body) in [(remote, true), (&*endless, false)] {
            let refused = answer(409, body.to_owned()).forward_error().await;
            let error = refused.expect_err("409 is an error");
            assert_eq!(
                (error.status().as_u16(), error.name()),
                (409, "ResponseError")
            );
            assert_eq!(error.message(), "Request failed with 409 Conflict");
            assert_eq!(format!("{error:?}").contains("taken"), with_body);
            let source = std::error::Error::source(&error).map(ToString::to_string);
            assert!(source.is_some_and(|it| it.contains("inside.test")));
        }
    }
}
