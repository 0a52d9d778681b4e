//! The factory of `core.pluginMetadata`, which cannot be replaced: ids come from the code.

use std::sync::Arc;

use greenroom_di_core::PluginContext;
use greenroom_di_macros::service_factory;

use super::PluginMetadataService;

struct Metadata(&'static str);

impl PluginMetadataService for Metadata {
    fn id(&self) -> &'static str {
        self.0
    }
}

/// Provides `core.pluginMetadata`.
#[service_factory]
pub fn plugin_metadata(context: Arc<PluginContext>) -> Arc<dyn PluginMetadataService> {
    Arc::new(Metadata(context.id()))
}
