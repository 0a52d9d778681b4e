//! `core.pluginMetadata` in tests.

use std::sync::Arc;

use greenroom::plugin_metadata::{PluginMetadata, PluginMetadataService};

use crate::TestDouble;

/// The identity of a plugin, for code that is tested without a backend.
///
/// The service is sealed, since ids come from the code. So a backend takes no double of it, and `.with` says so.
#[derive(Debug)]
pub struct FakePluginMetadata(&'static str);

impl FakePluginMetadata {
    /// That of a plugin with this id.
    #[must_use]
    pub fn new(id: &'static str) -> Arc<Self> {
        Arc::new(Self(id))
    }
}

impl PluginMetadataService for FakePluginMetadata {
    fn id(&self) -> &'static str {
        self.0
    }
}

impl TestDouble for FakePluginMetadata {
    type Service = dyn PluginMetadataService;

    fn into_service(self: Arc<Self>) -> PluginMetadata {
        self
    }
}

mock_service! {
    /// A mock of `core.pluginMetadata`, for code that is tested without a backend: the service is sealed.
    pub MockPluginMetadataService for PluginMetadataService {
        fn id(&self) -> &'static str;
    }
}
