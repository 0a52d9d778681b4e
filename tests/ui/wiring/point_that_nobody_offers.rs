// GR0009: modules write to an extension point that nobody takes.
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
async fn module(sources: &mut Sources) {}

fn main() {
    let _ = backend![plugin, module];
}
