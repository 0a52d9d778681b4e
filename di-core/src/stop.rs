//! The stop, and the running of hooks: each in a task of its own, with a deadline.
//!
//! The order is the reverse of the start: before-shutdown hooks while everything still works, then the
//! plugins, then the root services, then the instances are let go. A hook that fails, panics or hangs is
//! named and does not keep the next one from running.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::lifecycle::{BackendState, Hook, Phase, PluginState};
use crate::panic;
use crate::start::Running;

/// How a stop went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopReport {
    /// The hooks that did not end by their deadline, as `plugin: name`, or `name` for one of the root.
    pub hung: Vec<String>,
    /// The hooks that failed or panicked.
    pub failed: Vec<String>,
}

impl StopReport {
    fn add(&mut self, other: Self) {
        self.hung.extend(other.hung);
        self.failed.extend(other.failed);
    }
}

pub(crate) async fn stop(running: Running) -> StopReport {
    let Running {
        root, instances, ..
    } = running;
    let began = Instant::now();
    let mut report = StopReport::default();

    root.advance(BackendState::Draining);
    let mut draining = JoinSet::new();
    for hook in root.hooks().begin(Phase::BeforeShutdown) {
        draining.spawn(run(hook, Phase::BeforeShutdown, None).with_current_subscriber());
    }
    report.add(joined(draining).await);

    root.advance(BackendState::Stopping);
    let mut plugins = JoinSet::new();
    for plugin in root.plugins() {
        plugin.advance(PluginState::Stopping);
        let hooks = plugin
            .hooks()
            .begin(Phase::Shutdown)
            .into_iter()
            .rev()
            .collect();
        let stopping = run_in_order(hooks, Phase::Shutdown, Some(plugin.id()));
        plugins.spawn(stopping.with_current_subscriber());
    }
    report.add(joined(plugins).await);

    let hooks = root
        .hooks()
        .begin(Phase::Shutdown)
        .into_iter()
        .rev()
        .collect();
    report.add(run_in_order(hooks, Phase::Shutdown, None).await);

    drop(instances);
    root.advance(BackendState::Stopped);
    let milliseconds = milliseconds(began.elapsed());
    tracing::info!(target: "greenroom", durationMs = milliseconds, "Backend stopped");
    report
}

/// A duration as the log tells it.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

async fn joined(mut tasks: JoinSet<StopReport>) -> StopReport {
    let mut report = StopReport::default();
    // A task that runs hooks does not panic: each hook has a task of its own.
    while let Some(done) = tasks.join_next().await {
        report.add(done.unwrap_or_default());
    }
    report
}

/// Runs the hooks one after the other.
pub(crate) async fn run_in_order(
    hooks: Vec<Hook>,
    phase: Phase,
    plugin: Option<&'static str>,
) -> StopReport {
    let mut report = StopReport::default();
    for hook in hooks {
        report.add(run(hook, phase, plugin).await);
    }
    report
}

async fn run(hook: Hook, phase: Phase, plugin: Option<&'static str>) -> StopReport {
    let name = match plugin {
        Some(plugin) => format!("{plugin}: {}", hook.name()),
        None => hook.name().to_owned(),
    };
    let limit = hook.time_limit();
    let span = match plugin {
        Some(plugin) => tracing::info_span!("hook", plugin),
        None => tracing::Span::none(),
    };
    // The hook's own code may panic before it gives a future, so that runs inside the task as well.
    let work = async move { hook.start().await };
    let mut task = tokio::spawn(work.instrument(span).with_current_subscriber());
    let mut report = StopReport::default();
    match timeout(limit, &mut task).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => {
            tracing::error!(target: "greenroom", plugin, hook = name, error = %error, "A {phase} hook failed");
            report.failed.push(name);
        }
        Ok(Err(error)) => {
            let message = match error.try_into_panic() {
                Ok(payload) => panic::message(&*payload),
                Err(_) => "its task was aborted".to_owned(),
            };
            tracing::error!(target: "greenroom",
                plugin,
                hook = name,
                error = message,
                "A {phase} hook panicked"
            );
            report.failed.push(name);
        }
        Err(_) => {
            task.abort();
            let milliseconds = milliseconds(limit);
            tracing::error!(target: "greenroom",
                plugin,
                hook = name,
                deadlineMs = milliseconds,
                "A {phase} hook hung and was given up"
            );
            report.hung.push(name);
        }
    }
    report
}
