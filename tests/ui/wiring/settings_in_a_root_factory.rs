// GR0014: a root service belongs to no plugin, whose settings could it take?
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct StockSettings {}

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[service_factory]
fn stock(settings: Settings<StockSettings>) -> Arc<Stock> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(stock: Arc<Stock>) {}

fn main() {
    let _ = backend![greenroom::defaults, stock, plugin];
}
