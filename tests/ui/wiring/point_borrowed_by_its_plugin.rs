// GR0015: a plugin borrows an extension point in place of taking it.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[backend_plugin(id = "catalog")]
async fn plugin(sources: &mut Sources) {}

fn main() {
    let _ = backend![plugin];
}
