//! Calls to the outside: refused, mocked on this machine, faked.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use greenroom::http_client::OnlyHosts;
use greenroom::prelude::*;
use greenroom_test_kit::mock_services::FakeHttpClient;
use greenroom_test_kit::test_backend;
use http::Method;
use serde::Deserialize;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Clone, Deserialize)]
struct Warehouse {
    url: String,
}

async fn count(
    State((client, warehouse)): State<(HttpClient, Warehouse)>,
) -> Result<impl IntoResponse, HttpError> {
    let answer = client.get(format!("{}/tea", warehouse.url)).send().await?;
    Ok(answer.error_for_status()?.text().await?)
}

#[backend_plugin(id = "shop")]
async fn shop(http_router: HttpRouter, client: HttpClient, config: RootConfig) -> Result<()> {
    let warehouse: Warehouse = config.current().get("warehouse")?;
    let routes = Router::new().route("/tea", get(count));
    http_router.mount(routes.with_state((client, warehouse)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
    Ok(())
}

#[tokio::test]
async fn a_mock_server_answers_the_real_client() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/tea"))
        .respond_with(ResponseTemplate::new(200).set_body_string("3 boxes"))
        .expect(1)
        .mount(&server)
        .await;
    let backend = test_backend![shop]
        .config(json!({ "warehouse": { "url": server.uri() } }))
        .start()
        .await;
    let answer = backend.get("/api/shop/tea").send().await;
    answer.assert_status(200).assert_text("3 boxes");
}

#[tokio::test]
async fn a_call_to_the_outside_is_refused_and_the_message_names_the_plugin() {
    let backend = test_backend![shop]
        .config(json!({ "warehouse": { "url": "https://warehouse.example.com" } }))
        .start()
        .await;
    let answer = backend.get("/api/shop/tea").send().await;
    answer.assert_status(500);
    let logged = answer.logs().lines();
    let refused = "plugin `shop`: GET https://warehouse.example.com/tea: refused, since this backend may not call \
                   `warehouse.example.com`";
    assert!(
        logged.iter().any(|line| line.to_string().contains(refused)),
        "{}",
        answer.logs()
    );
}

/// Nobody listens at port 1, so that a call that is allowed comes back at once.
const FAR: &str = "http://far.invalid:1";

#[tokio::test]
async fn a_host_that_is_allowed_may_be_called() {
    for backend in [
        test_backend![shop].allow_host("far.invalid"),
        test_backend![shop].input(OnlyHosts::this_machine().and("far.invalid")),
        test_backend![shop]
            .input(OnlyHosts::this_machine().and("far.invalid"))
            .allow_host("further.invalid"),
    ] {
        let config =
            json!({ "warehouse": { "url": FAR }, "backend": { "httpClient": { "retries": 0 } } });
        let backend = backend.config(config).start().await;
        let answer = backend.get("/api/shop/tea").send().await;
        // It was tried, and there is no such name.
        answer.assert_status(502);
    }
}

#[tokio::test]
async fn a_fake_client_answers_without_a_socket() {
    let http = FakeHttpClient::new();
    let url = "https://warehouse.example.com/tea";
    http.answer_json(Method::GET, url, json!({ "boxes": 3 }));
    let backend = test_backend![shop]
        .config(json!({ "warehouse": { "url": "https://warehouse.example.com" } }))
        .with(Arc::clone(&http))
        .start()
        .await;
    let answer = backend.get("/api/shop/tea").send().await;
    answer.assert_status(200).assert_text(r#"{"boxes":3}"#);
    let calls = http.calls();
    assert_eq!(calls[0].plugin, "shop");
    assert_eq!(calls[0].request.url.as_str(), url);
}

#[tokio::test]
async fn a_call_that_a_fake_client_does_not_know_fails_and_names_plugin_and_url() {
    let http = FakeHttpClient::new();
    let url = "https://api.test/tea?key=hunter2";
    let client = Arc::clone(&http) as HttpClient;
    let failed = client.get(url).send().await;
    let text = failed.expect_err("there is no answer").to_string();
    assert_eq!(
        text,
        "plugin `test`: GET https://api.test/tea?key=…: cannot connect: the test has no answer to this call: it has \
         none; `answer` adds one, and `calls()` has the whole URL"
    );
    http.answer_status(Method::POST, "https://api.test/tea", 204);
    let failed = client.get(url).send().await;
    let text = failed.expect_err("there is another").to_string();
    assert!(
        text.contains("it has those to POST https://api.test/tea;"),
        "{text}"
    );
    assert_eq!(http.calls().len(), 2);
    assert_eq!(http.calls()[0].request.url.as_str(), url);

    http.disconnect(Method::POST, "https://api.test/tea");
    let failed = client.post("https://api.test/tea").send().await;
    let text = failed.expect_err("nobody is there").to_string();
    assert!(
        text.ends_with("cannot connect: the test lets nobody be there"),
        "{text}"
    );
    assert_eq!(client.plugin_id(), "test");
}
