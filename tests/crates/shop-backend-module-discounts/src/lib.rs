//! A fixture for tests across crates: modules that know their plugin by its interface alone.

use std::sync::Arc;

use greenroom::prelude::*;
use shop_node::{Articles, Discount, Prices, Tags};

struct Half;

impl Discount for Half {
    fn apply(&self, price: u64) -> u64 {
        price / 2
    }
}

/// Everything at half price.
#[service_factory]
pub fn half() -> Arc<dyn Discount> {
    Arc::new(Half)
}

/// Adds an article.
#[backend_module(plugin = "shop", id = "discounts")]
pub async fn module(articles: &mut Articles) {
    articles.names.push("umbrella".to_owned());
}

/// Offers tags to other modules, and turns them into articles.
#[backend_module(plugin = "shop", id = "tags")]
pub async fn tags(tags: Tags, articles: &mut Articles) {
    articles.names.extend(tags.names);
}

/// Writes a tag.
#[backend_module(plugin = "shop", id = "colours")]
pub async fn colours(tags: &mut Tags) {
    tags.names.push("red umbrella".to_owned());
}

/// Waits for [`tags`], which waits for it when both are listed.
#[backend_module(plugin = "shop", id = "loop")]
pub async fn looping(articles: Articles, tags: &mut Tags) {
    tags.names.extend(articles.names);
}

/// A module of one plugin that writes to a point of another.
#[backend_module(plugin = "till", id = "articles")]
pub async fn foreign(articles: &mut Articles) {
    articles.names.push("receipt".to_owned());
}

/// Another factory of the prices.
#[service_factory]
pub fn prices() -> Arc<dyn Prices> {
    struct Free;
    impl Prices for Free {
        fn of(&self, _article: &str) -> u64 {
            0
        }
    }
    Arc::new(Free)
}
