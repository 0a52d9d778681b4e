//! `core.rootHttpClient`: what all plugins share, the connections first of all.

use std::fmt;
use std::sync::Arc;

use greenroom_di_core::BoxError;
use greenroom_di_macros::service;

use super::service::PluginHttpClient;
use super::transport::{Network, Transport};
use super::{HttpClient, HttpClientSettings, OnlyHosts};
use crate::clock::{Clock, SystemClock};
use crate::logger::Logger;

/// The connections of a backend to other services, and the rules for their use. Plugins take
/// [`HttpClient`], which this makes for them; a root service takes this and gives the client a name.
#[service(
    id = "core.rootHttpClient",
    scope = "root",
    provided_by = "greenroom::services::root_http_client"
)]
pub struct RootHttpClient {
    pub(super) settings: HttpClientSettings,
    pub(super) hosts: Option<OnlyHosts>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Clock,
}

impl RootHttpClient {
    /// A pool without connections yet. With `hosts` no others are called.
    ///
    /// # Errors
    ///
    /// The authorities or the proxy of the settings cannot be used.
    pub fn new(settings: HttpClientSettings, hosts: Option<OnlyHosts>) -> Result<Self, BoxError> {
        let network = Network::new(&settings, hosts.clone())?;
        Ok(Self {
            settings,
            hosts,
            transport: Box::new(network),
            clock: Arc::new(SystemClock),
        })
    }

    /// The same with a clock of its own, by which a date in `Retry-After` is a pause.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The client of a plugin, which logs to the plugin's logger.
    #[must_use]
    pub fn for_plugin(self: &Arc<Self>, plugin_id: &str, logger: Logger) -> HttpClient {
        Arc::new(PluginHttpClient::new(Arc::clone(self), plugin_id, logger))
    }
}

impl fmt::Debug for RootHttpClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RootHttpClient")
            .field("settings", &self.settings)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
