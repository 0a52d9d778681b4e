// GR0018: a service with many factories has no decorator.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.discounts", multiton)]
trait Discount: Send + Sync {}

#[service_decorator]
fn doubled(inner: Vec<Arc<dyn Discount>>) -> Arc<dyn Discount> {
    unimplemented!()
}

fn main() {
    let _ = backend![doubled];
}
