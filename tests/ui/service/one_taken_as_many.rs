// There is one of it.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock")]
struct Stock;

#[backend_plugin(id = "shop")]
async fn plugin(stocks: Vec<Arc<Stock>>) {}

fn main() {
    assert_wired![greenroom::defaults, plugin];
}
