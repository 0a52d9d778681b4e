// Decorators wrap in listed order; a multiton has any number of factories.
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
async fn rounded(inner: Arc<dyn Prices>, logger: Option<Logger>) -> Result<Arc<dyn Prices>> {
    drop(logger);
    Ok(inner)
}

#[service_decorator]
fn reduced(inner: Arc<dyn Prices>, discounts: Vec<Arc<dyn Discount>>) -> Arc<dyn Prices> {
    assert!(discounts.len() < 3);
    inner
}

#[service(id = "shop.discounts", multiton, scope = "root")]
trait Discount: Send + Sync {}

struct Winter;

impl Discount for Winter {}

struct Summer;

impl Discount for Summer {}

#[service_factory]
fn winter() -> Arc<dyn Discount> {
    Arc::new(Winter)
}

#[service_factory(eager)]
fn summer() -> Arc<dyn Discount> {
    Arc::new(Summer)
}

#[service(id = "shop.coupons", multiton)]
struct Coupon;

features! {
    #[overridable]
    seasons = [winter, summer]
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn Prices>, discounts: Vec<Arc<dyn Discount>>, coupons: Vec<Arc<Coupon>>) {
    drop((prices, discounts, coupons));
}

fn main() {
    let _ = backend![plugin, seasons, winter, reduced, prices, rounded];
}
