//! The default factories of `core.sharedKeys`, `core.rootAuth` and `core.auth`.

use std::sync::Arc;

use greenroom_di_core::{BoxError, PluginContext};
use greenroom_di_macros::service_factory;
use serde_json::json;

use super::AuthService;
use super::external::ExternalTokenHandler;
use super::key_table::SharedKeys;
use super::root::RootAuth;
use super::service::PluginAuth;
use super::settings::AuthSettings;
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::discovery::Discovery;
use crate::http_client::RootHttpClient;
use crate::logger::{Fields, Logger, RootLogger};

/// Provides `core.sharedKeys`: no table, until somebody offers one, as `core.rootDatabase` does.
#[service_factory]
pub fn shared_keys() -> Arc<SharedKeys> {
    Arc::default()
}

/// Provides `core.rootAuth`: keys, and what is known of tokens.
///
/// # Errors
///
/// An entry of `backend.auth.externalAccess` has a type that nobody handles, or options that its handler refuses;
/// or two handlers are of one type.
#[service_factory]
pub fn root_auth(
    settings: ServiceSettings<AuthSettings>,
    client: Arc<RootHttpClient>,
    logger: RootLogger,
    handlers: Vec<Arc<dyn ExternalTokenHandler>>,
    clock: Clock,
    shared_keys: Arc<SharedKeys>,
) -> Result<Arc<RootAuth>, BoxError> {
    let mut fields = Fields::new();
    fields.insert("service".to_owned(), json!("rootAuth"));
    let client = client.for_plugin("auth", logger.logger(fields));
    let root = RootAuth::new(&settings, client, &handlers, clock, shared_keys)?;
    Ok(Arc::new(root))
}

/// Provides `core.auth`: verifies and issues tokens in the plugin's name.
///
/// # Errors
///
/// A command on migrations cannot do what it wants of the table of keys.
#[service_factory]
pub async fn auth(
    root: Arc<RootAuth>,
    discovery: Discovery,
    context: Arc<PluginContext>,
    logger: Logger,
) -> Result<Arc<dyn AuthService>, BoxError> {
    root.prepare_keys_of(context.id()).await?;
    let auth = PluginAuth::new(context.id(), root, discovery, logger);
    Ok(Arc::new(auth))
}
