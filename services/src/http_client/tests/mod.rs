//! The service as a whole: over real sockets against a mock, and against a script where time is of interest.

mod calls;
mod failures;
mod guarded;
mod redirects;
mod serving;
mod timing;
mod tls;

use std::sync::Arc;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{HttpClient, HttpClientSettings, OnlyHosts, RootHttpClient};
use crate::config::{Config, FromConfig as _};
use crate::logger::LoggerService as _;
use crate::root_http_router::testing::Recorder;

fn settings(client: Value) -> HttpClientSettings {
    let config = Config::from_json(json!({ "backend": { "httpClient": client } }));
    HttpClientSettings::from_config(&config).expect("the settings of a test are valid")
}

/// The client of the plugin `shop`, which may call this machine alone.
fn client(configured: Value) -> HttpClient {
    logged_client(configured, &Recorder::default())
}

fn logged_client(configured: Value, log: &Recorder) -> HttpClient {
    let hosts = OnlyHosts::this_machine();
    let root = RootHttpClient::new(settings(configured), Some(hosts));
    let root = Arc::new(root.expect("nothing is wrong with the settings"));
    root.for_plugin("shop", log.child(Default::default()))
}

/// Answers every request for this path.
async fn on(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path(at));
    mock.respond_with(answer).mount(server).await;
}

/// How many requests came to this path.
async fn count(server: &MockServer, at: &str) -> usize {
    let requests = server.received_requests().await.expect("they are recorded");
    let here = requests.iter().filter(|request| request.url.path() == at);
    here.count()
}
