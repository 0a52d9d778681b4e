// GR0017: a decorator that does not take what it wraps.
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
fn cheaper(logger: Logger) -> Arc<dyn Prices> {
    Arc::new(Fixed)
}

fn main() {
    let _ = backend![greenroom::defaults, prices, cheaper];
}
