// GR0006: a module that two lists bring.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "catalog")]
async fn plugin() {}

#[backend_module(plugin = "catalog", id = "files")]
async fn module() {}

features! {
    one = [plugin, module]
    two = [module]
}

fn main() {
    let _ = backend![one, two];
}
