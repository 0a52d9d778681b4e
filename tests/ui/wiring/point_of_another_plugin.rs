// GR0008: an extension point of another plugin.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[backend_plugin(id = "catalog")]
async fn catalog(sources: Sources) {}

#[backend_plugin(id = "search")]
async fn search() {}

#[backend_module(plugin = "search", id = "catalog")]
async fn module(sources: &mut Sources) {}

fn main() {
    let _ = backend![catalog, search, module];
}
