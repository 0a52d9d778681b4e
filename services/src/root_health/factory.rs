//! The default factory of `core.rootHealth`.

use std::sync::Arc;

use greenroom_di_core::RootContext;
use greenroom_di_macros::service_factory;

use super::{RootHealthService, from_state};

/// Provides `core.rootHealth` from the backend's own state.
#[service_factory]
pub fn root_health(context: Arc<RootContext>) -> Arc<dyn RootHealthService> {
    from_state(context.state())
}
