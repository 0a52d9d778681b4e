//! `core.discovery`: where plugins are reached.
//!
//! A plugin has two addresses. The internal one is for calls between backends: this backend's own listener, unless
//! `discovery.endpoints` says that the plugin runs elsewhere. The external one is for browsers and begins with
//! `backend.baseUrl`. Addresses follow the configuration while the backend runs. Both end with the plugin's path and without a slash: `http://localhost:7007/api/catalog`.
//!
//! Deliberately absent: `http+srv://`, by which Backstage looks an internal address up as an SRV record. It is refused
//! with words of its own; where the records are kept, a name that leads to the service is mostly kept too.

mod endpoints;
mod factory;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use greenroom_di_macros::service;

pub use factory::{discovery, root_discovery};
pub use service::RootDiscovery;
pub use settings::DiscoverySettings;

/// Tells where plugins are reached.
#[service(id = "core.discovery", provided_by = "greenroom::services::discovery")]
#[async_trait]
pub trait DiscoveryService: Send + Sync + 'static {
    /// The address of a plugin for calls from this backend, without a slash at its end.
    ///
    /// # Errors
    ///
    /// Where the plugin is cannot be found out now; the default service always knows.
    async fn base_url(&self, plugin_id: &str) -> Result<String, BoxError>;

    /// The address of a plugin for calls from outside, such as those of a browser.
    ///
    /// # Errors
    ///
    /// As for [`base_url`](Self::base_url).
    async fn external_base_url(&self, plugin_id: &str) -> Result<String, BoxError>;
}

/// The service as a plugin takes it.
pub type Discovery = Arc<dyn DiscoveryService>;
