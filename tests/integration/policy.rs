//! Failures that a start may live with, plugins that are switched off, and what is told of a start.

use std::sync::Arc;

use greenroom::lifecycle::PluginState;
use greenroom::prelude::{get as get_route, *};
use greenroom::{Cause, FeatureOutcome, Kind, RootContext, StartError};
use greenroom_test_kit::test_backend;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::support::program::{self, Parts as _};

#[extension_point(plugin = "catalog", id = "policy.sources")]
#[derive(Default)]
struct Sources(Vec<&'static str>);

#[service(id = "policy.index")]
struct Index;

#[service_factory]
fn index(metadata: PluginMetadata) -> Result<Arc<Index>> {
    Err(format!("no disk for {}", metadata.id()).into())
}

#[service(id = "policy.pool", scope = "root")]
struct Pool;

#[service_factory]
fn pool(logger: RootLogger) -> Arc<Pool> {
    logger
        .logger(greenroom::logger::Fields::new())
        .info("the pool is built");
    Arc::new(Pool)
}

#[backend_plugin(id = "catalog")]
async fn catalog(sources: Sources, http_router: HttpRouter, logger: Logger) {
    http_router.mount(Router::new().route("/health", get_route(async || "ok")));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
    logger.info(format!("sources: {}", sources.0.join("+")));
}

#[backend_module(plugin = "catalog", id = "files")]
async fn files(sources: &mut Sources, _pool: Arc<Pool>) {
    sources.0.push("files");
}

#[backend_module(plugin = "catalog", id = "half")]
async fn half(sources: &mut Sources) -> Result<()> {
    sources.0.push("half");
    Err("the other half is missing".into())
}

#[backend_module(plugin = "catalog", id = "panicky")]
async fn panicky(sources: &mut Sources) {
    sources.0.push("panicky");
    panic!("nobody expects this");
}

#[backend_module(plugin = "catalog", id = "indexing")]
async fn indexing(_index: Arc<Index>, sources: &mut Sources) {
    sources.0.push("indexing");
}

#[backend_plugin(id = "example")]
async fn example(http_router: HttpRouter) {
    http_router.mount(Router::new().route("/health", get_route(async || "ok")));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
}

#[backend_plugin(id = "broken")]
async fn broken() -> Result<()> {
    Err("there is no world".into())
}

#[backend_plugin(id = "searching")]
async fn searching(_index: Arc<Index>) {}

/// Fails in a startup hook.
#[backend_plugin(id = "hooked")]
async fn hooked(lifecycle: Lifecycle) -> Result<()> {
    lifecycle.add_startup_hook(Hook::new("warm up", async || panic!("too cold")))?;
    Ok(())
}

/// Panics in the background, as soon as it is told to.
#[backend_plugin(id = "busy")]
fn busy(lifecycle: Lifecycle, context: Arc<RootContext>) {
    let alarm = context
        .input::<Alarm>()
        .expect("the test brings one")
        .clone();
    lifecycle.spawn("watch", async move {
        alarm.0.notified().await;
        panic!("the watch is over");
    });
}

/// Rings once.
#[derive(Clone, Default)]
struct Alarm(Arc<Notify>);

fn tolerant() -> Value {
    json!({"backend": {"startup": {"default": {
        "onPluginBootFailure": "continue",
        "onPluginModuleBootFailure": "continue",
    }}}})
}

fn failures(error: StartError) -> Vec<String> {
    match error {
        StartError::Failed(report) => report.failures.iter().map(ToString::to_string).collect(),
        other => panic!("features fail: {other}"),
    }
}

#[tokio::test]
async fn a_plugin_may_fail_without_the_others() {
    let backend = || test_backend![example, broken, searching, index];
    let failures = failures(backend().start_error().await.error);
    assert_eq!(failures.len(), 2, "{failures:#?}");

    let backend = backend().config(tolerant()).start().await;
    let answer = backend.get("/api/example/health").send().await;
    answer.assert_status(200);
    for plugin in ["broken", "searching"] {
        let path = format!("/api/{plugin}/health");
        let answer = backend.get(&path).send().await;
        let error: Value = answer.assert_status(503).json();
        assert_eq!(
            error["error"]["message"],
            format!("Plugin '{plugin}' has failed")
        );
    }
    let ready = backend.get("/.backstage/health/v1/readiness").send().await;
    ready
        .assert_status(200)
        .assert_json(json!({ "status": "degraded", "failed": ["broken", "searching"] }));
    // What takes the service down is the service, and it is told once, with the plugin it was built for.
    let told = backend.logs();
    let told = told
        .lines()
        .iter()
        .filter(|line| line.to_string().contains("no disk for"));
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn one_plugin_can_be_allowed_to_fail_and_another_not() {
    let config = json!({"backend": {"startup": {"plugins": {
        "broken": { "onPluginBootFailure": "continue" }
    }}}});
    let backend = test_backend![broken].config(config.clone());
    drop(backend.start().await);

    let backend = test_backend![broken, searching, index].config(config);
    let error = backend.start_error().await.to_string();
    assert!(
        error.contains("service `policy.index` for plugin `searching`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_module_that_fails_leaves_what_it_had_written() {
    let backend = || test_backend![catalog, files, half, indexing, index, pool];
    let failed = backend().start_error().await;
    let error = failed.to_string();
    assert!(
        error.contains("module `half` of plugin `catalog` failed: the other half is missing"),
        "{error}"
    );
    assert!(
        error.contains("service `policy.index` for plugin `catalog`"),
        "{error}"
    );
    // Its plugin does not run.
    failed.logs.containing("sources: ").assert_empty();

    let backend = backend().config(tolerant()).start().await;
    let said = backend.logs().containing("sources: ");
    assert_eq!(said.messages(), ["sources: files+half"]);
    let answer = backend.get("/api/catalog/health").send().await;
    answer.assert_status(200);
}

#[tokio::test]
async fn a_module_that_panics_takes_its_plugin_down() {
    let backend = test_backend![catalog, files, panicky, example, pool];
    let backend = backend.config(tolerant()).start().await;
    let failures = &backend.running().report().failures;
    let causes: Vec<(&str, String)> = failures
        .iter()
        .map(|failure| (failure.kind, failure.cause.to_string()))
        .collect();
    assert_eq!(
        causes,
        [
            ("module", "it panicked: nobody expects this".to_owned()),
            (
                "plugin",
                "extension point `policy.sources` was lost in a module that panicked".to_owned()
            ),
        ]
    );
    let answer = backend.get("/api/catalog/health").send().await;
    answer.assert_status(503);
}

#[tokio::test]
async fn a_plugin_can_be_switched_off_with_its_modules() {
    let config = json!({"backend": {"features": { "catalog": { "enabled": false } }}});
    let backend = test_backend![catalog, files, half, example, pool];
    let backend = backend.config(config).start().await;
    let answer = backend.get("/api/catalog/health").send().await;
    answer.assert_status(404);
    let answer = backend.get("/api/example/health").send().await;
    answer.assert_status(200);
    for what in ["sources: ", "the pool is built"] {
        backend.logs().containing(what).assert_empty();
    }
    assert_eq!(backend.running().report().disabled, ["catalog"]);
    let ready = backend.get("/.backstage/health/v1/readiness").send().await;
    ready.assert_json(json!({ "status": "ok" }));
}

#[tokio::test]
async fn a_startup_hook_that_panics_fails_its_plugin() {
    let backend = || test_backend![hooked, example];
    let error = backend().start_error().await.to_string();
    assert!(
        error.contains("warm up") && error.contains("too cold"),
        "{error}"
    );

    let backend = backend().config(tolerant()).start().await;
    let plugins = backend.running().context().plugins();
    let hooked = plugins.iter().find(|plugin| plugin.id() == "hooked");
    let hooked = hooked.expect("it is a plugin of the backend");
    assert_eq!(*hooked.state().borrow(), PluginState::Failed);
}

#[tokio::test]
async fn a_start_can_be_read_as_a_report() {
    let backend = test_backend![catalog, files, broken, pool];
    let backend = backend.config(tolerant()).start().await;
    let report = backend.running().report();
    let outcome = |kind: Kind, id: &str| {
        let mut found = report.features.iter();
        let found = found.find(|feature| feature.kind == kind && feature.id == id);
        found.map(|feature| feature.outcome)
    };
    assert_eq!(
        outcome(Kind::Plugin, "catalog"),
        Some(FeatureOutcome::Started)
    );
    assert_eq!(
        outcome(Kind::Module, "files"),
        Some(FeatureOutcome::Started)
    );
    assert_eq!(
        outcome(Kind::Factory, "policy.pool"),
        Some(FeatureOutcome::Started)
    );
    assert_eq!(
        outcome(Kind::Plugin, "broken"),
        Some(FeatureOutcome::Failed)
    );
    assert!(
        report
            .features
            .iter()
            .all(|feature| feature.duration <= report.duration)
    );
    assert!(matches!(report.failures[0].cause, Cause::Error(_)));
    let path: Vec<String> = report.critical_path().map(ToString::to_string).collect();
    assert!(path.len() > 1, "{path:?}");

    let log = backend.logs();
    let line = log.assert_contains("Backend started");
    assert_eq!(line.fields["plugins"], 1);
    assert!(
        line.fields["criticalPath"].is_string() && line.fields["slowest"].is_string(),
        "{line}"
    );
    let table = report.to_string();
    for row in [
        "module `files` of plugin `catalog`",
        "plugin `broken` (failed)",
    ] {
        assert!(table.contains(row), "{table}");
    }
}

#[tokio::test]
async fn a_task_that_panics_is_its_plugins_failure_and_the_policy_decides() {
    for (config, stops) in [(json!({}), true), (tolerant(), false)] {
        let alarm = Alarm::default();
        let backend = test_backend![busy, example].config(config);
        let backend = backend.input(alarm.clone()).start().await;
        let plugins = backend.running().context().plugins();
        let busy = plugins.iter().find(|plugin| plugin.id() == "busy");
        let mut state = busy.expect("it is a plugin of the backend").state();
        alarm.0.notify_one();
        state
            .wait_for(|state| *state == PluginState::Failed)
            .await
            .expect("the plugin outlives its task");
        if stops {
            backend.running().stop_requested().await;
        }
        let log = backend.logs().plugin("busy");
        let line = log.assert_contains("A background task failed");
        assert_eq!(line.fields["task"], "watch");
        let stopped = backend.stop().await;
        assert_eq!(stopped.is_success(), !stops, "{stopped:?}");
    }
}

#[tokio::test]
async fn check_reports_a_start_and_listens_on_nothing() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = taken.local_addr().expect("it has an address").port();
    let config = format!("backend:\n  listen: 127.0.0.1:{port}\n");
    let arguments = ["crates", "--config", "app-config.yaml", "check"];
    let (status, output, errors) = program::example("test-program", &arguments, &config)
        .parts()
        .await;
    assert_eq!(status.code(), Some(0), "{output:#?} {errors}");
    let table = output.join("\n");
    assert!(
        table.contains("plugin `shop`") && table.contains("is on the critical path"),
        "{table}"
    );
    assert!(
        errors.contains("umbrella costs"),
        "the log is beside the report: {errors}"
    );

    let arguments = ["broken", "--config", "app-config.yaml", "check"];
    let (status, output, errors) = program::example("test-program", &arguments, &config)
        .parts()
        .await;
    assert_eq!(status.code(), Some(1));
    assert!(
        output.join("\n").contains("plugin `broken` (failed)"),
        "{output:#?}"
    );
    assert!(
        errors.contains("error: the backend could not start"),
        "{errors}"
    );

    let config = format!("{config}  startup:\n    default:\n      onPluginBootFailure: continue\n");
    let (status, output, _) = program::example("test-program", &arguments, &config)
        .parts()
        .await;
    assert_eq!(
        status.code(),
        Some(1),
        "a check hides no failure: {output:#?}"
    );
}
