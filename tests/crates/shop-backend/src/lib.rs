//! A fixture for tests across crates: a plugin that knows its modules by the interface alone.

use std::sync::Arc;

use greenroom::prelude::*;
use shop_node::{Articles, Discount, Prices, Rebates, Stock};

/// The shop.
#[backend_plugin(id = "shop")]
pub async fn plugin(
    articles: Articles,
    prices: Arc<dyn Prices>,
    discounts: Vec<Arc<dyn Discount>>,
    stock: Arc<Stock>,
    logger: Logger,
) {
    for name in &articles.names {
        let price = prices.of(name);
        let price = discounts
            .iter()
            .fold(price, |price, discount| discount.apply(price));
        logger.info(format!("{name} costs {price}, from {}", stock.source));
    }
}

/// A second plugin, which takes nothing from modules.
#[backend_plugin(id = "till")]
pub async fn till(prices: Arc<dyn Prices>) {
    drop(prices);
}

/// A second plugin of the shop's id.
#[backend_plugin(id = "shop")]
pub async fn another() {}

/// Needs the prices, which `shop_node::reduced` makes from it.
#[service_factory]
pub fn rebates(prices: Arc<dyn Prices>) -> Arc<Rebates> {
    drop(prices);
    Arc::new(Rebates)
}
