// GR0019: one decorator, listed twice.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

struct Fixed;

impl Prices for Fixed {}

#[service_factory]
fn prices() -> Arc<dyn Prices> {
    Arc::new(Fixed)
}

#[service_decorator]
fn rounded(inner: Arc<dyn Prices>) -> Arc<dyn Prices> {
    inner
}

features! {
    shop = [prices, rounded]
}

fn main() {
    let _ = backend![shop, rounded];
}
