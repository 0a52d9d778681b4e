// GR0004: a decorator of a root service needs a service of which each plugin has its own.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[service_factory(eager)]
fn stock() -> Arc<Stock> {
    Arc::new(Stock)
}

#[service_decorator]
fn counted(inner: Arc<Stock>, logger: Logger) -> Arc<Stock> {
    inner
}

fn main() {
    let _ = backend![greenroom::defaults, stock, counted];
}
