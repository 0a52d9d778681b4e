// GR0005: a plugin that two lists bring.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin() {}

features! {
    one = [plugin]
    two = [plugin]
}

fn main() {
    let _ = backend![one, two];
}
