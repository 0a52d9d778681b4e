// GR0016: a module extends through a point that it offers.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[backend_plugin(id = "catalog")]
async fn plugin() {}

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: Sources, more: &mut Sources) {}

fn main() {
    let _ = backend![plugin, module];
}
