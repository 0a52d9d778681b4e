//! The default factories of `core.rootCache` and `core.cache`.

use std::sync::Arc;

use greenroom_di_core::{BoxError, PluginContext};
use greenroom_di_macros::service_factory;

use super::{CacheService, CacheSettings, RootCache};
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::logger::{Logger, RootLogger};
use crate::root_health::RootHealth;

/// Provides `core.rootCache`: one store, and one connection, for all plugins. Nothing is connected before the first call,
/// so a server that is away at the start does not stop it.
///
/// # Errors
///
/// The configuration of the store cannot be used.
#[service_factory]
pub fn root_cache(
    settings: ServiceSettings<CacheSettings>,
    clock: Clock,
    logger: RootLogger,
    health: RootHealth,
) -> Result<Arc<RootCache>, BoxError> {
    let cache = RootCache::new(&settings, clock, &logger)?;
    health.note_dependency("cache", cache.away());
    Ok(Arc::new(cache))
}

/// Provides `core.cache`: the plugin's part of the shared store.
#[service_factory]
pub fn cache(
    root: Arc<RootCache>,
    context: Arc<PluginContext>,
    logger: Logger,
) -> Arc<dyn CacheService> {
    root.for_plugin(context.id(), logger)
}
