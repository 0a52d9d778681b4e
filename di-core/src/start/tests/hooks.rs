//! Startup hooks are a part of the start: one that fails, panics or hangs fails it.

use std::sync::Arc;
use std::time::Duration;

use super::support::*;
use crate::lifecycle::{Hook, Phase, PluginState};
use crate::{OnFailure, PluginContext, StartupPolicy};

fn entries() -> [crate::Entry; 3] {
    [
        policy(),
        plugin("p", &[own_context()], act!("p")),
        plugin("q", &[], act!("q")),
    ]
}

fn with_hook(make: impl Fn() -> Hook + Send + Sync + 'static) -> Stage {
    Stage::new().on("p", move |mut taken| {
        let hook = make();
        async move {
            let context: Arc<PluginContext> = taken.take()?;
            context.hooks().add(Phase::Startup, hook)?;
            let stage = taken.stage.clone();
            let next = Hook::new("next", async move || {
                stage.write("next");
                Ok(())
            });
            context.hooks().add(Phase::Startup, next)?;
            nothing()
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_startup_hook_that_fails_panics_or_hangs_fails_its_plugin() {
    let fails = with_hook(|| Hook::new("warm up", async || Err("cold".into())));
    let panics = with_hook(|| Hook::new("warm up", async || panic!("hot")));
    let hangs = with_hook(|| {
        let hook = Hook::new("warm up", std::future::pending);
        hook.deadline(Duration::from_secs(3))
    });
    for (stage, cause) in [
        (fails, "cold"),
        (panics, "it panicked: hot"),
        (hangs, "it was not done after 3s"),
    ] {
        let text = format!(
            "startup hook `warm up` of plugin `p` failed: {cause}\n    at src/lib.rs:7:1\n    \
             keeps from starting plugin `p`"
        );
        assert_eq!(failures(stage.start(&entries()).await), [text]);
        assert_eq!((stage.times("next"), stage.times("q")), (0, 1));
        let tolerant = StartupPolicy {
            on_plugin_failure: OnFailure::Continue,
            ..StartupPolicy::default()
        };
        let inputs = stage.inputs().with(tolerant);
        let running = backend(&entries()).start(inputs).await.expect("it starts");
        assert_eq!(state(&running, "p"), PluginState::Failed);
        assert_eq!(state(&running, "q"), PluginState::Started);
        running.stop().await;
    }
}

#[tokio::test]
async fn a_startup_hook_of_the_root_that_fails_fails_the_start() {
    let stage = Stage::new().on("q", async |taken| {
        let hook = Hook::new("announce", async || Err("nobody listens".into()));
        taken.root.hooks().add(Phase::Startup, hook)?;
        nothing()
    });
    assert_eq!(
        failures(stage.start(&entries()).await),
        ["startup hook `announce` failed: nobody listens"]
    );
}

#[tokio::test]
async fn a_failure_that_a_service_recorded_fails_the_plugin_after_its_init() {
    let stage = Stage::new().on("p", async |mut taken| {
        let context: Arc<PluginContext> = taken.take()?;
        context.fail("two routes overlap");
        context.fail("another one");
        taken.stage.write("went on");
        nothing()
    });
    assert_eq!(
        failures(stage.start(&entries()).await),
        ["plugin `p` failed: two routes overlap\n    at src/lib.rs:7:1"]
    );
    assert_eq!(stage.times("went on"), 1);
}
