//! `core.rootLifecycle` in tests.

use std::sync::Arc;

use greenroom::BoxError;
use greenroom::lifecycle::{
    Hook, HookResult, LateHook, Phase, RootLifecycle, RootLifecycleService,
};

use super::hooks::Hooks;
use crate::TestDouble;

/// The hooks of the backend as a whole, which the test runs when it likes.
#[derive(Debug)]
pub struct FakeRootLifecycle {
    startup: Hooks,
    before_shutdown: Hooks,
    shutdown: Hooks,
}

impl FakeRootLifecycle {
    /// Without hooks.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            startup: Hooks::of(Phase::Startup),
            before_shutdown: Hooks::of(Phase::BeforeShutdown),
            shutdown: Hooks::of(Phase::Shutdown),
        })
    }

    /// The names of the startup hooks, in the order in which they were added.
    #[must_use]
    pub fn startup_hooks(&self) -> Vec<String> {
        self.startup.names()
    }

    /// The names of the hooks before the shutdown, in the order in which they were added.
    #[must_use]
    pub fn before_shutdown_hooks(&self) -> Vec<String> {
        self.before_shutdown.names()
    }

    /// The names of the shutdown hooks, in the order in which they were added.
    #[must_use]
    pub fn shutdown_hooks(&self) -> Vec<String> {
        self.shutdown.names()
    }

    /// Runs the startup hooks one after the other. From then on there can be no more of them.
    ///
    /// # Errors
    ///
    /// That of the first hook that fails or takes longer than its deadline; the ones after it do not run.
    pub async fn run_startup_hooks(&self) -> HookResult {
        self.startup.run_in_order().await
    }

    /// Runs the hooks before the shutdown, one after the other; a backend runs them side by side. Gives the names of
    /// those that failed, with their errors.
    pub async fn run_before_shutdown_hooks(&self) -> Vec<(String, BoxError)> {
        self.before_shutdown.run_in_reverse().await
    }

    /// Runs the shutdown hooks, last added first. Gives the names of those that failed, with their errors.
    pub async fn run_shutdown_hooks(&self) -> Vec<(String, BoxError)> {
        self.shutdown.run_in_reverse().await
    }
}

impl RootLifecycleService for FakeRootLifecycle {
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.startup.add(hook)
    }

    fn add_before_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.before_shutdown.add(hook)
    }

    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook> {
        self.shutdown.add(hook)
    }
}

impl TestDouble for FakeRootLifecycle {
    type Service = dyn RootLifecycleService;

    fn into_service(self: Arc<Self>) -> RootLifecycle {
        self
    }
}

mock_service! {
    /// A mock of `core.rootLifecycle`.
    pub MockRootLifecycleService for RootLifecycleService {
        fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook>;
        fn add_before_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook>;
        fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook>;
    }
}
