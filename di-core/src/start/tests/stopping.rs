//! The stop: in reverse, whole, and with the name of what was in its way.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tracing::instrument::WithSubscriber;

use super::support::*;
use crate::lifecycle::{Hook, Phase};
use crate::service::{One, Scope, Service, ServiceMeta};
use crate::{Instance, PluginContext, StartError, StopHandle};

/// Tells when it goes, and panics if it is told to.
struct Mortal(&'static str, Stage);

impl Service for Mortal {
    const META: &'static ServiceMeta = &service("test.mortal", Scope::Root);
    type Arity = One;
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.1.write(format!("{} goes", self.0));
        assert_ne!(self.0, "second", "it does not want to");
    }
}

async fn live(taken: Taken) -> Result<Instance, crate::BoxError> {
    Ok(Instance::new(Arc::new(Mortal(taken.name, taken.stage))))
}

fn mortal(id: &'static str) -> ServiceMeta {
    service(id, Scope::Root)
}

fn three() -> [crate::Entry; 3] {
    [
        eager(
            mortal("test.third"),
            &[needs(mortal("test.second"))],
            act!("third"),
        ),
        factory(mortal("test.first"), &[], act!("first")),
        factory(
            mortal("test.second"),
            &[needs(mortal("test.first"))],
            act!("second"),
        ),
    ]
}

fn stage() -> Stage {
    Stage::new()
        .on("first", live)
        .on("second", live)
        .on("third", live)
}

const REVERSED: [&str; 3] = ["third goes", "second goes", "first goes"];

#[tokio::test]
async fn instances_go_in_reverse_and_a_panic_of_one_is_told() {
    let (stage, lines) = (stage(), Lines::new());
    let running = stage.start(&three()).await.expect("it starts");
    running.stop().with_subscriber(lines.dispatch()).await;
    assert_eq!(stage.diary()[3..], REVERSED);
    assert_eq!(lines.containing("panicked when it was dropped").len(), 1);
}

#[tokio::test]
async fn a_start_that_is_broken_off_stops_what_had_started() {
    let stop = StopHandle::new();
    let asked = stop.clone();
    let stage = stage().on("p", move |mut taken| {
        let stop = asked.clone();
        async move {
            let context: Arc<PluginContext> = taken.take()?;
            let stage = taken.stage.clone();
            let hook = Hook::new("close", async move || {
                stage.write("hook");
                Ok(())
            });
            context.hooks().add(Phase::Shutdown, hook)?;
            stop.request();
            pending::<()>().await;
            nothing()
        }
    });
    let mut entries = three().to_vec();
    entries.push(plugin("p", &[own_context()], act!("p")));
    let outcome = backend(&entries).start(stage.inputs().with(stop)).await;
    assert!(matches!(outcome, Err(StartError::Interrupted(_))));
    assert_eq!(stage.diary()[4], "hook");
    assert_eq!(stage.diary()[5..], REVERSED);
}

#[tokio::test(start_paused = true)]
async fn what_hangs_or_fails_is_named_and_keeps_nobody_from_their_turn() {
    let stage = Stage::new().on("p", async |mut taken| {
        let context: Arc<PluginContext> = taken.take()?;
        let last = taken.stage.clone();
        for hook in [
            Hook::new("last", async move || {
                last.write("last");
                Ok(())
            }),
            Hook::new("hangs", pending).deadline(Duration::from_secs(2)),
            Hook::new("panics", async || panic!("no")),
        ] {
            context.hooks().add(Phase::Shutdown, hook)?;
        }
        let root = Hook::new("fails", async || Err("no".into()));
        taken.root.hooks().add(Phase::Shutdown, root)?;
        nothing()
    });
    let entries = [plugin("p", &[own_context()], act!("p"))];
    let running = stage.start(&entries).await.expect("it starts");
    let report = running.stop().await;
    assert_eq!(report.hung, ["p: hangs"]);
    assert_eq!(report.failed, ["p: panics", "fails"]);
    assert!(!report.is_success());
    assert_eq!(stage.diary(), ["p", "last"]);
}
