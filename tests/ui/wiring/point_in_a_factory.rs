// GR0015: a factory takes an extension point.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[service(id = "catalog.store")]
struct Store;

#[service_factory]
fn store(sources: Sources) -> Arc<Store> {
    unimplemented!()
}

#[backend_plugin(id = "catalog")]
async fn plugin(store: Arc<Store>) {}

fn main() {
    let _ = backend![plugin, store];
}
