// GR0007: a module whose plugin is not in the backend.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: &mut Sources) {
    sources.names.push("files".to_owned());
}

#[backend_plugin(id = "catalogue")]
async fn plugin() {}

fn main() {
    let _ = backend![greenroom::defaults, plugin, module];
}
