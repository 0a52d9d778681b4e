//! The default factories of `core.rootHttpClient` and `core.httpClient`.

use std::sync::Arc;

use greenroom_di_core::{BoxError, PluginContext, RootContext};
use greenroom_di_macros::service_factory;

use super::{HttpClientService, HttpClientSettings, OnlyHosts, RootHttpClient};
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::logger::Logger;

/// Provides `core.rootHttpClient`: one pool of connections. With [`OnlyHosts`] among the backend's inputs no
/// other hosts are called.
///
/// # Errors
///
/// The authorities or the proxy in the configuration cannot be used.
#[service_factory]
pub fn root_http_client(
    context: Arc<RootContext>,
    settings: ServiceSettings<HttpClientSettings>,
    clock: Clock,
) -> Result<Arc<RootHttpClient>, BoxError> {
    let hosts = context.input::<OnlyHosts>().cloned();
    let client = RootHttpClient::new((*settings).clone(), hosts)?;
    Ok(Arc::new(client.with_clock(clock)))
}

/// Provides `core.httpClient`: the shared connections, in the plugin's name.
#[service_factory]
pub fn http_client(
    root: Arc<RootHttpClient>,
    context: Arc<PluginContext>,
    logger: Logger,
) -> Arc<dyn HttpClientService> {
    root.for_plugin(context.id(), logger)
}
