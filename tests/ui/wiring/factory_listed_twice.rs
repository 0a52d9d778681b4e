// GR0003: one factory by two entries.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service_factory]
fn prices() -> Arc<dyn Prices> {
    unimplemented!()
}

features! {
    shop = [prices]
}

fn main() {
    let _ = backend![shop, prices];
}
