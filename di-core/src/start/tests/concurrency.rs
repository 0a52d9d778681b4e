//! Many units at once: nothing is built twice, nothing waits for ever.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::support::*;
use crate::PluginContext;
use crate::service::Scope;

const SHARED: crate::service::ServiceMeta = service("test.shared", Scope::Root);
const OWN: crate::service::ServiceMeta = service("test.own", Scope::Plugin);
const OTHER: crate::service::ServiceMeta = service("test.other", Scope::Plugin);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_plugins_wait_for_one_root_service_that_is_built_once() {
    let (gate, asked) = (Gate::closed(), Gate::closed());
    let stage = {
        let (gate, asked) = (gate.clone(), asked.clone());
        Stage::new()
            .on("shared", move |taken| {
                let (gate, asked) = (gate.clone(), asked.clone());
                async move {
                    asked.open();
                    gate.pass().await;
                    Ok(thing(taken.name))
                }
            })
            .on("plugin", async |mut taken| {
                let context: Arc<PluginContext> = taken.take()?;
                taken.stage.write(context.id());
                nothing()
            })
    };
    let ids: Vec<&'static str> = (0..1000)
        .map(|number| &**keep(format!("plugin-{number}")))
        .collect();
    let dependencies = [own_context(), needs(SHARED), needs(OWN), needs(OTHER)];
    let mut entries = vec![
        factory(SHARED, &[], act!("shared")),
        factory(OWN, &[needs(SHARED)], act!("own")),
        factory(OTHER, &[needs(SHARED), needs(OWN)], act!("other")),
    ];
    entries.extend(
        ids.iter()
            .map(|id| plugin(id, &dependencies, act!("plugin"))),
    );
    let starting = tokio::spawn({
        let stage = stage.clone();
        async move { stage.start(&entries).await }
    });
    asked.pass().await;
    assert_eq!(stage.diary(), ["shared"], "all others wait for it");
    gate.open();
    let running = starting.await.expect("no panic").expect("it starts");
    assert_eq!(stage.times("shared"), 1);
    assert_eq!((stage.times("own"), stage.times("other")), (1000, 1000));
    let mut happened = stage.diary();
    happened.retain(|what| what.starts_with("plugin-"));
    happened.sort();
    happened.dedup();
    assert_eq!(happened.len(), 1000, "each plugin ran once");
    assert_eq!(running.report().started().count(), 1000);
    assert!(running.stop().await.is_success());
}

#[tokio::test]
async fn what_does_not_wait_for_each_other_runs_side_by_side() {
    let barrier = Arc::new(Barrier::new(3));
    let meet = move |_: Taken| {
        let barrier = Arc::clone(&barrier);
        async move {
            barrier.wait().await;
            nothing()
        }
    };
    let stage = Stage::new()
        .on("one", meet.clone())
        .on("two", meet.clone())
        .on("module", meet);
    let entries = [
        plugin("one", &[], act!("one")),
        plugin("two", &[], act!("two")),
        plugin("three", &[], act!("three")),
        module("three", "module", &[], act!("module")),
    ];
    let running = stage.start(&entries).await.expect("all three meet");
    running.stop().await;
}
