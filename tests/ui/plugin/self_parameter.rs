// A plugin is a free function.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin(self) {}

fn main() {
    let _ = backend![plugin];
}
