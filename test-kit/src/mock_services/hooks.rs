//! Hooks that a test runs by hand.

use std::sync::{Mutex, PoisonError};

use greenroom::BoxError;
use greenroom::lifecycle::{Hook, HookResult, LateHook, Phase};

/// The hooks of one phase.
#[derive(Debug)]
pub(super) struct Hooks {
    phase: Phase,
    /// Of all that were added, in that order.
    names: Mutex<Vec<String>>,
    /// `None` once the phase has begun.
    waiting: Mutex<Option<Vec<Hook>>>,
}

impl Hooks {
    pub(super) fn of(phase: Phase) -> Self {
        Self {
            phase,
            names: Mutex::default(),
            waiting: Mutex::new(Some(Vec::new())),
        }
    }

    pub(super) fn add(&self, hook: Hook) -> Result<(), LateHook> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let phase = self.phase;
        let waiting = waiting.as_mut().ok_or(LateHook { phase })?;
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.push(hook.name().to_owned());
        waiting.push(hook);
        Ok(())
    }

    pub(super) fn names(&self) -> Vec<String> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.clone()
    }

    /// Begins the phase and runs its hooks, up to the first that fails.
    pub(super) async fn run_in_order(&self) -> HookResult {
        for hook in self.begin() {
            run(hook).await?;
        }
        Ok(())
    }

    /// Begins the phase and runs its hooks, last added first; gives those that failed.
    pub(super) async fn run_in_reverse(&self) -> Vec<(String, BoxError)> {
        let mut failed = Vec::new();
        for hook in self.begin().into_iter().rev() {
            let name = hook.name().to_owned();
            failed.extend(run(hook).await.err().map(|error| (name, error)));
        }
        failed
    }

    fn begin(&self) -> Vec<Hook> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.take().unwrap_or_default()
    }
}

async fn run(hook: Hook) -> HookResult {
    let limit = hook.time_limit();
    match tokio::time::timeout(limit, hook.start()).await {
        Ok(result) => result,
        Err(_) => Err(format!("it was not done after {limit:?}").into()),
    }
}
