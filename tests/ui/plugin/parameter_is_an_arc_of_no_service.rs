// An `Arc` alone makes no service.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

trait Prices: Send + Sync {}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn Prices>) {}

fn main() {
    let _ = backend![plugin];
}
