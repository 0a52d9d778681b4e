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
use crate::http_error::BoxError;

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
                        message: super::transport::chain(&*error),
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
