// GR0011: a sealed service is not wrapped.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

use greenroom::plugin_metadata::PluginMetadataService;

#[service_decorator]
fn renamed(inner: PluginMetadata) -> Arc<dyn PluginMetadataService> {
    inner
}

fn main() {
    let _ = backend![greenroom::defaults, renamed];
}
