// An optional service may be missing.
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[backend_plugin(id = "shop")]
async fn plugin(stock: Option<Arc<Stock>>) {
    assert!(stock.is_none());
}

fn main() {
    let _ = backend![plugin];
}
