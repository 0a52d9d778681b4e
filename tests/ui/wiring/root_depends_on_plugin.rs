// GR0004: a root service has no plugin whose logger it could take.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[service_factory]
fn stock(logger: Logger) -> Arc<Stock> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(stock: Arc<Stock>) {}

fn main() {
    let _ = backend![greenroom::defaults, stock, plugin];
}
