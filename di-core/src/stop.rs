//! The stop: the reverse of the start.
//!
//! First the before-shutdown hooks while everything still works, then the plugins with their tasks, then the
//! root services, then the instances are let go. What fails, panics or hangs is named and does not keep the
//! next one from its turn.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;

use crate::context::PluginContext;
use crate::error::Cause;
use crate::hooks;
use crate::lifecycle::{BackendState, Hook, Phase, PluginState};
use crate::name::milliseconds;
use crate::start::Running;

/// How a stop went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopReport {
    /// The hooks and tasks that did not end by their deadline, as `plugin: name`, or `name` at the root.
    pub hung: Vec<String>,
    /// The hooks and tasks that failed or panicked while the backend stopped.
    pub failed: Vec<String>,
    /// The failure because of which the backend stopped; none when somebody asked for the stop.
    pub reason: Option<String>,
}

impl StopReport {
    /// Whether the program ends as it should: nothing hung, and no failure was the reason for the stop.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.hung.is_empty() && self.reason.is_none()
    }

    fn add(&mut self, other: Self) {
        self.hung.extend(other.hung);
        self.failed.extend(other.failed);
    }
}

pub(crate) async fn stop(running: Running) -> StopReport {
    let Running {
        root,
        instances,
        tasks,
        ..
    } = running;
    let began = Instant::now();
    let mut report = StopReport {
        reason: root.shared().reason(),
        ..StopReport::default()
    };

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
        plugins.spawn(stop_plugin(Arc::clone(plugin)).with_current_subscriber());
    }
    report.add(joined(plugins).await);

    let hooks = root.hooks().begin(Phase::Shutdown);
    report.add(run_in_reverse(hooks, None).await);

    drop(tasks);
    drop(instances);
    root.advance(BackendState::Stopped);
    let milliseconds = milliseconds(began.elapsed());
    tracing::info!(target: "greenroom", durationMs = milliseconds, "Backend stopped");
    report
}

async fn stop_plugin(plugin: Arc<PluginContext>) -> StopReport {
    let hooks = plugin.hooks().begin(Phase::Shutdown);
    let mut report = run_in_reverse(hooks, Some(plugin.id())).await;
    report.add(plugin.tasks().end(plugin.id()).await);
    report
}

async fn joined(mut tasks: JoinSet<StopReport>) -> StopReport {
    let mut report = StopReport::default();
    // A task that runs hooks does not panic: their panics are contained.
    while let Some(done) = tasks.join_next().await {
        report.add(done.unwrap_or_default());
    }
    report
}

/// Runs the hooks one after the other, last added first.
async fn run_in_reverse(hooks: Vec<Hook>, plugin: Option<&'static str>) -> StopReport {
    let mut report = StopReport::default();
    for hook in hooks.into_iter().rev() {
        report.add(run(hook, Phase::Shutdown, plugin).await);
    }
    report
}

async fn run(hook: Hook, phase: Phase, plugin: Option<&'static str>) -> StopReport {
    let name = match plugin {
        Some(plugin) => format!("{plugin}: {}", hook.name()),
        None => hook.name().to_owned(),
    };
    let mut report = StopReport::default();
    let Err(cause) = hooks::run(hook, plugin).await else {
        return report;
    };
    match cause {
        Cause::Error(error) => {
            tracing::error!(target: "greenroom", plugin, hook = name, error = %error, "A {phase} hook failed");
            report.failed.push(name);
        }
        Cause::Panic(message) => {
            tracing::error!(target: "greenroom",
                plugin,
                hook = name,
                error = message,
                "A {phase} hook panicked"
            );
            report.failed.push(name);
        }
        Cause::Hung(limit) => {
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
