// GR0003: two lists of defaults for one service.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service_factory]
fn cheap() -> Arc<dyn Prices> {
    unimplemented!()
}

#[service_factory]
fn dear() -> Arc<dyn Prices> {
    unimplemented!()
}

features! {
    #[overridable]
    one = [cheap]
    #[overridable]
    two = [dear]
}

fn main() {
    let _ = backend![one, two];
}
