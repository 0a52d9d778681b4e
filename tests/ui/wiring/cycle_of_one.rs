// GR0002: a service that needs itself.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service_factory]
fn prices(before: Arc<dyn Prices>) -> Arc<dyn Prices> {
    before
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn Prices>) {}

fn main() {
    let _ = backend![prices, plugin];
}
