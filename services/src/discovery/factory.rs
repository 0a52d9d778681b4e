//! The default factories of `core.rootDiscovery` and `core.discovery`.

use std::sync::Arc;

use greenroom_di_core::BoxError;
use greenroom_di_macros::service_factory;
use serde_json::json;

use super::service::RootDiscovery;
use super::{DiscoveryService, DiscoverySettings};
use crate::config::{FromConfig as _, RootConfig, ServiceSettings};
use crate::logger::{Fields, RootLogger};
use crate::root_http_router::RootHttpRouter;

/// Provides `core.rootDiscovery` from the configuration, which it follows, and the address of the backend's listener,
/// if it has one.
///
/// # Errors
///
/// [`ConfigError`](crate::config::ConfigError) for an address that is none, if it came after the check of all settings.
#[service_factory]
pub fn root_discovery(
    _checked: ServiceSettings<DiscoverySettings>,
    config: RootConfig,
    logger: RootLogger,
    router: Option<RootHttpRouter>,
) -> Result<Arc<RootDiscovery>, BoxError> {
    // Subscribed before it is read, so that no change falls between the two.
    let mut changes = config.subscribe();
    let newest = changes.borrow_and_update().clone();
    let settings = DiscoverySettings::from_config(&newest);
    let settings = settings.map_err(|mistakes| {
        let first = mistakes.into_iter().next();
        first.unwrap_or_else(|| "the configuration is wrong".into())
    })?;
    let address = router.and_then(|router| router.address());
    let mut fields = Fields::new();
    fields.insert("service".to_owned(), json!("rootDiscovery"));
    let logger = logger.logger(fields);
    let discovery = RootDiscovery::new(&settings, address, logger, changes);
    Ok(Arc::new(discovery))
}

/// Provides `core.discovery`, which is the same for all plugins.
#[service_factory]
pub fn discovery(root: Arc<RootDiscovery>) -> Arc<dyn DiscoveryService> {
    root
}
