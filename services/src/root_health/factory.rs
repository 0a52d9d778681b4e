//! The default factory of `core.rootHealth`.

use std::sync::Arc;

use greenroom_di_core::RootContext;
use greenroom_di_macros::service_factory;

use super::{RootHealthService, from_state};

/// Provides `core.rootHealth` from the states of the backend and of its plugins.
#[service_factory]
pub fn root_health(context: Arc<RootContext>) -> Arc<dyn RootHealthService> {
    let plugins = context.plugins().iter();
    from_state(
        context.state(),
        plugins.map(|plugin| (plugin.id(), plugin.state())),
    )
}
