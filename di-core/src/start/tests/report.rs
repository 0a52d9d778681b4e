//! How a start went, as a value, as a table and in the log.

use std::time::Duration;

use tokio::time::sleep;
use tracing::Level;
use tracing::instrument::WithSubscriber;

use super::support::*;
use crate::service::{Scope, ServiceMeta};
use crate::{FeatureOutcome, OnFailure, PluginPolicy, StartReport};

const BASE: ServiceMeta = service("test.base", Scope::Root);
const OWN: ServiceMeta = service("test.own", Scope::Plugin);

async fn take(milliseconds: u64, name: &'static str) -> Result<crate::Instance, crate::BoxError> {
    sleep(Duration::from_millis(milliseconds)).await;
    Ok(thing(name))
}

fn stage() -> Stage {
    Stage::new()
        .on("base", async |_| take(10, "base").await)
        .on("own", async |_| take(200, "own").await)
        .on("slow", async |_| take(30, "slow").await)
        .on("fast", async |_| take(100, "fast").await)
}

fn entries() -> [crate::Entry; 4] {
    [
        factory(BASE, &[], act!("base")),
        factory(OWN, &[], act!("own")),
        plugin("slow", &[needs(BASE), needs(OWN)], act!("slow")),
        plugin("fast", &[], act!("fast")),
    ]
}

fn path(report: &StartReport) -> Vec<String> {
    report.critical_path().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn the_report_tells_times_and_the_critical_path() {
    let lines = Lines::new();
    let entries = entries();
    let starting = stage()
        .start(&entries)
        .with_subscriber(lines.dispatch())
        .await;
    let running = starting.expect("it starts");
    let report = running.report();
    assert_eq!(report.duration, Duration::from_millis(240));
    assert_eq!(
        path(report),
        [
            "service `test.base`",
            "service `test.own` for plugin `slow`",
            "plugin `slow`"
        ]
    );
    let slow = report.features.iter().find(|one| one.id == "slow");
    let slow = slow.expect("it is listed");
    assert_eq!(
        (slow.began, slow.duration, slow.outcome),
        (
            Duration::from_millis(210),
            Duration::from_millis(30),
            FeatureOutcome::Started
        )
    );
    let slowest: Vec<_> = report.slowest(2).iter().map(|one| one.id).collect();
    assert_eq!(slowest, ["test.own", "fast"]);

    let summary = &lines.containing("Backend started")[0];
    assert_eq!(summary.level, Level::INFO);
    assert_eq!(
        summary.fields,
        "plugins=2 durationMs=240 criticalPath=\"service `test.base` 10.0 ms > service `test.own` for plugin \
         `slow` 200.0 ms > plugin `slow` 30.0 ms\" slowest=\"service `test.own` for plugin `slow` 200.0 ms, \
         plugin `fast` 100.0 ms, plugin `slow` 30.0 ms\" "
    );
    let detail = lines.containing("plugin `fast` started");
    assert_eq!(detail[0].level, Level::DEBUG);
    assert_eq!(detail[0].fields, "beganMs=10 durationMs=100 ");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_report_reads_as_a_table() {
    let stage = stage().on("fast", async |_| Err("no".into()));
    let mut entries = entries().to_vec();
    entries.push(policy());
    entries.push(plugin("off", &[], act!("off")));
    let mut policy = policy_of(
        "fast",
        PluginPolicy {
            on_failure: Some(OnFailure::Continue),
            ..PluginPolicy::default()
        },
    );
    let disabled = PluginPolicy {
        disabled: true,
        ..PluginPolicy::default()
    };
    policy.plugins.insert("off".to_owned(), disabled);
    let inputs = stage.inputs().with(policy);
    let running = backend(&entries).start(inputs).await.expect("it starts");
    let table = running.report().to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "  began (ms)     took (ms)");
    assert_eq!(
        lines[1],
        "         0.0           0.0  * service `core.startupPolicy`"
    );
    assert_eq!(
        lines[2],
        "         0.0          10.0  * service `test.base`"
    );
    assert_eq!(
        lines[3],
        "        10.0         200.0  * service `test.own` for plugin `slow`"
    );
    assert_eq!(
        lines[4],
        "        10.0           0.0    plugin `fast` (failed)"
    );
    assert_eq!(lines[5], "       210.0          30.0  * plugin `slow`");
    assert_eq!(
        lines[6],
        "                     240.0    in all; `*` is on the critical path"
    );
    assert_eq!(
        lines[7..],
        [
            "switched off: off",
            "failed:",
            "  plugin `fast` failed: no",
            "      at src/lib.rs:7:1"
        ]
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_is_told_as_well() {
    let stage = stage().on("own", async |_| Err("no".into()));
    let lines = Lines::new();
    let outcome = stage
        .start(&entries())
        .with_subscriber(lines.dispatch())
        .await;
    let Err(crate::StartError::Failed(report)) = outcome else {
        panic!("a service fails")
    };
    let slow = report.features.iter().find(|one| one.id == "slow");
    assert_eq!(slow.map(|one| one.outcome), Some(FeatureOutcome::Skipped));
    let line = &lines.containing("Backend failed to start")[0];
    assert_eq!(line.level, Level::ERROR);
    assert!(
        line.fields.starts_with("failures=1 durationMs=110 "),
        "{}",
        line.fields
    );
    let failure = &lines.containing("failed to start")[0];
    assert!(failure.fields.contains(r#"plugin="slow""#), "{failure:?}");
}
