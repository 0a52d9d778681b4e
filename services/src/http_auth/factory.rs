//! The default factory of `core.httpAuth`.

use std::sync::Arc;

use greenroom_di_core::PluginContext;
use greenroom_di_macros::service_factory;

use super::HttpAuthService;
use super::service::PluginHttpAuth;
use crate::auth::Auth;
use crate::clock::Clock;
use crate::discovery::Discovery;

/// Provides `core.httpAuth`: tokens in headers and cookies, verified by the plugin's auth service.
#[service_factory]
pub fn http_auth(
    context: Arc<PluginContext>,
    auth: Auth,
    discovery: Discovery,
    clock: Clock,
) -> Arc<dyn HttpAuthService> {
    Arc::new(PluginHttpAuth {
        plugin_id: context.id().to_owned(),
        auth,
        discovery,
        clock,
    })
}
