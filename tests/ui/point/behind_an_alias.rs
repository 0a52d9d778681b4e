// An alias cannot hide that a point is borrowed: the attribute has to see it.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

type Borrowed = &'static mut Sources;

#[backend_plugin(id = "catalog")]
async fn plugin(sources: Sources) {}

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: Borrowed) {}

fn main() {
    let _ = backend![plugin, module];
}
