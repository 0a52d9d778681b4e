// A plugin has an id.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin]
async fn plugin() {}

fn main() {
    let _ = backend![plugin];
}
