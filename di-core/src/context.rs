//! What a running backend knows of itself and hands to the factories that ask: identity, hooks, state,
//! and the values that the program was started with.
//!
//! These are handles, not a container: nothing here finds a service.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, Instrument, dispatcher};

use crate::error::{Cause, Failure, Fault};
use crate::inject::Outcome;
use crate::lifecycle::{BackendState, Hooks, PluginState};
use crate::policy::OnFailure;
use crate::shared::Shared;
use crate::tasks::Tasks;
use crate::{BoxError, BoxFuture, hooks, panic};

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
    plugins: Vec<Arc<PluginContext>>,
    /// Those that take part, once that is known.
    enabled: OnceLock<Vec<Arc<PluginContext>>>,
    shared: Arc<Shared>,
}

impl RootContext {
    pub(crate) fn new(inputs: Inputs, plugins: impl Iterator<Item = &'static str>) -> Self {
        let stop = inputs.get::<StopHandle>().cloned().unwrap_or_default();
        let shared = Arc::new(Shared::new(stop));
        let plugins = plugins.map(|id| Arc::new(PluginContext::new(id, Arc::clone(&shared))));
        Self {
            inputs,
            hooks: Hooks::default(),
            state: watch::Sender::new(BackendState::Starting),
            plugins: plugins.collect(),
            enabled: OnceLock::new(),
            shared,
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

    /// The plugins of this backend.
    ///
    /// What the startup policy itself is made from sees all of them; whatever is built later, those alone
    /// that are not switched off.
    pub fn plugins(&self) -> &[Arc<PluginContext>] {
        self.enabled.get().unwrap_or(&self.plugins)
    }

    /// Asks the backend to stop, as a signal would.
    pub fn request_stop(&self) {
        self.shared.stop.request();
    }

    /// Where the log goes. Everything that the backend runs from then on runs under it, so that several
    /// backends in one process keep their logs apart.
    ///
    /// The root logger's factory calls this; a second call changes nothing.
    pub fn set_dispatch(&self, dispatch: Dispatch) {
        let _ = self.shared.dispatch.set(dispatch);
    }

    /// The dispatch that was set, else the caller's.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.shared.dispatch()
    }

    /// The dispatch that was set.
    pub(crate) fn own_dispatch(&self) -> Option<&Dispatch> {
        self.shared.dispatch.get()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn set_enabled(&self, plugins: Vec<Arc<PluginContext>>) {
        let _ = self.enabled.set(plugins);
    }

    pub(crate) fn advance(&self, state: BackendState) {
        self.state.send_replace(state);
    }

    pub(crate) fn stop_requests(&self) -> watch::Receiver<bool> {
        self.shared.stop.requests()
    }
}

/// A plugin, as its own services see it.
#[derive(Debug)]
pub struct PluginContext {
    id: &'static str,
    hooks: Hooks,
    state: watch::Sender<PluginState>,
    start: Mutex<Start>,
    tasks: Tasks,
    shared: Arc<Shared>,
}

/// What may still keep a plugin from starting.
#[derive(Debug)]
enum Start {
    Open(Option<Fault>),
    /// The plugin is up; failures are a matter of its running.
    Over,
}

impl PluginContext {
    pub(crate) fn new(id: &'static str, shared: Arc<Shared>) -> Self {
        Self {
            id,
            hooks: Hooks::default(),
            state: watch::Sender::new(PluginState::Starting),
            start: Mutex::new(Start::Open(None)),
            tasks: Tasks::default(),
            shared,
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
    /// return an error by. The first failure is kept; after the start it changes nothing.
    pub fn fail(&self, error: impl Into<BoxError>) {
        self.keep(Cause::Error(error.into()).into());
    }

    /// Runs work beside the plugin: under its span and in the backend's log, and cancelled once the
    /// plugin's shutdown hooks are done.
    ///
    /// Work that panics or returns an error is logged with its name and plugin. While the plugin starts, it
    /// fails that start; afterwards the plugin counts as failed, and the startup policy says whether the
    /// backend goes on or stops. Work that comes after the plugin has stopped is not begun, and the log
    /// says so.
    ///
    /// Work that never ends is best an `async fn`: a block around a `loop` has no type that says so.
    ///
    /// # Panics
    ///
    /// Outside the runtime of tokio.
    pub fn spawn<Work>(self: &Arc<Self>, name: impl Into<Cow<'static, str>>, work: Work)
    where
        Work: Future<Output: Outcome> + Send + 'static,
    {
        let name = name.into();
        let dispatch = self.shared.dispatch();
        let span = dispatcher::with_default(
            &dispatch,
            || tracing::info_span!("task", plugin = self.id, task = %name),
        );
        let (context, of) = (Arc::clone(self), name.clone());
        let contained = async move {
            let work = || -> BoxFuture<_> { Box::pin(async { work.await.outcome() }) };
            if let Err(cause) = Cause::of(panic::contain_async(work).await) {
                context.task_failed(of, cause);
            }
        };
        let contained = contained.instrument(span).with_subscriber(dispatch.clone());
        if !self.tasks.spawn(name.clone(), contained) {
            dispatcher::with_default(&dispatch, || {
                tracing::warn!(target: "greenroom", plugin = self.id, task = %name, "A background task was not begun: its plugin has stopped");
            });
        }
    }

    fn task_failed(&self, name: Cow<'static, str>, cause: Cause) {
        tracing::error!(target: "greenroom", plugin = self.id, task = %name, error = %cause, "A background task failed, and with it its plugin");
        let fault = Fault {
            part: Some(("task", name)),
            cause,
        };
        let Some(Fault {
            part: Some((kind, id)),
            cause,
        }) = self.keep(fault)
        else {
            return;
        };
        let went_down = self.state.send_if_modified(|state| {
            let was_up = *state == PluginState::Started;
            if was_up {
                *state = PluginState::Failed;
            }
            was_up
        });
        if went_down {
            self.shared.report(Failure {
                kind,
                id,
                plugin: Some(self.id),
                place: None,
                cause,
                stopped: Vec::new(),
                modules: Vec::new(),
                tolerated: self.shared.on_plugin_failure(self.id) == OnFailure::Continue,
            });
        }
    }

    /// Keeps what is to fail the start, if it is the first; gives it back when the start is over.
    fn keep(&self, fault: Fault) -> Option<Fault> {
        match &mut *self.start() {
            Start::Open(kept) => {
                kept.get_or_insert(fault);
                None
            }
            Start::Over => Some(fault),
        }
    }

    /// What follows a plugin's init: failures that were recorded meanwhile, its startup hooks, and the news
    /// that it is up.
    pub(crate) async fn complete(&self) -> Result<(), Fault> {
        self.take_fault()?;
        hooks::run_startup(&self.hooks, Some(self.id)).await?;
        let mut start = self.start();
        if let Start::Open(Some(fault)) = std::mem::replace(&mut *start, Start::Over) {
            *start = Start::Open(None);
            return Err(fault);
        }
        self.advance(PluginState::Started);
        Ok(())
    }

    fn take_fault(&self) -> Result<(), Fault> {
        match &mut *self.start() {
            Start::Open(fault) => fault.take().map_or(Ok(()), Err),
            Start::Over => Ok(()),
        }
    }

    fn start(&self) -> MutexGuard<'_, Start> {
        self.start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub(crate) fn advance(&self, state: PluginState) {
        self.state.send_replace(state);
    }
}
