//! The default factories of `core.rootDatabase` and `core.database`.

use std::sync::Arc;

use greenroom_di_core::{BoxError, PluginContext, RootContext};
use greenroom_di_macros::service_factory;

use super::migrate::MigrationCommand;
use super::{Database, DatabaseSettings, RootDatabase};
use crate::auth::SharedKeys;
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::lifecycle::RootLifecycle;
use crate::logger::{Fields, RootLogger};

/// Provides `core.rootDatabase`, and offers the plugins' databases to `core.sharedKeys` for their keys. With
/// [`MigrationCommand`] among the backend's inputs the migrations of plugins do what that says.
///
/// # Errors
///
/// The configuration names no database that can be used.
#[service_factory]
pub fn root_database(
    context: Arc<RootContext>,
    settings: ServiceSettings<DatabaseSettings>,
    lifecycle: RootLifecycle,
    logger: RootLogger,
    clock: Clock,
    shared_keys: Arc<SharedKeys>,
) -> Result<Arc<RootDatabase>, BoxError> {
    let logger = logger.logger(Fields::new());
    for warning in settings.warnings() {
        logger.warn(warning);
    }
    let command = context.input::<MigrationCommand>().cloned();
    let meter = opentelemetry::global::meter("greenroom");
    let root = RootDatabase::new((*settings).clone(), clock, &meter, command);
    let root = Arc::new(root);
    lifecycle.add_shutdown_hook(root.closing())?;
    shared_keys.offer(root.keys());
    Ok(root)
}

/// Provides `core.database`: a database of the plugin's own.
#[service_factory]
pub fn database(root: Arc<RootDatabase>, context: Arc<PluginContext>) -> Database {
    root.for_plugin(context.id())
}
