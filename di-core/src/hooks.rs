//! The running of hooks: each in a task of its own, with a deadline.
//!
//! What a failed hook comes to is for the caller to say: before the backend is up it fails a start, later it
//! is told and the next hook runs.

use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::error::{Cause, Fault};
use crate::lifecycle::{Hook, Hooks, Phase};
use crate::panic;

/// Runs a hook to its end or its deadline. Whoever drops this future ends the hook as well.
pub(crate) async fn run(hook: Hook, plugin: Option<&'static str>) -> Result<(), Cause> {
    let limit = hook.time_limit();
    let span = match plugin {
        Some(plugin) => tracing::info_span!("hook", plugin),
        None => tracing::Span::none(),
    };
    let work = panic::contain_async(move || hook.start());
    let mut task = JoinSet::new();
    task.spawn(work.instrument(span).with_current_subscriber());
    match timeout(limit, task.join_next()).await {
        Ok(Some(Ok(outcome))) => Cause::of(outcome),
        Ok(Some(Err(_)) | None) => Err(Cause::Panic("its task was aborted".to_owned())),
        Err(_) => Err(Cause::Hung(limit)),
    }
}

/// Begins the startup phase and runs its hooks one after the other, up to the first that fails: what comes
/// later may count on it.
pub(crate) async fn run_startup(hooks: &Hooks, plugin: Option<&'static str>) -> Result<(), Fault> {
    for hook in hooks.begin(Phase::Startup) {
        let name = hook.shared_name();
        run(hook, plugin).await.map_err(|cause| Fault {
            part: Some(("hook", name)),
            cause,
        })?;
    }
    Ok(())
}
