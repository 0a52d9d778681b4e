//! `core.lifecycle` and `core.rootLifecycle`: work to do when a plugin or the backend has started, while it
//! runs, and before it stops.
//!
//! A plugin's startup hooks run right after its init, its shutdown hooks when the backend stops; hooks of
//! one owner run one after the other, shutdown hooks in the reverse order of their adding. Each has a
//! deadline ([`Hook::DEFAULT_DEADLINE`] unless it sets its own).
//!
//! A startup hook of a plugin belongs to the plugin's start: if it fails, panics or hangs, the start of the
//! plugin fails, and the [startup policy](crate::startup_policy) says what that comes to. One of the root
//! fails the start of the backend, whatever the policy says. A shutdown hook that does so is logged with its
//! name and its plugin, and the next one runs: nothing may keep a backend from stopping.
//!
//! What goes on for as long as the plugin runs is a task, [spawned](LifecycleService#method.spawn) in the
//! plugin's name. A bare `tokio::spawn` would lose the plugin's log, and its failure.

use std::borrow::Cow;
use std::sync::Arc;

use greenroom_di_core::BoxFuture;
use greenroom_di_macros::service;

mod factory;
mod hooks;
#[cfg(test)]
mod tests;

pub use factory::{lifecycle, root_lifecycle};
pub use greenroom_di_core::lifecycle::{
    BackendState, Hook, HookResult, LateHook, Phase, PluginState,
};

/// A plugin's hooks and background tasks.
#[service(id = "core.lifecycle", provided_by = "greenroom::services::lifecycle")]
pub trait LifecycleService: Send + Sync {
    /// Adds work to do right after the plugin's init. The plugin counts as started when it is done, and its
    /// start fails when the work fails, panics or takes longer than the hook's deadline.
    ///
    /// # Errors
    ///
    /// [`LateHook`] when the plugin's startup hooks have begun to run.
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook>;

    /// Adds work to do when the backend stops, after the requests in flight have come to their end.
    ///
    /// # Errors
    ///
    /// [`LateHook`] when the shutdown has begun.
    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook>;

    /// What [`spawn`](LifecycleService#method.spawn) comes to: this takes a future that is boxed already.
    fn spawn_boxed(&self, name: Cow<'static, str>, task: BoxFuture<HookResult>);
}

impl dyn LifecycleService {
    /// Runs a task in the background, in the plugin's name. It begins at once, and may end by itself; the
    /// rest are cancelled when the plugin's shutdown hooks are done. So a task that has to finish
    /// something is told to by a shutdown hook, which waits for it.
    ///
    /// What the task logs is logged as the plugin's. When it fails or panics, that is logged with the
    /// plugin and the name given here, and comes under the
    /// [startup policy](crate::startup_policy): while the plugin starts, it fails the plugin's start.
    /// Afterwards `abort` stops the backend, which then exits with status 1, and `continue` marks the
    /// plugin as failed: its requests are answered with 503, and the backend goes on.
    ///
    /// ```
    /// # use greenroom_services::lifecycle::Lifecycle;
    /// # use tokio::sync::mpsc::Receiver;
    /// fn count(lifecycle: &Lifecycle, mut numbers: Receiver<String>) {
    ///     lifecycle.spawn("count", async move {
    ///         let mut sum: u64 = 0;
    ///         while let Some(number) = numbers.recv().await {
    ///             sum += number.parse::<u64>()?;
    ///         }
    ///         tracing::info!(sum, "no more numbers come");
    ///         Ok(())
    ///     });
    /// }
    /// ```
    pub fn spawn(
        &self,
        name: impl Into<Cow<'static, str>>,
        task: impl Future<Output = HookResult> + Send + 'static,
    ) {
        self.spawn_boxed(name.into(), Box::pin(task));
    }
}

/// The service as a plugin takes it.
pub type Lifecycle = Arc<dyn LifecycleService>;

/// The hooks of the backend as a whole.
#[service(
    id = "core.rootLifecycle",
    scope = "root",
    provided_by = "greenroom::services::root_lifecycle"
)]
pub trait RootLifecycleService: Send + Sync {
    /// Adds work to do when all plugins have started, or have failed where the startup policy lets the
    /// backend go on. The backend is ready when it is done.
    ///
    /// # Errors
    ///
    /// [`LateHook`] when the startup hooks have begun to run.
    fn add_startup_hook(&self, hook: Hook) -> Result<(), LateHook>;

    /// Adds work to do as soon as a stop is asked for, while everything still works. These hooks run
    /// side by side.
    ///
    /// # Errors
    ///
    /// [`LateHook`] when the stop has begun.
    fn add_before_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook>;

    /// Adds work to do when all plugins have stopped.
    ///
    /// # Errors
    ///
    /// [`LateHook`] when the root's shutdown hooks have begun to run.
    fn add_shutdown_hook(&self, hook: Hook) -> Result<(), LateHook>;
}

/// The service as a factory takes it.
pub type RootLifecycle = Arc<dyn RootLifecycleService>;
