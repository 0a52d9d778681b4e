// GR0012: a decorator of a service that nobody provides.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices", provided_by = "shop::prices")]
trait Prices: Send + Sync {}

#[service_decorator]
fn rounded(inner: Arc<dyn Prices>) -> Arc<dyn Prices> {
    inner
}

#[backend_plugin(id = "shop")]
async fn plugin() {}

fn main() {
    let _ = backend![plugin, rounded];
}
