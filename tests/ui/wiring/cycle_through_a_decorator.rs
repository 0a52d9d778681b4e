// GR0002: a decorator depends on what depends on the service that it wraps.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

struct Fixed;

impl Prices for Fixed {}

#[service(id = "shop.rebates")]
struct Rebates;

#[service_factory]
fn prices() -> Arc<dyn Prices> {
    Arc::new(Fixed)
}

#[service_factory]
fn rebates(prices: Arc<dyn Prices>) -> Arc<Rebates> {
    Arc::new(Rebates)
}

#[service_decorator]
fn reduced(inner: Arc<dyn Prices>, rebates: Arc<Rebates>) -> Arc<dyn Prices> {
    inner
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn Prices>) {}

fn main() {
    let _ = backend![prices, rebates, reduced, plugin];
}
