//! Composing and starting.

use std::sync::Arc;

use greenroom::config::Config;
use greenroom::prelude::*;
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[backend_plugin(id = "greeting")]
async fn greeting(http_router: HttpRouter, config: RootConfig) -> Result<()> {
    let text: String = config.current().get("greeting.text")?;
    http_router.mount(Router::new().route("/", get(async move || text)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
    Ok(())
}

#[tokio::test]
async fn a_backend_starts_without_a_socket_on_the_configuration_of_its_test() {
    let backend = test_backend![greeting].config(json!({ "greeting": { "text": "hello" } }));
    let backend = backend.start().await;
    backend
        .get("/api/greeting")
        .send()
        .await
        .assert_text("hello");
    assert_eq!(backend.address(), None);
    assert!(backend.running().report().failures.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn any_number_run_side_by_side_and_share_nothing() {
    let start = |text: &'static str| {
        let backend = test_backend![greeting].config(json!({ "greeting": { "text": text } }));
        tokio::spawn(async move {
            let backend = backend.start().await;
            backend.get("/api/greeting").send().await.assert_text(text);
            backend
        })
    };
    let started = ["one", "two", "three", "four"].map(start);
    for backend in started {
        let backend = backend.await.expect("it starts");
        assert_eq!(
            backend
                .logs()
                .field("type", "incomingRequest")
                .lines()
                .len(),
            1
        );
    }
}

#[test]
fn tasks_of_a_test_can_share_a_backend() {
    fn shared<T: Send + Sync>() {}
    shared::<StartedTestBackend>();
}

#[tokio::test]
async fn a_backend_that_listens_answers_on_a_free_port_of_this_machine() {
    let backend = test_backend![greeting].config(json!({ "greeting": { "text": "hello" } }));
    let backend = backend.listen().start().await;
    let address = backend.address().expect("it listens");
    assert!(address.ip().is_loopback());
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("it listens");
    let request = "GET /api/greeting HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("it answers");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_failed_start_is_a_value_when_it_is_wanted() {
    let failed = test_backend![greeting].start_error().await;
    let text = failed.to_string();
    assert!(
        text.contains("plugin `greeting`") && text.contains("greeting.text"),
        "{text}"
    );
    assert!(!failed.logs.lines().is_empty());
}

#[tokio::test]
async fn a_start_that_fails_fails_the_test_with_the_reason_the_place_and_the_log() {
    let text = crate::failure_of(test_backend![greeting].start()).await;
    let line = format!("the backend of {}:", file!());
    for part in [
        &*line,
        "did not start: ",
        "plugin `greeting`",
        "\nlog:\n",
        "No configuration file",
    ] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
}

#[tokio::test]
async fn a_start_that_should_fail_and_does_not_fails_the_test() {
    let backend = test_backend![greeting].config(json!({ "greeting": { "text": "hello" } }));
    let text = crate::failure_of(backend.start_error()).await;
    assert!(
        text.contains("started, and should have failed.\nlog:\n"),
        "{text}"
    );
}

#[service_factory]
fn own_config() -> Arc<dyn greenroom::config::RootConfigService> {
    let config = json!({ "greeting": { "text": "from a factory" } });
    Arc::new(greenroom::config::StaticConfig::new(Config::from_json(
        config,
    )))
}

#[tokio::test]
async fn a_listed_factory_replaces_a_default_and_an_instance_replaces_both() {
    let backend = test_backend![greeting, own_config].start().await;
    backend
        .get("/api/greeting")
        .send()
        .await
        .assert_text("from a factory");
    let brought = Config::from_json(json!({ "greeting": { "text": "from the test" } }));
    let brought = Arc::new(greenroom::config::StaticConfig::new(brought));
    let backend = test_backend![greeting, own_config]
        .service::<dyn greenroom::config::RootConfigService>(brought);
    let backend = backend.start().await;
    backend
        .get("/api/greeting")
        .send()
        .await
        .assert_text("from the test");
}
