// What a parameter may be is said on the parameter itself.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

struct Prices;

#[backend_plugin(id = "shop")]
async fn plugin(prices: Prices, logger: Logger) {}

fn main() {
    let _ = backend![greenroom::defaults, plugin];
}
