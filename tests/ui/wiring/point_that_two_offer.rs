// GR0009: a plugin and a module both take an extension point by value.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[backend_plugin(id = "catalog")]
async fn plugin(sources: Sources) {}

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: Sources) {}

fn main() {
    let _ = backend![plugin, module];
}
