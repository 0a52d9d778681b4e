//! `core.lifecycle` and `core.rootLifecycle`: work to do when a plugin or the backend has started, and
//! before it stops.
//!
//! A plugin's startup hooks run right after its init, its shutdown hooks when the backend stops; hooks of
//! one owner run one after the other, shutdown hooks in the reverse order of their adding. Each has a
//! deadline ([`Hook::DEFAULT_DEADLINE`] unless it sets its own). A hook that fails, panics or hangs is
//! logged with its name and its plugin, and the next one runs.

use std::sync::Arc;

use greenroom_di_macros::service;

mod factory;
mod hooks;

pub use factory::{lifecycle, root_lifecycle};
pub use greenroom_di_core::lifecycle::{BackendState, Hook, HookResult, LateHook, PluginState};

/// A plugin's hooks.
#[service(id = "core.lifecycle", provided_by = "greenroom::services::lifecycle")]
pub trait LifecycleService: Send + Sync {
    /// Adds work to do right after the plugin's init. The plugin counts as started when it is done.
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
    /// Adds work to do when all plugins have started. The backend is ready when it is done.
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
