//! `core.httpClient` in tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use greenroom::BoxFuture;
use greenroom::http_client::{
    Call, HttpClient, HttpClientError, HttpClientService, HttpRequest, HttpResponse, Url,
};
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;

use crate::TestDouble;

/// Answers calls to other services by what the test says, and keeps the calls.
///
/// ```
/// # use greenroom::http_client::HttpClient;
/// # use greenroom_test_kit::mock_services::FakeHttpClient;
/// # use http::Method;
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let http = FakeHttpClient::new();
/// http.answer_json(Method::GET, "https://api.example.com/tea", json!({ "price": 100 }));
///
/// let client: HttpClient = http.clone();
/// let answer = client.get("https://api.example.com/tea").send().await.unwrap();
/// assert_eq!(answer.text().await.unwrap(), r#"{"price":100}"#);
/// assert_eq!(http.calls()[0].request.url.path(), "/tea");
/// # }
/// ```
///
/// A call that it has no answer to fails, by an error that names the plugin and the URL. It tries nothing twice, follows
/// no redirect and knows no deadline; where those matter, let the real client call a mock server on this machine.
#[derive(Clone, Debug)]
pub struct FakeHttpClient {
    plugin: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Vec<(Method, Url, Answer)>,
    calls: Vec<RecordedCall>,
}

#[derive(Clone, Debug)]
enum Answer {
    Respond(Response<Bytes>),
    Disconnect,
}

/// A call that a [`FakeHttpClient`] was asked to make.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The plugin that called; `test` where there is no backend.
    pub plugin: String,
    /// What was to be sent.
    pub request: HttpRequest,
}

impl FakeHttpClient {
    /// Without an answer. In a backend each plugin has a client in its own name, and all have the same answers.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            plugin: "test".to_owned(),
            shared: Arc::default(),
        })
    }

    /// Answers calls of this method to this URL, whole with its query, by this response; in place of an earlier answer
    /// to them.
    ///
    /// # Panics
    ///
    /// When the URL is none.
    #[track_caller]
    pub fn answer(&self, method: Method, url: &str, response: Response<impl Into<Bytes>>) {
        self.put(method, url, Answer::Respond(response.map(Into::into)));
    }

    /// As [`answer`](Self::answer) does, by 200 and this JSON.
    ///
    /// # Panics
    ///
    /// When the URL is none.
    #[track_caller]
    pub fn answer_json(&self, method: Method, url: &str, body: Value) {
        let mut response = Response::new(body.to_string());
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        self.answer(method, url, response);
    }

    /// As [`answer`](Self::answer) does, by this status and no body.
    ///
    /// # Panics
    ///
    /// When the URL or the status is none.
    #[track_caller]
    pub fn answer_status(&self, method: Method, url: &str, status: u16) {
        let mut response = Response::new(Bytes::new());
        let known = StatusCode::from_u16(status);
        *response.status_mut() = known.unwrap_or_else(|error| panic!("status {status}: {error}"));
        self.answer(method, url, response);
    }

    /// Lets calls of this method to this URL fail, as if nobody were there.
    ///
    /// # Panics
    ///
    /// When the URL is none.
    #[track_caller]
    pub fn disconnect(&self, method: Method, url: &str) {
        self.put(method, url, Answer::Disconnect);
    }

    /// The calls so far, those without an answer too.
    #[must_use]
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.lock().calls.clone()
    }

    #[track_caller]
    fn put(&self, method: Method, url: &str, answer: Answer) {
        let url = url
            .parse::<Url>()
            .unwrap_or_else(|error| panic!("`{url}` is no URL: {error}"));
        let mut shared = self.lock();
        let is_other = |known: &(Method, Url, Answer)| known.0 != method || known.1 != url;
        shared.answers.retain(is_other);
        shared.answers.push((method, url, answer));
    }

    fn reply(&self, request: HttpRequest) -> Result<HttpResponse, HttpClientError> {
        let call = Call::new(&self.plugin, &request.method, &request.url);
        let mut shared = self.lock();
        let found = shared
            .answers
            .iter()
            .find(|(method, url, _)| *method == request.method && *url == request.url);
        let answer = found.map(|(.., answer)| answer.clone());
        shared.calls.push(RecordedCall {
            plugin: self.plugin.clone(),
            request,
        });
        let message = match answer {
            Some(Answer::Respond(response)) => {
                return Ok(HttpResponse::new(call, response.map(Body::from)));
            }
            Some(Answer::Disconnect) => "the test lets nobody be there".to_owned(),
            None => shared.unknown(&self.plugin),
        };
        let call = Box::new(call);
        Err(HttpClientError::Connect { call, message })
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// What is said of a call without an answer. The values of a query are left out, here too.
    fn unknown(&self, plugin: &str) -> String {
        let known = self.answers.iter().map(|(method, url, _)| {
            let call = Call::new(plugin, method, url);
            format!("{} {}", call.method(), call.url())
        });
        let known: Vec<String> = known.collect();
        let known = match &*known {
            [] => "none".to_owned(),
            known => format!("those to {}", known.join(", ")),
        };
        format!(
            "the test has no answer to this call: it has {known}; `answer` adds one, and `calls()` has the whole URL"
        )
    }
}

impl HttpClientService for FakeHttpClient {
    fn plugin_id(&self) -> &str {
        &self.plugin
    }

    fn execute(&self, request: HttpRequest) -> BoxFuture<Result<HttpResponse, HttpClientError>> {
        let reply = self.reply(request);
        Box::pin(async move { reply })
    }
}

impl TestDouble for FakeHttpClient {
    type Service = dyn HttpClientService;

    fn into_service(self: Arc<Self>) -> HttpClient {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> HttpClient {
        Arc::new(Self {
            plugin: plugin.to_owned(),
            shared: Arc::clone(&self.shared),
        })
    }
}

mockall::mock! {
    /// A mock of `core.httpClient`. All calls come as `execute`.
    pub HttpClientService {}

    impl HttpClientService for HttpClientService {
        fn plugin_id(&self) -> &str;
        fn execute(&self, request: HttpRequest) -> BoxFuture<Result<HttpResponse, HttpClientError>>;
    }
}

/// Written by hand for the sake of `plugin_id`, which returns a borrow.
const _: () = {
    struct Watched {
        mock: Arc<MockHttpClientService>,
        refusals: crate::refusals::Refusals,
    }

    impl HttpClientService for Watched {
        fn plugin_id(&self) -> &str {
            self.refusals.watch(|| self.mock.plugin_id())
        }

        fn execute(
            &self,
            request: HttpRequest,
        ) -> BoxFuture<Result<HttpResponse, HttpClientError>> {
            self.refusals.watch(|| self.mock.execute(request))
        }
    }

    __test_double! { MockHttpClientService, HttpClientService }
};
