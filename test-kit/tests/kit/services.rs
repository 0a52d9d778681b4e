//! Services without a plugin of one's own.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom_test_kit::test_backend;
use serde_json::json;

#[service(id = "prices.prices")]
trait Prices: Send + Sync {
    fn of(&self, article: &str) -> String;
}

struct Fixed(String);

impl Prices for Fixed {
    fn of(&self, article: &str) -> String {
        format!("{article} costs 100 in {}", self.0)
    }
}

#[service_factory]
fn prices(metadata: PluginMetadata) -> Arc<dyn Prices> {
    Arc::new(Fixed(metadata.id().to_owned()))
}

struct Half(Arc<dyn Prices>);

impl Prices for Half {
    fn of(&self, article: &str) -> String {
        self.0.of(article).replace("100", "50")
    }
}

#[service_decorator]
fn half_price(inner: Arc<dyn Prices>) -> Arc<dyn Prices> {
    Arc::new(Half(inner))
}

#[backend_plugin(id = "shop")]
async fn shop() {}

#[tokio::test]
async fn a_factory_is_tested_for_plugins_that_are_there_and_that_are_not() {
    let backend = test_backend![prices, shop]
        .reach::<dyn Prices>("shop")
        .reach::<dyn Prices>("cafe");
    let backend = backend.start().await;
    assert_eq!(
        backend.service::<dyn Prices>("shop").of("tea"),
        "tea costs 100 in shop"
    );
    assert_eq!(
        backend.service::<dyn Prices>("cafe").of("tea"),
        "tea costs 100 in cafe"
    );
}

#[tokio::test]
async fn a_service_is_what_its_decorators_make_of_it() {
    let backend = test_backend![prices, half_price].reach::<dyn Prices>("shop");
    let brought = Arc::new(Fixed("the test".to_owned()));
    let backend = backend.service::<dyn Prices>(brought).start().await;
    assert_eq!(
        backend.service::<dyn Prices>("shop").of("tea"),
        "tea costs 50 in the test"
    );
}

#[tokio::test]
async fn a_service_that_nobody_asked_for_is_not_there() {
    let backend = test_backend![prices, shop].start().await;
    let text = crate::failure(|| backend.service::<dyn Prices>("shop"));
    let expected = "service `prices.prices` of plugin `shop` was not kept for the test: ask for it before the start, by \
                    `.reach::<dyn Prices>(\"shop\")`";
    assert!(text.starts_with(expected), "{text}");
}

#[tokio::test]
async fn a_service_that_nobody_provides_is_told_as_the_compiler_would() {
    let text = crate::failure(|| drop(test_backend![shop].reach::<dyn Prices>("shop").start()));
    assert!(
        text.contains("GR0001: no factory provides `prices.prices`"),
        "{text}"
    );
    assert!(text.contains(file!()), "{text}");
}

#[tokio::test]
async fn a_root_service_can_be_reached_too() {
    let backend = test_backend![].config(json!({ "a": 1 }));
    let backend = backend
        .reach::<dyn greenroom::config::RootConfigService>("any")
        .start()
        .await;
    let config = backend.service::<dyn greenroom::config::RootConfigService>("any");
    assert_eq!(config.current().get::<u8>("a").ok(), Some(1));
}
