//! A fixture for tests across crates: the interface as it was one version ago.

use std::sync::Arc;

use greenroom::prelude::*;

/// What things cost.
#[service(id = "shop.prices", provided_by = "shop_node::prices")]
pub trait Prices: Send + Sync {
    /// The price of an article, in cents.
    fn of(&self, article: &str) -> u64;
}

struct Fixed;

impl Prices for Fixed {
    fn of(&self, _article: &str) -> u64 {
        1
    }
}

/// One price for all.
#[service_factory]
pub fn prices() -> Arc<dyn Prices> {
    Arc::new(Fixed)
}
