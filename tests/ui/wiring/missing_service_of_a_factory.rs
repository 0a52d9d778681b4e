// GR0001: the factory that needs it is named, and the plugin that reaches the factory.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[service_factory]
fn prices(stock: Arc<Stock>) -> Arc<dyn Prices> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn Prices>) {}

fn main() {
    let _ = backend![prices, plugin];
}
