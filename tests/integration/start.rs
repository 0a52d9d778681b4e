//! What is built, how often, in which order, and what becomes of a start that fails.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use greenroom::lifecycle::{BackendState, HookResult};
use greenroom::logger::{Level, LoggerService};
use greenroom::prelude::*;
use greenroom::{Backend, Entry, Inputs, RootContext, StartError};
use greenroom_test_kit::test_backend;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Barrier;

/// Tells the test what happens, by the channel that it brings.
fn tell(context: &RootContext, what: impl Into<String>) {
    let told = context.input::<Sender<String>>();
    let told = told.expect("the test brings a channel");
    // A test that has ended asks no more.
    let _ = told.send(what.into());
}

#[service(id = "test.stock", scope = "root")]
struct Stock;

#[service(id = "test.till")]
struct Till;

#[service(id = "test.unused", scope = "root")]
struct Unused;

#[service(id = "test.beacon", scope = "root")]
struct Beacon;

#[service_factory]
fn stock(context: Arc<RootContext>) -> Arc<Stock> {
    tell(&context, "stock");
    Arc::new(Stock)
}

#[service_factory]
async fn till(context: Arc<RootContext>, _stock: Arc<Stock>) -> Arc<Till> {
    tell(&context, "till");
    Arc::new(Till)
}

#[service_factory]
fn unused(context: Arc<RootContext>) -> Arc<Unused> {
    tell(&context, "unused");
    Arc::new(Unused)
}

#[service_factory(eager)]
fn beacon(context: Arc<RootContext>) -> Arc<Beacon> {
    tell(&context, "beacon");
    Arc::new(Beacon)
}

#[backend_plugin(id = "shop")]
async fn shop(context: Arc<RootContext>, one: Arc<Till>, two: Option<Arc<Till>>) {
    assert!(
        two.is_some_and(|two| Arc::ptr_eq(&one, &two)),
        "a plugin has one till"
    );
    tell(&context, "shop");
}

#[backend_plugin(id = "kiosk")]
fn kiosk(context: Arc<RootContext>, _till: Arc<Till>) {
    tell(&context, "kiosk");
}

#[tokio::test]
async fn root_services_live_once_plugin_services_once_a_plugin_and_the_unreached_never() {
    let (told, happened) = channel::<String>();
    let backend = test_backend![kiosk, unused, beacon, till, shop, stock];
    let _backend = backend.input(told).start().await;
    let happened: Vec<String> = happened.try_iter().collect();
    let times = |what: &str| happened.iter().filter(|one| *one == what).count();
    assert_eq!(
        (
            times("stock"),
            times("till"),
            times("unused"),
            times("beacon")
        ),
        (1, 2, 0, 1),
        "{happened:?}"
    );
    let at = |what: &str| happened.iter().position(|one| one == what);
    assert!(
        at("stock") < at("till") && at("till") < at("shop"),
        "{happened:?}"
    );
}

#[service(id = "test.left", scope = "root")]
struct Left;

#[service(id = "test.right", scope = "root")]
struct Right;

/// Waits for the other: the two can only end together.
async fn meet(context: &RootContext) {
    let barrier = context.input::<Barrier>();
    barrier.expect("the test brings one").wait().await;
}

#[service_factory]
async fn left(context: Arc<RootContext>) -> Arc<Left> {
    meet(&context).await;
    Arc::new(Left)
}

#[service_factory]
async fn right(context: Arc<RootContext>) -> Arc<Right> {
    meet(&context).await;
    Arc::new(Right)
}

#[tokio::test]
async fn what_is_independent_starts_side_by_side() {
    for two in [
        test_backend![left, right, pair],
        test_backend![first, second],
    ] {
        two.input(Barrier::new(2)).start().await;
    }
}

#[backend_plugin(id = "pair")]
async fn pair(_left: Arc<Left>, _right: Arc<Right>) {}

#[backend_plugin(id = "first")]
async fn first(context: Arc<RootContext>) {
    meet(&context).await;
}

#[backend_plugin(id = "second")]
async fn second(context: Arc<RootContext>) {
    meet(&context).await;
}

#[backend_plugin(id = "keeper")]
fn keeper(context: Arc<RootContext>, lifecycle: Lifecycle, root: RootLifecycle) -> Result<()> {
    let hook = |name: &'static str| {
        let context = Arc::clone(&context);
        Hook::new(name, async move || -> HookResult {
            let state = *context.state().borrow();
            tell(&context, format!("{name} while {state:?}"));
            Ok(())
        })
    };
    lifecycle.add_startup_hook(hook("plugin started"))?;
    lifecycle.add_shutdown_hook(hook("plugin stops, first added"))?;
    lifecycle.add_shutdown_hook(hook("plugin stops, last added"))?;
    root.add_startup_hook(hook("all started"))?;
    root.add_before_shutdown_hook(hook("a stop was asked for"))?;
    root.add_shutdown_hook(hook("root stops"))?;
    Ok(())
}

#[tokio::test]
async fn hooks_run_in_their_phases_and_the_stop_is_the_reverse_of_the_start() {
    let (told, happened) = channel::<String>();
    let backend = test_backend![keeper].input(told).start().await;
    let state = backend.running().context().state();
    assert_eq!(*state.borrow(), BackendState::Ready);
    assert!(backend.stop().await.is_success());
    assert_eq!(*state.borrow(), BackendState::Stopped);
    assert_eq!(
        happened.try_iter().collect::<Vec<_>>(),
        [
            "plugin started while Starting",
            "all started while Starting",
            "a stop was asked for while Draining",
            "plugin stops, last added while Stopping",
            "plugin stops, first added while Stopping",
            "root stops while Stopping",
        ]
    );
}

#[backend_plugin(id = "late")]
fn late(lifecycle: Lifecycle, context: Arc<RootContext>) -> Result<()> {
    let again = Arc::clone(&lifecycle);
    lifecycle.add_startup_hook(Hook::new("add another", async move || {
        let refused = again.add_startup_hook(Hook::new("too late", async || Ok(())));
        let refused = refused.expect_err("the phase has begun");
        tell(&context, refused.to_string());
        Ok(())
    }))?;
    Ok(())
}

#[tokio::test]
async fn a_hook_that_comes_too_late_is_refused() {
    let (told, happened) = channel::<String>();
    let _backend = test_backend![late].input(told).start().await;
    assert_eq!(
        happened.try_iter().collect::<Vec<_>>(),
        ["attempted to add a startup hook after startup had begun"]
    );
}

#[service(id = "test.index")]
struct Index;

#[service_factory]
async fn index() -> Result<Arc<Index>> {
    Err(std::io::Error::other("the disk is full").into())
}

#[backend_plugin(id = "search")]
fn search(_index: Arc<Index>) {}

#[backend_plugin(id = "panicky")]
async fn panicky() {
    panic!("nobody expects this");
}

#[tokio::test]
async fn a_start_tells_all_that_failed_and_stops_what_had_started() {
    let (told, happened) = channel::<String>();
    let backend = test_backend![keeper, search, index, panicky].input(told);
    let StartError::Failed(report) = backend.start_error().await.error else {
        panic!("two features fail")
    };
    let mut failures = report.failures;
    failures.sort_by(|left, right| left.id.cmp(&right.id));
    let texts: Vec<String> = failures
        .iter()
        .map(|failure| {
            let text = failure.to_string();
            text.lines()
                .filter(|line| !line.contains(" at "))
                .collect::<Vec<_>>()
                .join("\n")
        })
        .collect();
    assert_eq!(
        texts,
        [
            "plugin `panicky` failed: it panicked: nobody expects this",
            "service `test.index` for plugin `search` failed: the disk is full\n    keeps from starting plugin `search`",
        ]
    );
    assert!(
        failures[0]
            .place
            .is_some_and(|place| place.to_string().starts_with("tests/integration/start.rs:"))
    );
    assert_eq!(
        happened.try_iter().collect::<Vec<_>>(),
        [
            "plugin started while Starting",
            "a stop was asked for while Draining",
            "plugin stops, last added while Stopping",
            "plugin stops, first added while Stopping",
            "root stops while Stopping",
        ]
    );
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DepotSettings {
    page_size: u16,
    #[serde(default)]
    title: String,
}

#[backend_plugin(id = "depot")]
fn depot(settings: Settings<DepotSettings>, logger: Logger) {
    logger.info(format!(
        "{}: {} to a page",
        settings.title, settings.page_size
    ));
    tracing::info!(target: "depot", "by the macros");
}

#[tokio::test]
async fn settings_are_the_plugins_section_and_lines_carry_the_plugins_id() {
    let config = json!({ "depot": { "pageSize": 7, "title": "North", "pagesize": 1 } });
    let backend = test_backend![depot].config(config).start().await;
    let of_depot = backend.logs().plugin("depot");
    of_depot.assert_contains("North: 7 to a page");
    of_depot.assert_contains("by the macros");
    let warnings = backend.logs().level(Level::Warn);
    let warning = warnings.assert_contains("pagesize");
    assert!(warning.message.contains("did you mean"), "{warning}");
}

#[backend_plugin(id = "greeter")]
fn greeter(_settings: Settings<GreeterSettings>) {}

#[derive(Deserialize, JsonSchema)]
struct GreeterSettings {}

#[tokio::test]
async fn a_section_that_nearly_has_a_plugins_name_is_pointed_out() {
    let config = json!({ "greter": {}, "integrations": {} });
    let backend = test_backend![greeter].config(config).start().await;
    let warnings = backend.logs().level(Level::Warn);
    let warning = warnings.assert_contains("greter");
    assert!(warning.message.contains("did you mean `greeter`"));
    assert_eq!(warnings.lines().len(), 1, "{warnings}");
}

#[tokio::test]
async fn settings_are_checked_before_anything_starts() {
    let config =
        json!({ "depot": { "pageSize": "many", "title": 1 }, "backend": { "listen": "x" } });
    let backend = test_backend![depot].config(config).listen();
    let failed = backend.start_error().await;
    let StartError::Settings { mistakes, .. } = failed.error else {
        panic!("three mistakes")
    };
    assert_eq!(mistakes.len(), 3, "{mistakes:#?}");
    // No logger was built, no port was opened.
    failed.logs.assert_empty();
}

#[tokio::test]
async fn a_backend_composed_at_run_time_has_the_same_check_and_the_same_reports() {
    let mistakes = Backend::compose(&[Entry::of::<shop>(), Entry::of::<till>()])
        .expect_err("there is no stock");
    let reports = mistakes.reports();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].entry.ends_with("till"));
    assert!(
        reports[0]
            .place
            .to_string()
            .starts_with("tests/integration/start.rs:")
    );
    assert!(
        reports[0]
            .text
            .starts_with("GR0001: no factory provides `test.stock`")
    );

    let entries = [
        Entry::of::<shop>(),
        Entry::of::<till>(),
        Entry::of::<stock>(),
    ];
    let backend = Backend::compose(&entries).expect("it is wired");
    let (told, happened) = channel::<String>();
    let running = backend.start(Inputs::new().with(told)).await;
    running.expect("it starts").stop().await;
    let happened: Vec<_> = happened.try_iter().collect();
    assert_eq!(happened, ["stock", "till", "shop"]);
}

#[tokio::test]
async fn an_annotated_function_stays_a_function() {
    let backend = test_backend![].reach::<dyn LoggerService>("depot");
    let backend = backend.start().await;
    let settings = DepotSettings {
        page_size: 1,
        title: "South".to_owned(),
    };
    let logger = backend.service::<dyn LoggerService>("depot");
    depot(Settings::new(settings), logger);
    backend.logs().assert_contains("South: 1 to a page");
}
