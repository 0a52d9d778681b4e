//! Mocks: what they say is heard, wherever in the backend it is said.

use std::sync::Arc;

use greenroom::http_client::{HttpClientError, HttpClientService};
use greenroom::prelude::*;
use greenroom::root_health::{Health, RootHealthService};
use greenroom_test_kit::mock_services::{
    FakePluginMetadata, MockAuthService, MockClockService, MockHttpAuthService,
    MockHttpClientService, MockHttpRouterService, MockLifecycleService, MockLoggerService,
    MockPluginMetadataService, MockRootConfigService, MockRootHealthService,
    MockRootHttpRouterService, MockRootLifecycleService, MockRootLoggerService,
    MockUserInfoService,
};
use greenroom_test_kit::mockall::predicate::eq;
use greenroom_test_kit::{StartedTestBackend, TestDouble, mock_service, test_backend};
use serde_json::json;

#[service(id = "mocks.prices")]
trait Prices: Send + Sync {
    fn of(&self, article: &str) -> u64;
}

#[service_factory]
fn prices() -> Result<Arc<dyn Prices>> {
    Err("the test brings its own".into())
}

mock_service! {
    MockPrices for Prices {
        fn of(&self, article: &str) -> u64;
    }
}

#[backend_plugin(id = "shop")]
async fn shop(http_router: HttpRouter, prices: Arc<dyn Prices>) {
    let price = get(async move || prices.of("tea").to_string());
    http_router.mount(Router::new().route("/tea", price));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

#[tokio::test]
async fn a_mock_answers_and_is_content() {
    let mut mock = MockPrices::new();
    mock.expect_of()
        .with(eq("tea"))
        .times(1)
        .return_const(100u64);
    let backend = test_backend![shop, prices].with(Arc::new(mock));
    let backend = backend.start().await;
    let answer = backend.get("/api/shop/tea").send().await;
    answer.assert_status(200).assert_text("100");
}

async fn started(mock: MockPrices) -> StartedTestBackend {
    let backend = test_backend![shop, prices].with(Arc::new(mock));
    backend.start().await
}

/// A mock that waits for a call.
fn expectant() -> MockPrices {
    let mut mock = MockPrices::new();
    mock.expect_of().times(1).return_const(100u64);
    mock
}

const UNMET: &str = "what stood in for a service complains:\
    \n  MockPrices::of: Expectation(<anything>) called 0 time(s) which is fewer than expected 1\
    \n\nlog:\n";

#[tokio::test]
async fn an_expectation_that_is_not_met_fails_the_test() {
    let backend = started(expectant()).await;
    let text = crate::failure(|| drop(backend));
    assert!(text.starts_with(UNMET), "{text}");
    // By `stop` too, which is silent about the stop itself.
    let backend = started(expectant()).await;
    let text = crate::failure_of(backend.stop()).await;
    assert!(text.starts_with(UNMET), "{text}");
}

const REFUSED: &str = "what stood in for a service complains:\
    \n  MockPrices::of(\"tea\"): No matching expectation found\
    \n\nlog:\n";

#[tokio::test]
async fn a_call_that_a_mock_refuses_fails_the_test() {
    let backend = started(MockPrices::new()).await;
    // The test itself is content with that.
    backend.get("/api/shop/tea").send().await.assert_status(500);
    let text = crate::failure(|| drop(backend));
    assert!(text.starts_with(REFUSED), "{text}");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let mut mock = MockPrices::new();
    mock.expect_of()
        .with(eq("milk"))
        .times(1)
        .return_const(80u64);
    let backend = started(mock).await;
    backend.get("/api/shop/tea").send().await.assert_status(500);
    let text = crate::failure(|| drop(backend));
    let expected = "what stood in for a service complains:\
        \n  MockPrices::of(\"tea\"): No matching expectation found\
        \n  MockPrices::of: Expectation(var == \"milk\") called 0 time(s) which is fewer than expected 1\
        \n\nlog:\n";
    assert!(text.starts_with(expected), "{text}");
}

#[backend_plugin(id = "hidden")]
async fn hidden(prices: Arc<dyn Prices>) {
    // Nobody joins the task, and the log is off.
    let called = tokio::spawn(async move { prices.of("tea") });
    assert!(called.await.is_err());
}

#[tokio::test]
async fn a_refusal_that_nothing_logs_is_told() {
    let backend = test_backend![hidden, prices]
        .config(json!({ "backend": { "logger": { "level": "off" } } }))
        .with(Arc::new(MockPrices::new()));
    let backend = backend.start().await;
    backend.logs().assert_empty();
    let text = crate::failure(|| drop(backend));
    assert!(text.starts_with(REFUSED), "{text}");
}

#[tokio::test]
async fn a_test_that_panics_already_is_left_to_it() {
    let test = async {
        // A second panic would end the process.
        let _backend = started(expectant()).await;
        let _second = started(expectant()).await;
        panic!("the test fails");
    };
    assert_eq!(crate::failure_of::<()>(test).await, "the test fails");
}

#[tokio::test]
async fn a_mock_that_the_test_holds_is_judged_when_the_test_lets_it_go() {
    let mock = Arc::new(expectant());
    let backend = test_backend![shop, prices].with(Arc::clone(&mock));
    drop(backend.start().await);
    // The backend has let go of it, and of all else.
    assert_eq!(Arc::strong_count(&mock), 1);
    let text = crate::failure(|| drop(mock));
    assert!(text.starts_with("MockPrices::of: Expectation("), "{text}");
}

#[backend_plugin(id = "early")]
async fn early(prices: Arc<dyn Prices>) {
    prices.of("tea");
}

#[tokio::test]
async fn why_a_backend_does_not_start_is_told_before_what_its_mocks_say() {
    let mut mock = expectant();
    mock.expect_of()
        .with(eq("milk"))
        .times(3)
        .return_const(1u64);
    let starting = test_backend![broken, shop, prices].with(Arc::new(mock));
    let text = crate::failure_of(starting.start()).await;
    assert!(text.starts_with("the backend of "), "{text}");
    assert!(text.contains("the shelf is empty"), "{text}");
}

#[backend_plugin(id = "broken")]
async fn broken() -> Result<()> {
    Err("the shelf is empty".into())
}

#[tokio::test]
async fn a_start_that_was_to_fail_is_not_to_fail_by_a_mock() {
    let backend = test_backend![early, prices].with(Arc::new(MockPrices::new()));
    let text = crate::failure_of(backend.start_error()).await;
    let expected = "what stood in for a service complains:\
        \n  MockPrices::of(\"tea\"): No matching expectation found\
        \n\nthe backend did not start: ";
    assert!(text.starts_with(expected), "{text}");
}

#[tokio::test]
async fn a_mock_that_nobody_watches_is_found_in_the_log() {
    let backend = test_backend![shop, prices].service::<dyn Prices>(Arc::new(MockPrices::new()));
    let backend = backend.start().await;
    backend.get("/api/shop/tea").send().await.assert_status(500);
    let text = crate::failure(|| drop(backend));
    assert!(text.starts_with(REFUSED), "{text}");

    let backend = test_backend![shop, prices].service::<dyn Prices>(Arc::new(expectant()));
    let backend = backend.start().await;
    let text = crate::failure(|| drop(backend));
    assert!(text.starts_with(UNMET), "{text}");
}

#[backend_plugin(id = "caller")]
async fn caller(http_client: HttpClient) -> Result<()> {
    let answer = http_client.get("https://api.test/").send().await;
    assert!(matches!(answer, Err(HttpClientError::Connect { .. })));
    Ok(())
}

#[tokio::test]
async fn a_core_service_is_mocked() {
    let mut mock = MockHttpClientService::new();
    mock.expect_execute()
        .withf(|request| request.url.as_str() == "https://api.test/")
        .times(1)
        .returning(|request| {
            let call = greenroom::http_client::Call::new("caller", &request.method, &request.url);
            let error = HttpClientError::Connect {
                call: Box::new(call),
                message: "the line is dead".to_owned(),
            };
            Box::pin(async { Err(error) })
        });
    test_backend![caller].with(Arc::new(mock)).start().await;
}

#[tokio::test]
async fn a_sealed_service_is_mocked_without_a_backend_alone() {
    let mut mock = MockPluginMetadataService::new();
    mock.expect_id().return_const("shop");
    let metadata: PluginMetadata = Arc::new(mock);
    assert_eq!(metadata.id(), "shop");
    let fake = FakePluginMetadata::new("shop");
    assert_eq!(Arc::clone(&fake).into_service().id(), "shop");
    let text = crate::failure(|| test_backend![shop, prices].with(fake));
    assert_eq!(
        text,
        "GR0011: `core.pluginMetadata` is sealed: a backend has its own, in a test too; hand a double to the code itself"
    );
}

#[test]
fn every_service_has_a_mock_that_is_a_double() {
    fn is_double<D: TestDouble + Default>() {}
    is_double::<MockAuthService>();
    is_double::<MockClockService>();
    is_double::<MockHttpAuthService>();
    is_double::<MockHttpClientService>();
    is_double::<MockHttpRouterService>();
    is_double::<MockLifecycleService>();
    is_double::<MockLoggerService>();
    is_double::<MockPluginMetadataService>();
    is_double::<MockRootConfigService>();
    is_double::<MockRootHealthService>();
    is_double::<MockRootHttpRouterService>();
    is_double::<MockRootLifecycleService>();
    is_double::<MockRootLoggerService>();
    is_double::<MockUserInfoService>();
}

/// Mocks whose watching is written by hand pass calls on as well.
#[tokio::test]
async fn mocks_are_called_through_a_backend() {
    let mut health = MockRootHealthService::new();
    health.expect_readiness().return_const(Health::error("no"));
    let mut router = MockRootHttpRouterService::new();
    router
        .expect_mount_endpoint()
        .times(1..)
        .returning(|_, _| Ok(()));
    router.expect_address().returning(|| None);
    router
        .expect_answer()
        .times(1)
        .returning(|_| Box::pin(async { axum::response::IntoResponse::into_response("mocked") }));
    let mut lifecycle = MockLifecycleService::new();
    lifecycle.expect_add_startup_hook().returning(|_| Ok(()));
    let backend = test_backend![all]
        .with(Arc::new(health))
        .with(Arc::new(router))
        .with(Arc::new(lifecycle));
    let backend = backend.start().await;
    assert!(backend.address().is_none());
    backend.get("/").send().await.assert_text("mocked");
}

#[backend_plugin(id = "all")]
async fn all(health: RootHealth, _http_router: HttpRouter, lifecycle: Lifecycle) -> Result<()> {
    assert_eq!(health.readiness(), Health::error("no"));
    lifecycle.add_startup_hook(Hook::new("never", async || Err("it does not run".into())))?;
    Ok(())
}

#[test]
fn a_mock_hands_out_what_it_was_given() {
    let mut mock = MockHttpClientService::new();
    mock.expect_plugin_id().return_const("shop".to_owned());
    assert_eq!(mock.plugin_id(), "shop");
    let mut mock = MockRootHealthService::new();
    mock.expect_liveness().return_const(Health::Ok);
    assert_eq!(mock.liveness(), Health::Ok);
    let mut mock = MockLifecycleService::new();
    mock.expect_spawn_boxed()
        .withf(|name, _| name == "count")
        .times(1)
        .return_const(());
    let lifecycle: Lifecycle = Arc::new(mock);
    lifecycle.spawn("count", async { Ok(()) });
}
