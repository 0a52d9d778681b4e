// A factory that may fail says so by a `Result`.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

#[service_factory]
fn prices() -> Option<Arc<dyn Prices>> {
    None
}

fn main() {
    let _ = backend![prices];
}
