// One of the two.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[service_factory(eager, lazy)]
fn stock() -> Arc<Stock> {
    Arc::new(Stock)
}

fn main() {
    let _ = backend![stock];
}
