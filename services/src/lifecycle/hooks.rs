//! What the container keeps of a life cycle, seen as services.

use std::borrow::Cow;
use std::sync::Arc;

use greenroom_di_core::lifecycle::Phase;
use greenroom_di_core::{BoxFuture, PluginContext, RootContext};

use super::{Hook, HookResult, LateHook, LifecycleService, RootLifecycleService};

pub(super) struct PluginHooks(pub(super) Arc<PluginContext>);

impl LifecycleService for PluginHooks {
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::Startup, hook)
    }

    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.0.hooks().add(Phase::Shutdown, hook)
    }

    fn spawn_boxed(&self, name: Cow<'static, str>, task: BoxFuture<HookResult>) {
        self.0.spawn(name, task);
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
