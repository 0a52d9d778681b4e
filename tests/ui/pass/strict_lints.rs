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

/// A plugin.
#[backend_plugin(id = "shop")]
pub async fn plugin(prices: Arc<dyn Prices>) {
    drop(prices);
}

features! {
    /// A list.
    pub shop = [prices, plugin]
}

fn main() {
    let _ = backend![shop];
}
