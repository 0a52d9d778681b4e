// Expansions are quiet under lints that their authors may deny.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, non_camel_case_types)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
//! A crate with strict lints.

use greenroom::prelude::*;
use std::sync::Arc;

/// A service.
#[service(id = "shop.prices")]
pub trait Prices: Send + Sync {}

/// An implementation.
#[derive(Debug)]
pub struct Free;

impl Prices for Free {}

/// A factory.
#[service_factory]
#[must_use]
pub fn prices() -> Arc<dyn Prices> {
    Arc::new(Free)
}

/// A tax.
#[derive(Debug)]
pub struct Vat;

impl Tax for Vat {}

/// A factory of one of many.
#[service_factory]
#[must_use]
pub fn vat() -> Arc<dyn Tax> {
    Arc::new(Vat)
}

/// A service with many factories.
#[service(id = "shop.taxes", multiton)]
pub trait Tax: Send + Sync {}

/// A decorator.
#[service_decorator]
#[must_use]
pub fn counted(prices: Arc<dyn Prices>) -> Arc<dyn Prices> {
    prices
}

/// An extension point.
#[extension_point(plugin = "shop", id = "shop.articles")]
#[derive(Debug, Default)]
pub struct Articles(u8);

/// A module.
#[backend_module(plugin = "shop", id = "one")]
pub async fn one(articles: &mut Articles) {
    std::future::ready(()).await;
    articles.0 += 1;
}

/// A module that takes a service too, and cannot wait.
#[backend_module(plugin = "shop", id = "two")]
pub fn two(articles: &mut Articles, prices: Arc<dyn Prices>) {
    articles.0 += 1;
    drop(prices);
}

/// A plugin.
#[backend_plugin(id = "shop")]
pub async fn plugin(prices: Arc<dyn Prices>, articles: Articles, taxes: Vec<Arc<dyn Tax>>) {
    drop((prices, articles, taxes));
}

features! {
    /// A list.
    pub shop = [prices, counted, vat, plugin, one, two]
}

assert_wired![shop];

fn main() {
    let _ = backend![shop];
}
