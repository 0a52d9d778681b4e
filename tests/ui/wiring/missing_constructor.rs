// GR0001: an extension point without a `Default` and without its constructor.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(
    plugin = "catalog",
    id = "catalog.sources",
    constructed_by = "catalog::sources"
)]
struct Sources {
    logger: Logger,
}

#[backend_plugin(id = "catalog")]
async fn plugin(sources: Sources) {}

fn main() {
    let _ = backend![greenroom::defaults, plugin];
}
