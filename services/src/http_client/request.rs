//! A call before it is made.
//!
//! Its body is whole and in memory, so that it can be sent again, after a redirect or for another try. What is
//! wrong with a request is kept until it is sent: a chain of calls reads better than one of `?`.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use url::{Url, form_urlencoded};

use super::{Call, HttpClientError, HttpClientService, HttpResponse};
use crate::config::ByteSize;

/// What a call sends, and how. A decorator of the service changes it before it hands it on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to; `http` or `https`.
    pub url: Url,
    /// The headers that the caller sets.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
    /// The deadline of the whole call; the configured one if none.
    pub deadline: Option<Duration>,
    /// The largest body of the answer; the configured one if none.
    pub body_limit: Option<ByteSize>,
    /// How many more tries there may be; the configured number if none. A method that is not idempotent has none
    /// in any case.
    pub retries: Option<u32>,
}

impl HttpRequest {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            deadline: None,
            body_limit: None,
            retries: None,
        }
    }
}

/// A request that is being put together. Nothing happens before [`send`](Self::send).
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder<'a> {
    client: &'a dyn HttpClientService,
    method: Method,
    // The first mistake stays.
    request: Result<HttpRequest, String>,
}

impl<'a> RequestBuilder<'a> {
    pub(super) fn new(client: &'a dyn HttpClientService, method: Method, url: &str) -> Self {
        let request = match Url::parse(url) {
            Ok(url) => Ok(HttpRequest::new(method.clone(), url)),
            Err(error) => Err(error.to_string()),
        };
        Self {
            client,
            method,
            request,
        }
    }

    /// Adds a name and its value to the query, encoded as they have to be.
    pub fn query(self, name: &str, value: impl AsRef<str>) -> Self {
        self.change(|request| {
            let mut query = request.url.query_pairs_mut();
            query.append_pair(name, value.as_ref());
            Ok(())
        })
    }

    /// Sets a header, in place of an earlier one of its name.
    pub fn header(self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.change(|request| {
            let name = HeaderName::from_bytes(name.as_ref().as_bytes())
                .map_err(|_| "the name of a header is none".to_owned())?;
            let value = HeaderValue::from_bytes(value.as_ref())
                .map_err(|_| format!("the value of the header `{name}` cannot be sent"))?;
            request.headers.insert(name, value);
            Ok(())
        })
    }

    /// Sets `Authorization: Bearer …`.
    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        self.change(|request| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.as_ref()))
                .map_err(|_| "the token cannot be sent in a header".to_owned())?;
            value.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, value);
            Ok(())
        })
    }

    /// Sends these bytes as the body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        self.change(|request| {
            request.body = Some(body.into());
            Ok(())
        })
    }

    /// Sends a value as JSON, with its `Content-Type` if none is set.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.change(|request| {
            // The error of a value may repeat the value.
            let body = serde_json::to_vec(value)
                .map_err(|_| "the body cannot be written as JSON".to_owned())?;
            request.put_body(body, "application/json");
            Ok(())
        })
    }

    /// Sends names and values as a form, with its `Content-Type` if none is set.
    pub fn form<'f>(self, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        self.change(|request| {
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            request.put_body(body, "application/x-www-form-urlencoded");
            Ok(())
        })
    }

    /// Gives the whole call this long, in place of `backend.httpClient.deadline`.
    pub fn deadline(self, deadline: Duration) -> Self {
        self.change(|request| {
            request.deadline = Some(deadline);
            Ok(())
        })
    }

    /// Lets the answer's body be this large, in place of `backend.httpClient.bodyLimit`.
    pub fn body_limit(self, limit: ByteSize) -> Self {
        self.change(|request| {
            request.body_limit = Some(limit);
            Ok(())
        })
    }

    /// Allows so many more tries, in place of `backend.httpClient.retries`; 0 is the first try alone.
    pub fn retries(self, retries: u32) -> Self {
        self.change(|request| {
            request.retries = Some(retries);
            Ok(())
        })
    }

    /// Makes the call, up to the head of its answer. An answer of any status is one; see
    /// [`HttpResponse::error_for_status`].
    ///
    /// # Errors
    ///
    /// [`HttpClientError`]: the request is not valid, is refused, or was not answered.
    pub async fn send(self) -> Result<HttpResponse, HttpClientError> {
        match self.request {
            Ok(request) => self.client.execute(request).await,
            Err(message) => Err(HttpClientError::Invalid {
                call: Box::new(Call::unreadable(self.client.plugin_id(), &self.method)),
                message,
            }),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut HttpRequest) -> Result<(), String>) -> Self {
        if let Ok(request) = &mut self.request
            && let Err(mistake) = change(request)
        {
            self.request = Err(mistake);
        }
        self
    }
}

impl HttpRequest {
    fn put_body(&mut self, body: impl Into<Bytes>, content_type: &'static str) {
        self.body = Some(body.into());
        let headers = self.headers.entry(header::CONTENT_TYPE);
        headers.or_insert(HeaderValue::from_static(content_type));
    }
}
