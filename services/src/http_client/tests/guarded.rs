//! A backend whose inputs name the hosts that may be called.

use greenroom_di_core::{Backend, Entry, Inputs};
use greenroom_di_macros::backend_plugin;
use serde_json::json;
use wiremock::MockServer;

use super::client;
use crate::clock::clock;
use crate::config::{Config, ConfigArguments, RootConfig, root_config};
use crate::http_client::{HttpClient, HttpClientError, OnlyHosts, http_client, root_http_client};
use crate::logger::{Sink, logger, root_logger};

#[backend_plugin(id = "weather")]
async fn weather(client: HttpClient, config: RootConfig) -> Result<(), HttpClientError> {
    let url: String = config.current().get("url").unwrap_or_default();
    client.get(url).send().await.map(drop)
}

async fn start(url: &str, hosts: OnlyHosts) -> Result<(), String> {
    let entries = [
        Entry::of::<root_config>(),
        Entry::of::<clock>(),
        Entry::of::<root_logger>(),
        Entry::of::<logger>(),
        Entry::of::<root_http_client>(),
        Entry::of::<http_client>(),
        Entry::of::<weather>(),
    ];
    let config = Config::from_json(json!({ "url": url }));
    let (sink, _) = Sink::memory();
    let inputs = Inputs::new()
        .with(ConfigArguments::fixed(config))
        .with(sink)
        .with(hosts);
    let backend = Backend::compose(&entries).expect("the backend is wired");
    let running = backend.start(inputs).await;
    running.map_err(|error| error.to_string())?.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_outside_is_refused_with_the_plugins_name() {
    // A name that no resolver knows: the refusal comes before anybody is asked.
    let error = start(
        "https://api.invalid/now?key=hunter2",
        OnlyHosts::this_machine(),
    )
    .await;
    let error = error.expect_err("the plugin fails");
    let told = "plugin `weather`: GET https://api.invalid/now?key=…: refused, since this backend may not call \
                `api.invalid`; let the plugin call a mock, or allow the host, by `.allow_host` of the test or `OnlyHosts`";
    assert!(error.contains(told), "{error}");
}

#[tokio::test]
async fn a_mock_on_this_machine_is_called() {
    let server = MockServer::start().await;
    let started = start(&server.uri(), OnlyHosts::this_machine()).await;
    assert_eq!(started, Ok(()));
    assert_eq!(
        server.received_requests().await.map(|all| all.len()),
        Some(1)
    );
}

#[tokio::test]
async fn a_refused_call_is_not_tried() {
    let error = client(json!({})).get("https://api.invalid/").send().await;
    let error = error.expect_err("it is outside");
    assert!(matches!(error, HttpClientError::Refused { .. }), "{error}");
    assert_eq!(error.call().plugin(), "shop");
}
