// GR0016: one extension point twice in one function, once behind an alias.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

type Places = Sources;

#[backend_plugin(id = "catalog")]
async fn plugin(sources: Sources, places: Places) {}

fn main() {
    let _ = backend![plugin];
}
