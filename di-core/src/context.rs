//! What a running backend knows of itself and hands to the factories that ask: identity, hooks, state,
//! and the values that the program was started with.
//!
//! These are handles, not a container: nothing here finds a service.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::watch;
use tracing::Dispatch;

use crate::BoxError;
use crate::lifecycle::{BackendState, Hooks, PluginState};

/// Values that the program hands to its factories when it starts, one of each type: what was given on
/// the command line, for instance.
#[derive(Default)]
pub struct Inputs(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Inputs {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value, in place of an earlier one of its type.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
        self
    }

    fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

/// Asks a backend to stop, from outside and from before it has started.
#[derive(Clone, Debug)]
pub struct StopHandle(watch::Sender<bool>);

impl StopHandle {
    /// A handle, to be handed to the backend by its [`Inputs`].
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Asks for the stop. Asking twice changes nothing.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn requests(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

impl Default for StopHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Inputs({} values)", self.0.len())
    }
}

/// The backend, as its root services see it.
#[derive(Debug)]
pub struct RootContext {
    inputs: Inputs,
    hooks: Hooks,
    state: watch::Sender<BackendState>,
    stop: StopHandle,
    plugins: Vec<Arc<PluginContext>>,
    dispatch: OnceLock<Dispatch>,
}

impl RootContext {
    pub(crate) fn new(inputs: Inputs, plugins: Vec<Arc<PluginContext>>) -> Self {
        let stop = inputs.get::<StopHandle>().cloned().unwrap_or_default();
        Self {
            inputs,
            hooks: Hooks::default(),
            state: watch::Sender::new(BackendState::Starting),
            stop,
            plugins,
            dispatch: OnceLock::new(),
        }
    }

    /// The value of type `T` that the program was started with.
    #[must_use]
    pub fn input<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.inputs.get()
    }

    /// The hooks of the backend as a whole.
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// How far the backend has come.
    pub fn state(&self) -> watch::Receiver<BackendState> {
        self.state.subscribe()
    }

    /// The plugins of this backend, by id.
    pub fn plugins(&self) -> &[Arc<PluginContext>] {
        &self.plugins
    }

    /// Asks the backend to stop, as a signal would.
    pub fn request_stop(&self) {
        self.stop.request();
    }

    /// Where the log goes. Everything that the backend runs from then on runs under it, so that several
    /// backends in one process keep their logs apart.
    ///
    /// The root logger's factory calls this; a second call changes nothing.
    pub fn set_dispatch(&self, dispatch: Dispatch) {
        let _ = self.dispatch.set(dispatch);
    }

    /// The dispatch that was set, else the caller's.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch
            .get()
            .cloned()
            .unwrap_or_else(|| tracing::dispatcher::get_default(Dispatch::clone))
    }

    /// The dispatch that was set.
    pub(crate) fn own_dispatch(&self) -> Option<&Dispatch> {
        self.dispatch.get()
    }

    pub(crate) fn advance(&self, state: BackendState) {
        self.state.send_replace(state);
    }

    pub(crate) fn stop_requests(&self) -> watch::Receiver<bool> {
        self.stop.requests()
    }
}

/// A plugin, as its own services see it.
#[derive(Debug)]
pub struct PluginContext {
    id: &'static str,
    hooks: Hooks,
    state: watch::Sender<PluginState>,
    failure: Mutex<Option<BoxError>>,
}

impl PluginContext {
    pub(crate) fn new(id: &'static str) -> Self {
        Self {
            id,
            hooks: Hooks::default(),
            state: watch::Sender::new(PluginState::Starting),
            failure: Mutex::new(None),
        }
    }

    /// The plugin's id.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The hooks of this plugin.
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// How far the plugin has come.
    pub fn state(&self) -> watch::Receiver<PluginState> {
        self.state.subscribe()
    }

    /// Makes the plugin's start fail once its init is done: for services whose methods have nothing to
    /// return an error by. The first failure is kept.
    pub fn fail(&self, error: impl Into<BoxError>) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error.into());
    }

    pub(crate) fn take_failure(&self) -> Option<BoxError> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(crate) fn advance(&self, state: PluginState) {
        self.state.send_replace(state);
    }
}
