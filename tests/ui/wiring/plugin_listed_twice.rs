// GR0005: one plugin by two entries.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin() {}

fn main() {
    let _ = backend![plugin, greenroom::defaults, plugin];
}
