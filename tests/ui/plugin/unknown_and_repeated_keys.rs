// All mistakes of an attribute at once.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop", name = "Shop", id = "till", crate = "greenroom")]
async fn plugin() {}

fn main() {
    let _ = backend![plugin];
}
