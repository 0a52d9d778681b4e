// GR0011: a sealed service is not replaced.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

use greenroom::plugin_metadata::PluginMetadataService;

#[service_factory]
fn metadata() -> Arc<dyn PluginMetadataService> {
    unimplemented!()
}

fn main() {
    let _ = backend![greenroom::defaults, metadata];
}
