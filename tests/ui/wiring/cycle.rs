// GR0002: the whole cycle, each step with its place, at an entry of the list.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service(id = "shop.taxes")]
trait Taxes: Send + Sync {}

#[service(id = "shop.rates")]
trait Rates: Send + Sync {}

#[service_factory]
fn prices(taxes: Arc<dyn Taxes>) -> Arc<dyn Prices> {
    unimplemented!()
}

#[service_factory]
async fn taxes(rates: Option<Arc<dyn Rates>>) -> Arc<dyn Taxes> {
    unimplemented!()
}

#[service_factory]
fn rates(logger: Logger, prices: Arc<dyn Prices>) -> Arc<dyn Rates> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(taxes: Arc<dyn Taxes>) {}

fn main() {
    let _ = backend![greenroom::defaults, plugin, rates, taxes, prices];
}
