//! The states that a backend and its plugins go through, and the hooks that run between them.
//!
//! Registering is all that user code does with a hook; the runner takes the hooks out of the registry
//! when their phase begins, so a hook can neither run twice nor be added to a phase that has begun.
//! This module does not decide *when* a phase begins: that is the runner's.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How far a backend has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BackendState {
    /// Services and plugins are being started.
    Starting,
    /// Every plugin and every root startup hook is done.
    Ready,
    /// A stop was asked for: the before-shutdown hooks run and requests in flight come to their end.
    Draining,
    /// Plugins and services are being stopped.
    Stopping,
    /// Nothing runs any more.
    Stopped,
}

/// How far one plugin has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PluginState {
    /// The plugin's services, its init or its startup hooks are still at work.
    Starting,
    /// The plugin is up.
    Started,
    /// The plugin's start failed, or a background task of it did later on.
    Failed,
    /// The plugin's shutdown hooks run, or have run.
    Stopping,
    /// The plugin is switched off and takes no part in anything.
    Disabled,
}

/// What a hook resolves to. An error of a startup hook fails the start of its owner; that of another one is
/// logged with the hook's name and owner.
pub type HookResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

type HookFuture = Pin<Box<dyn Future<Output = HookResult> + Send>>;

/// Work to do once, when a phase of the backend's life begins, within a deadline.
pub struct Hook {
    name: Cow<'static, str>,
    deadline: Duration,
    run: Box<dyn FnOnce() -> HookFuture + Send>,
}

impl Hook {
    /// The deadline of a hook that does not set its own: 10 seconds.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

    /// A hook that runs `work` when its phase begins. The name appears in the log.
    pub fn new<F, Fut>(name: impl Into<Cow<'static, str>>, work: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = HookResult> + Send + 'static,
    {
        Self {
            name: name.into(),
            deadline: Self::DEFAULT_DEADLINE,
            run: Box::new(move || Box::pin(work())),
        }
    }

    /// Sets how long the hook may take before it is given up and the next phase begins.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The name given to [`Hook::new`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name, for whoever outlives the hook.
    pub(crate) fn shared_name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    /// How long the hook may take.
    pub fn time_limit(&self) -> Duration {
        self.deadline
    }

    /// Starts the work.
    pub fn start(self) -> HookFuture {
        (self.run)()
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hook")
            .field("name", &self.name)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// After the owner's start: a plugin's init, or the start of all plugins for the root.
    Startup,
    /// As soon as a stop is asked for, while everything still works. Root only.
    BeforeShutdown,
    /// While the backend stops.
    Shutdown,
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Phase::Startup => "startup",
            Phase::BeforeShutdown => "before-shutdown",
            Phase::Shutdown => "shutdown",
        })
    }
}

/// A hook came after its phase had begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attempted to add a {phase} hook after {phase} had begun")]
pub struct LateHook {
    /// The phase that had begun.
    pub phase: Phase,
}

/// The hooks of one owner (the backend or a plugin) that have not run yet.
#[derive(Debug)]
pub struct Hooks {
    // `None` once the phase has begun.
    startup: Mutex<Option<Vec<Hook>>>,
    before_shutdown: Mutex<Option<Vec<Hook>>>,
    shutdown: Mutex<Option<Vec<Hook>>>,
}

impl Default for Hooks {
    fn default() -> Self {
        let open = || Mutex::new(Some(Vec::new()));
        Self {
            startup: open(),
            before_shutdown: open(),
            shutdown: open(),
        }
    }
}

impl Hooks {
    /// Registers a hook.
    ///
    /// # Errors
    ///
    /// [`LateHook`] when the phase has begun already: the hook would never run.
    pub fn add(&self, phase: Phase, hook: Hook) -> Result<(), LateHook> {
        let mut open = self
            .registry(phase)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.as_mut().ok_or(LateHook { phase })?.push(hook);
        Ok(())
    }

    /// Begins the phase: hands out its hooks, in the order in which they came, and closes it.
    pub fn begin(&self, phase: Phase) -> Vec<Hook> {
        let mut open = self
            .registry(phase)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.take().unwrap_or_default()
    }

    fn registry(&self, phase: Phase) -> &Mutex<Option<Vec<Hook>>> {
        match phase {
            Phase::Startup => &self.startup,
            Phase::BeforeShutdown => &self.before_shutdown,
            Phase::Shutdown => &self.shutdown,
        }
    }
}
