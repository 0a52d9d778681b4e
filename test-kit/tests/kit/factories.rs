//! One factory alone.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom_test_kit::mock_services::FakeLogger;
use greenroom_test_kit::{ServiceFactoryTester, free_port, test_backend};
use serde_json::json;

#[service(id = "factories.prices")]
trait Prices: Send + Sync {
    fn of(&self, article: &str) -> String;
}

struct Fixed(String, u64);

impl Prices for Fixed {
    fn of(&self, article: &str) -> String {
        format!("{article} costs {} in {}", self.1, self.0)
    }
}

#[service_factory]
fn prices(metadata: PluginMetadata, config: RootConfig, logger: Logger) -> Arc<dyn Prices> {
    logger.info("prices are made");
    let price = config.current().get("price").unwrap_or(100);
    Arc::new(Fixed(metadata.id().to_owned(), price))
}

#[tokio::test]
async fn a_factory_is_tested_in_two_lines() {
    let tester = ServiceFactoryTester::<dyn Prices>::from(test_backend![prices]);
    let tester = tester.start().await;
    assert_eq!(tester.subject().of("tea"), "tea costs 100 in test");
}

#[tokio::test]
async fn a_factory_is_tested_with_what_it_takes() {
    let logger = FakeLogger::new();
    let backend = test_backend![prices]
        .config(json!({ "price": 7 }))
        .with(Arc::clone(&logger));
    let tester = ServiceFactoryTester::<dyn Prices>::from(backend)
        .plugin("shop")
        .plugin("cafe");
    let tester = tester.start().await;
    assert_eq!(tester.subject().of("tea"), "tea costs 7 in shop");
    assert_eq!(tester.subject_of("cafe").of("tea"), "tea costs 7 in cafe");
    let lines = logger.logs().containing("prices are made");
    lines.clone().plugin("shop").assert_contains("made");
    lines.plugin("cafe").assert_contains("made");
    tester.backend().logs().containing("prices").assert_empty();
}

#[tokio::test]
async fn a_plugin_that_was_not_named_has_no_subject() {
    let tester = ServiceFactoryTester::<dyn Prices>::from(test_backend![prices]);
    let tester = tester.start().await;
    let text = crate::failure(|| tester.subject_of("shop"));
    assert!(
        text.starts_with("service `factories.prices` of plugin `shop` was not kept"),
        "{text}"
    );
}

#[test]
fn a_free_port_can_be_taken() {
    let port = free_port();
    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok());
}
