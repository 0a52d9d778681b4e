//! Background tasks: whose they are, how they end, and what their failure comes to.

use std::future::pending;
use std::sync::Arc;

use tracing::instrument::WithSubscriber;

use super::support::*;
use crate::lifecycle::{Hook, Phase, PluginState};
use crate::{BoxError, OnFailure, PluginContext, StartupPolicy};

fn entries() -> [crate::Entry; 2] {
    [policy(), plugin("p", &[own_context()], act!("p"))]
}

fn tolerant() -> StartupPolicy {
    StartupPolicy {
        on_plugin_failure: OnFailure::Continue,
        ..StartupPolicy::default()
    }
}

async fn lose() {
    panic!("lost");
}

struct TellDrop(Stage);

impl Drop for TellDrop {
    fn drop(&mut self) {
        self.0.write("task ended");
    }
}

#[tokio::test]
async fn a_task_runs_beside_its_plugin_and_ends_after_the_shutdown_hooks() {
    let lines = Lines::new();
    let stage = Stage::new().on("p", async |mut taken| {
        let context: Arc<PluginContext> = taken.take()?;
        let (told, stage) = (TellDrop(taken.stage.clone()), taken.stage.clone());
        let began = Gate::closed();
        let begin = began.clone();
        context.spawn("poll", async move {
            let _told = told;
            tracing::info!("polling");
            begin.open();
            pending::<()>().await;
        });
        began.pass().await;
        let hook = Hook::new("close", async move || {
            stage.write("hook");
            Ok(())
        });
        context.hooks().add(Phase::Shutdown, hook)?;
        nothing()
    });
    let entries = entries();
    let starting = stage.start(&entries).with_subscriber(lines.dispatch());
    let running = starting.await.expect("it starts");
    let context = Arc::clone(&running.context().plugins()[0]);
    assert!(
        lines.containing("polling")[0]
            .span
            .contains(r#"plugin="p" task=poll"#)
    );
    assert!(running.stop().await.is_success());
    assert_eq!(stage.diary(), ["p", "hook", "task ended"]);
    context.spawn("late", lose());
    assert_eq!(lines.containing("A background task failed").len(), 0);
}

#[tokio::test]
async fn a_task_that_panics_while_its_plugin_starts_fails_that_start() {
    let lines = Lines::new();
    let stage = Stage::new().on("p", async |mut taken| {
        let context: Arc<PluginContext> = taken.take()?;
        context.spawn("poll", lose());
        // On one thread the task has its turn before this one has it again.
        tokio::task::yield_now().await;
        nothing()
    });
    let entries = entries();
    let starting = stage.start(&entries).with_subscriber(lines.dispatch());
    let outcome = starting.await;
    assert_eq!(
        failures(outcome),
        [
            "background task `poll` of plugin `p` failed: it panicked: lost\n    at src/lib.rs:7:1\n    \
          keeps from starting plugin `p`"
        ]
    );
    let line = &lines.containing("A background task failed")[0];
    assert!(line.fields.contains(r#"plugin="p" task=poll"#), "{line:?}");
}

#[tokio::test]
async fn a_task_that_fails_while_others_still_start_breaks_the_start_off() {
    let stage = Stage::new()
        .on("p", async |mut taken| {
            let context: Arc<PluginContext> = taken.take()?;
            let mut state = context.state();
            context.spawn("poll", async move {
                state
                    .wait_for(|state| *state == PluginState::Started)
                    .await?;
                Err::<(), BoxError>("the queue is gone".into())
            });
            nothing()
        })
        .on("q", async |_| pending().await);
    let entries = [
        plugin("p", &[own_context()], act!("p")),
        plugin("q", &[], act!("q")),
    ];
    assert_eq!(
        failures(stage.start(&entries).await),
        ["background task `poll` of plugin `p` failed: the queue is gone"]
    );
}

async fn failing_later(inputs: crate::Inputs) -> (crate::Running, Gate) {
    let running = backend(&entries()).start(inputs).await.expect("it starts");
    let gate = Gate::closed();
    let (wait, plugin) = (gate.clone(), &running.context().plugins()[0]);
    plugin.spawn("poll", async move {
        wait.pass().await;
        Err::<(), BoxError>("the queue is gone".into())
    });
    (running, gate)
}

#[tokio::test]
async fn a_task_that_fails_later_stops_the_backend_and_is_the_reason() {
    let (running, gate) = failing_later(Stage::new().inputs()).await;
    assert_eq!(running.stop_reason(), None);
    gate.open();
    running.stop_requested().await;
    let reason = "background task `poll` of plugin `p` failed: the queue is gone";
    assert_eq!(running.stop_reason().as_deref(), Some(reason));
    let report = running.stop().await;
    assert_eq!(report.reason.as_deref(), Some(reason));
    assert!(!report.is_success());
}

#[tokio::test]
async fn a_task_that_fails_later_takes_its_plugin_down_alone_when_the_policy_says_so() {
    let (running, gate) = failing_later(Stage::new().inputs().with(tolerant())).await;
    let mut state = running.context().plugins()[0].state();
    gate.open();
    let failed = state.wait_for(|state| *state == PluginState::Failed);
    assert!(failed.await.is_ok());
    assert_eq!(running.stop_reason(), None);
    assert!(running.stop().await.is_success());
}

#[tokio::test]
async fn a_backend_that_is_let_go_leaves_no_task_behind() {
    let stage = Stage::new();
    let running = stage.start(&entries()).await.expect("it starts");
    let ended = Gate::closed();
    struct Open(Gate);
    impl Drop for Open {
        fn drop(&mut self) {
            self.0.open();
        }
    }
    let open = Open(ended.clone());
    running.context().plugins()[0].spawn("poll", async move {
        let _open = open;
        pending::<()>().await;
    });
    drop(running);
    ended.pass().await;
}
