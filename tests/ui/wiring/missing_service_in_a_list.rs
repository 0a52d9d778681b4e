// GR0001: a mistake inside nested lists shows the way to it.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[backend_plugin(id = "shop")]
async fn plugin(stock: Arc<Stock>) {}

features! {
    inner = [plugin]
    outer = [inner]
}

fn main() {
    let _ = backend![outer];
}
