//! A request of a test.

use std::fmt::Write as _;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde::Serialize;
use tracing::instrument::WithSubscriber as _;

use crate::mock_credentials::RequestCredentials;
use crate::response::Answered;
use crate::{StartedTestBackend, TestResponse};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request to a backend. It has an `x-request-id`, by which its lines in the log are found, unless the test sets
/// one.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct TestRequest<'a> {
    backend: &'a StartedTestBackend,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> TestRequest<'a> {
    #[track_caller]
    pub(crate) fn new(backend: &'a StartedTestBackend, method: Method, path: &str) -> Self {
        let uri = match path.parse::<Uri>() {
            _ if !path.starts_with('/') => {
                panic!("`{path}` is no path of a request: begin it with `/`")
            }
            Ok(uri) => uri,
            Err(error) => panic!("`{path}` is no path of a request: {error}"),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        Self {
            backend,
            method,
            uri,
            headers,
            body: Vec::new(),
        }
    }

    /// Sets a header, in place of an earlier one of its name.
    ///
    /// # Panics
    ///
    /// When the name or value cannot stand in a request.
    #[track_caller]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let parsed: Result<HeaderName, _> = name.parse();
        let parsed = parsed.unwrap_or_else(|error| panic!("header `{name}`: {error}"));
        let value = HeaderValue::from_bytes(value.as_ref());
        let value = value.unwrap_or_else(|error| panic!("the value of header `{name}`: {error}"));
        self.headers.insert(parsed, value);
        self
    }

    /// Says who calls, in place of what an earlier header says: [`mock_credentials`](crate::mock_credentials), or a token
    /// that an auth service has issued. Limited users come with their cookie, all others with the header
    /// `Authorization`.
    ///
    /// # Panics
    ///
    /// When the token cannot stand in a request.
    #[track_caller]
    pub fn credentials(mut self, credentials: impl Into<RequestCredentials>) -> Self {
        credentials.into().put(&mut self.headers);
        self
    }

    /// Sets the body to this value as JSON, and the header that says so.
    ///
    /// # Panics
    ///
    /// When the value cannot be written as JSON.
    #[track_caller]
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(value);
        let body =
            body.unwrap_or_else(|error| panic!("the body cannot be written as JSON: {error}"));
        self.header("content-type", "application/json").body(body)
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request, and waits for the whole answer.
    ///
    /// # Panics
    ///
    /// When there is no answer, or it breaks off.
    pub async fn send(self) -> TestResponse {
        let Self {
            backend,
            method,
            uri,
            mut headers,
            body,
        } = self;
        if !body.is_empty() {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let id = match headers.get(&REQUEST_ID) {
            Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            None => {
                let id = backend.next_request_id();
                let value = HeaderValue::try_from(&id).expect("letters and digits are a header");
                headers.insert(REQUEST_ID, value);
                id
            }
        };
        let mut sent = format!("> {method} {uri}");
        show(&mut sent, '>', &headers, &body);

        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let router = backend.router().expect("a backend has a router");
        let answer = async move {
            let (head, body) = router.answer(request).await.into_parts();
            let body = to_bytes(body, usize::MAX).await;
            body.map(|body| (head, body))
                .map_err(|error| error.to_string())
        };
        let dispatch = backend.running().dispatch();
        let answer = backend.run(answer.with_subscriber(dispatch)).await;
        let logs = backend.logs().field("requestId", id.clone());
        match answer {
            Ok((head, body)) => TestResponse::of(Answered {
                sent,
                status: head.status,
                headers: head.headers,
                body,
                logs,
            }),
            Err(error) => panic!("the answer broke off: {error}\n\n{sent}\n\n{logs}"),
        }
    }
}

/// Adds headers and body as a person reads them, each line with a mark. Credentials are left out: what a test prints
/// is kept by those who run it.
pub(crate) fn show(text: &mut String, mark: char, headers: &HeaderMap, body: &[u8]) {
    const HIDDEN: [HeaderName; 4] = [
        header::AUTHORIZATION,
        header::COOKIE,
        header::PROXY_AUTHORIZATION,
        header::SET_COOKIE,
    ];
    for (name, value) in headers {
        let value = if HIDDEN.contains(name) {
            "(hidden)".into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        let _ = write!(text, "\n{mark} {name}: {value}");
    }
    if body.is_empty() {
        return;
    }
    let _ = write!(text, "\n{mark}");
    match std::str::from_utf8(body) {
        Ok(body) => {
            for line in body.lines() {
                let _ = write!(text, "\n{mark} {line}");
            }
        }
        Err(_) => {
            let _ = write!(text, "\n{mark} ({} bytes)", body.len());
        }
    }
}
