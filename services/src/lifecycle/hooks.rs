//! The registries of the container, seen as services.

use std::sync::Arc;

use greenroom_di_core::lifecycle::Phase;
use greenroom_di_core::{PluginContext, RootContext};

use super::{Hook, LateHook, LifecycleService, RootLifecycleService};

pub(super) struct PluginHooks(pub(super) Arc<PluginContext>);

impl LifecycleService for PluginHooks {
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::Startup, hook)
    }

    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::Shutdown, hook)
    }
}

pub(super) struct RootHooks(pub(super) Arc<RootContext>);

impl RootLifecycleService for RootHooks {
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::Startup, hook)
    }

    fn add_before_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::BeforeShutdown, hook)
    }

    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::Shutdown, hook)
    }
}
