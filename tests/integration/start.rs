//! What is built, how often, in which order, and what becomes of a start that fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use greenroom::lifecycle::{BackendState, HookResult};
use greenroom::prelude::*;
use greenroom::{Backend, Entry, Inputs, RootContext, StartError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Barrier;

use super::support::{Diary, diary, start, start_with, started_with_diary};

#[service(id = "test.stock", scope = "root")]
struct Stock;

#[service(id = "test.till")]
struct Till {
    number: usize,
}

#[service(id = "test.unused", scope = "root")]
struct Unused;

#[service(id = "test.beacon", scope = "root")]
struct Beacon;

#[service_factory]
fn stock(context: Arc<RootContext>) -> Arc<Stock> {
    diary(&context).write("stock");
    Arc::new(Stock)
}

static TILLS: AtomicUsize = AtomicUsize::new(0);

#[service_factory]
async fn till(context: Arc<RootContext>, _stock: Arc<Stock>) -> Arc<Till> {
    diary(&context).write("till");
    Arc::new(Till {
        number: TILLS.fetch_add(1, Ordering::Relaxed),
    })
}

#[service_factory]
fn unused(context: Arc<RootContext>) -> Arc<Unused> {
    diary(&context).write("unused");
    Arc::new(Unused)
}

#[service_factory(eager)]
fn beacon(context: Arc<RootContext>) -> Arc<Beacon> {
    diary(&context).write("beacon");
    Arc::new(Beacon)
}

#[backend_plugin(id = "shop")]
async fn shop(context: Arc<RootContext>, one: Arc<Till>, two: Option<Arc<Till>>) {
    assert_eq!(
        Some(one.number),
        two.map(|till| till.number),
        "a plugin has one till"
    );
    diary(&context).write("shop");
}

#[backend_plugin(id = "kiosk")]
fn kiosk(context: Arc<RootContext>, _till: Arc<Till>) {
    diary(&context).write("kiosk");
}

#[tokio::test]
async fn root_services_live_once_plugin_services_once_a_plugin_and_the_unreached_never() {
    let backend = backend![kiosk, unused, beacon, till, shop, stock];
    let (diary, running) = started_with_diary(backend).await;
    let happened = diary.read();
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
    running.stop().await;
}

#[service(id = "test.left", scope = "root")]
struct Left;

#[service(id = "test.right", scope = "root")]
struct Right;

/// Two that can only end together.
#[derive(Clone)]
struct Rendezvous(Arc<Barrier>);

async fn meet(context: &RootContext) {
    let rendezvous = context
        .input::<Rendezvous>()
        .cloned()
        .expect("the test brings one");
    rendezvous.0.wait().await;
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
    let two = Inputs::new().with(Rendezvous(Arc::new(Barrier::new(2))));
    let backend = backend![left, right, pair];
    backend
        .start(two)
        .await
        .expect("the services meet")
        .stop()
        .await;
    let two = Inputs::new().with(Rendezvous(Arc::new(Barrier::new(2))));
    backend![first, second]
        .start(two)
        .await
        .expect("the plugins meet")
        .stop()
        .await;
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
        let (diary, context) = (diary(&context), Arc::clone(&context));
        Hook::new(name, async move || -> HookResult {
            let state = *context.state().borrow();
            diary.write(format!("{name} while {state:?}"));
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
    let (diary, running) = started_with_diary(backend![
        keeper,
        greenroom::services::lifecycle,
        greenroom::services::root_lifecycle,
    ])
    .await;
    assert_eq!(*running.context().state().borrow(), BackendState::Ready);
    let mut state = running.context().state();
    running.stop().await;
    assert_eq!(*state.borrow_and_update(), BackendState::Stopped);
    assert_eq!(
        diary.read(),
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
    let diary = diary(&context);
    let again = Arc::clone(&lifecycle);
    lifecycle.add_startup_hook(Hook::new("add another", async move || {
        let refused = again.add_startup_hook(Hook::new("too late", async || Ok(())));
        diary.write(refused.expect_err("the phase has begun").to_string());
        Ok(())
    }))?;
    Ok(())
}

#[tokio::test]
async fn a_hook_that_comes_too_late_is_refused() {
    let (diary, running) = started_with_diary(backend![late, greenroom::services::lifecycle]).await;
    assert_eq!(
        diary.read(),
        ["attempted to add a startup hook after startup had begun"]
    );
    running.stop().await;
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
    let diary = Diary::default();
    let backend = backend![
        keeper,
        search,
        index,
        panicky,
        greenroom::services::lifecycle,
        greenroom::services::root_lifecycle,
    ];
    let outcome = backend.start(Inputs::new().with(diary.clone())).await;
    let Err(StartError::Failed(report)) = outcome else {
        panic!("two features fail")
    };
    let mut failures = report.failures;
    failures.sort_by(|left, right| left.id.cmp(&right.id));
    let told: Vec<String> = failures
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
        told,
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
        diary.read(),
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
    let (running, lines) = start_with(backend![greenroom::defaults, depot], config).await;
    let all = lines.all().join("\n");
    let line = |text: &str| {
        let found = all.lines().find(|line| line.contains(text));
        let line = found.unwrap_or_else(|| panic!("no line says `{text}`: {all}"));
        serde_json::from_str::<serde_json::Value>(line).expect("it is JSON")
    };
    assert_eq!(line("North: 7 to a page")["plugin"], "depot");
    assert_eq!(line("by the macros")["plugin"], "depot");
    let warning = line("pagesize");
    assert_eq!(warning["level"], "warn");
    assert!(
        warning["message"]
            .as_str()
            .is_some_and(|text| text.contains("did you mean"))
    );
    running.expect("it starts").stop().await;
}

#[backend_plugin(id = "greeter")]
fn greeter(_settings: Settings<GreeterSettings>) {}

#[derive(Deserialize, JsonSchema)]
struct GreeterSettings {}

#[tokio::test]
async fn a_section_that_nearly_has_a_plugins_name_is_pointed_out() {
    let config = json!({ "greter": {}, "integrations": {} });
    let (running, lines) = start_with(backend![greenroom::defaults, greeter], config).await;
    let all = lines.all();
    let warnings: Vec<_> = all
        .iter()
        .filter(|line| line.contains(r#""level":"warn""#))
        .collect();
    assert_eq!(warnings.len(), 1, "{all:#?}");
    assert!(warnings[0].contains("greter") && warnings[0].contains("did you mean `greeter`"));
    running.expect("it starts").stop().await;
}

#[tokio::test]
async fn settings_are_checked_before_anything_starts() {
    let config =
        json!({ "depot": { "pageSize": "many", "title": 1 }, "backend": { "listen": "x" } });
    let (outcome, lines) = start_with(backend![greenroom::defaults, depot], config).await;
    let Err(StartError::Settings { mistakes, .. }) = outcome else {
        panic!("three mistakes")
    };
    assert_eq!(mistakes.len(), 3, "{mistakes:#?}");
    assert_eq!(
        lines.all(),
        [""; 0],
        "no logger was built, no port was opened"
    );
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
    let (diary, running) = started_with_diary(backend).await;
    assert_eq!(diary.read(), ["stock", "till", "shop"]);
    running.stop().await;
}

#[tokio::test]
async fn an_annotated_function_stays_a_function() {
    let backend = start(backend![greenroom::defaults]).await;
    depot(
        Settings::new(DepotSettings {
            page_size: 1,
            title: "South".to_owned(),
        }),
        backend
            .running
            .root_service::<dyn greenroom::logger::RootLoggerService>()
            .expect("it is eager")
            .logger(greenroom::logger::Fields::new()),
    );
    assert_eq!(backend.line("South: 1 to a page")["level"], "info");
    backend.running.stop().await;
}
