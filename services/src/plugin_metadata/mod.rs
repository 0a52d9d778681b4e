//! `core.pluginMetadata`: who the plugin is, for services and libraries that build something in its name.

use std::sync::Arc;

use greenroom_di_macros::service;

mod factory;

pub use factory::plugin_metadata;

/// The identity of a plugin.
#[service(
    id = "core.pluginMetadata",
    sealed,
    provided_by = "greenroom::services::plugin_metadata"
)]
pub trait PluginMetadataService: Send + Sync {
    /// The plugin's id, as its `#[backend_plugin(id = "…")]` says.
    fn id(&self) -> &'static str;
}

/// The service as a plugin takes it.
pub type PluginMetadata = Arc<dyn PluginMetadataService>;
