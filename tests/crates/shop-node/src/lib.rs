//! A fixture for tests across crates: what a plugin shares with its modules and with other plugins. Some of it is
//! wrong when it is listed together.

use std::sync::Arc;

use greenroom::prelude::*;

/// What things cost.
#[service(id = "shop.prices", provided_by = "shop_node::prices")]
pub trait Prices: Send + Sync {
    /// The price of an article, in cents.
    fn of(&self, article: &str) -> u64;
}

/// What there is, once for the backend.
#[service(id = "shop.stock", scope = "root")]
pub struct Stock {
    /// How the stock was found.
    pub source: &'static str,
}

/// Lowers prices: any number of factories.
#[service(id = "shop.discounts", multiton)]
pub trait Discount: Send + Sync {
    /// What is left of a price.
    fn apply(&self, price: u64) -> u64;
}

/// The articles that modules add.
#[extension_point(plugin = "shop", id = "shop.articles")]
#[derive(Default)]
pub struct Articles {
    /// Their names.
    pub names: Vec<String>,
}

/// What one module offers to others.
#[extension_point(plugin = "shop", id = "shop.tags")]
#[derive(Default)]
pub struct Tags {
    /// Their names.
    pub names: Vec<String>,
}

struct Fixed(u64);

impl Prices for Fixed {
    fn of(&self, _article: &str) -> u64 {
        self.0
    }
}

/// One price for all.
#[service_factory]
pub fn prices() -> Arc<dyn Prices> {
    Arc::new(Fixed(100))
}

/// The default stock. A backend in which something takes the stock has this text in it.
#[service_factory]
pub fn stock() -> Arc<Stock> {
    let source = "the stock of shop-node, which something takes";
    Arc::new(Stock { source })
}

/// Nobody takes this in any test, so a backend that lists [`defaults`] does not have its text.
#[service(id = "shop.catalogue")]
pub struct Catalogue {
    /// Its title.
    pub title: &'static str,
}

/// The factory that no test reaches.
#[service_factory]
pub fn catalogue() -> Arc<Catalogue> {
    let title = "the catalogue of shop-node, which nothing takes";
    Arc::new(Catalogue { title })
}

/// Wraps the prices; together with `shop_backend::rebates` it is a cycle.
#[service_decorator]
pub fn reduced(inner: Arc<dyn Prices>, _rebates: Arc<Rebates>) -> Arc<dyn Prices> {
    inner
}

/// What `shop_backend::rebates` provides.
#[service(id = "shop.rebates")]
pub struct Rebates;

features! {
    /// The default factories of the shop.
    #[overridable]
    pub defaults = [prices, stock, catalogue]
}
