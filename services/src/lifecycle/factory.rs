//! The default factories of `core.lifecycle` and `core.rootLifecycle`.

use std::sync::Arc;

use greenroom_di_core::{PluginContext, RootContext};
use greenroom_di_macros::service_factory;

use super::hooks::{PluginHooks, RootHooks};
use super::{LifecycleService, RootLifecycleService};

/// Provides `core.lifecycle` by the plugin's hooks in the container.
#[service_factory]
pub fn lifecycle(context: Arc<PluginContext>) -> Arc<dyn LifecycleService> {
    Arc::new(PluginHooks(context))
}

/// Provides `core.rootLifecycle` by the backend's hooks in the container.
#[service_factory]
pub fn root_lifecycle(context: Arc<RootContext>) -> Arc<dyn RootLifecycleService> {
    Arc::new(RootHooks(context))
}
