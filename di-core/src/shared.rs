//! What a backend and its plugins share, whichever of the two a piece of user code holds: where the log goes,
//! how to ask for the stop, and what a failure comes to.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::Dispatch;

use crate::context::StopHandle;
use crate::error::Failure;
use crate::policy::{OnFailure, StartupPolicy};

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) stop: StopHandle,
    pub(crate) dispatch: OnceLock<Dispatch>,
    policy: OnceLock<Arc<StartupPolicy>>,
    faults: Mutex<Faults>,
}

/// The failures that happened outside a unit, in background tasks.
#[derive(Debug)]
enum Faults {
    /// Those that the start has to take in.
    Starting(Vec<Failure>),
    /// The first one that asked a started backend to stop.
    Running(Option<String>),
}

impl Shared {
    pub(crate) fn new(stop: StopHandle) -> Self {
        Self {
            stop,
            dispatch: OnceLock::new(),
            policy: OnceLock::new(),
            faults: Mutex::new(Faults::Starting(Vec::new())),
        }
    }

    /// The dispatch that was set, else the caller's.
    pub(crate) fn dispatch(&self) -> Dispatch {
        self.dispatch
            .get()
            .cloned()
            .unwrap_or_else(|| tracing::dispatcher::get_default(Dispatch::clone))
    }

    pub(crate) fn set_policy(&self, policy: Arc<StartupPolicy>) {
        let _ = self.policy.set(policy);
    }

    /// What a failure of a plugin comes to.
    pub(crate) fn on_plugin_failure(&self, plugin: &str) -> OnFailure {
        self.policy
            .get()
            .map_or(OnFailure::default(), |policy| policy.for_plugin(plugin))
    }

    /// Takes in a failure of a background task, and asks for the stop unless it is tolerated.
    pub(crate) fn report(&self, failure: Failure) {
        let tolerated = failure.tolerated;
        match &mut *self.faults() {
            Faults::Starting(failures) => failures.push(failure),
            Faults::Running(reason) if !tolerated => {
                reason
                    .get_or_insert_with(|| format!("{} failed: {}", failure.name(), failure.cause));
            }
            Faults::Running(_) => {}
        }
        if !tolerated {
            self.stop.request();
        }
    }

    /// The failures so far; what comes later is no longer a matter of the start.
    pub(crate) fn end_of_start(&self) -> Vec<Failure> {
        match std::mem::replace(&mut *self.faults(), Faults::Running(None)) {
            Faults::Starting(failures) => failures,
            Faults::Running(_) => Vec::new(),
        }
    }

    /// The failure because of which the backend was asked to stop.
    pub(crate) fn reason(&self) -> Option<String> {
        match &*self.faults() {
            Faults::Running(reason) => reason.clone(),
            Faults::Starting(_) => None,
        }
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
