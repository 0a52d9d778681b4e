// GR0001: all that an entry misses is in its one report, and each wrong entry has one.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[backend_plugin(id = "shop")]
async fn shop(prices: Arc<dyn Prices>, stock: Arc<Stock>, router: HttpRouter) {}

#[backend_plugin(id = "till")]
async fn till(stock: Arc<Stock>) {}

fn main() {
    let _ = backend![greenroom::defaults, shop, till];
}
