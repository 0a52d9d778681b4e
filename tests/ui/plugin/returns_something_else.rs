// A plugin has nothing to give.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin() -> u8 {
    1
}

fn main() {
    let _ = backend![plugin];
}
