//! Fakes, in a backend and without one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use greenroom::http_client::{HttpClientSettings, RootHttpClient};
use greenroom::http_router::{Allow, HttpRouterService};
use greenroom::lifecycle::{LifecycleService, RootLifecycleService};
use greenroom::logger::{Level, LoggerService, RootLoggerService};
use greenroom::prelude::*;
use greenroom::root_health::Health;
use greenroom::root_http_router::{MountError, RootHttpRouterService};
use greenroom::startup_policy::{OnFailure, PluginPolicy, StartupPolicy};
use greenroom_test_kit::mock_services::{
    FakeHttpRouter, FakeLifecycle, FakeLogger, FakeRootConfig, FakeRootHealth, FakeRootHttpRouter,
    FakeRootLifecycle, FakeRootLogger,
};
use greenroom_test_kit::test_backend;
use serde_json::json;

#[backend_plugin(id = "shop")]
async fn shop(http_router: HttpRouter, logger: Logger, lifecycle: Lifecycle) -> Result<()> {
    http_router.mount(Router::new().route("/tea", get(async || "tea")));
    http_router.add_auth_policy(AuthPolicy::user_cookie("/tea"));
    logger.warn_with("the shop opens", json!({ "hour": 8 }));
    lifecycle.add_startup_hook(Hook::new("sweep", async || Ok(())))?;
    lifecycle.add_shutdown_hook(Hook::new("lock", async || Err("the key is lost".into())))?;
    lifecycle.spawn("count", async { Err("there is no money".into()) });
    Ok(())
}

#[tokio::test]
async fn a_plugin_is_tested_without_a_backend() {
    let (router, logger) = (FakeHttpRouter::new(), FakeLogger::new());
    let lifecycle = FakeLifecycle::new();
    let started = shop(router.clone(), logger.clone(), lifecycle.clone()).await;
    started.expect("nothing is wrong");

    let request = Request::get("/tea").body(Body::empty());
    let answer = router.handle(request.expect("it is a request")).await;
    assert_eq!(answer.status(), 200);
    let logs = logger.logs().level(Level::Warn);
    assert_eq!(logs.assert_contains("opens").fields["hour"], 8);
    lifecycle.run_startup_hooks().await.expect("it sweeps");
    let failed = lifecycle.run_shutdown_hooks().await;
    assert_eq!(failed[0].0, "lock");
}

#[tokio::test]
async fn a_fake_router_has_routes_and_policies() {
    let router = FakeHttpRouter::new();
    router.mount(Router::new().route("/tea/{kind}", get(async || "tea")));
    router.mount(Router::new().route("/milk", get(async || "milk")));
    router.add_auth_policy(AuthPolicy::unauthenticated("/milk"));
    for (request, status) in [
        (Request::get("/tea/green?hot=1"), 200),
        (Request::get("/milk"), 200),
        // As in a backend: what is not there by its method is not there.
        (Request::post("/milk"), 404),
        (Request::get("/api/test/milk"), 404),
    ] {
        let request = request.body(Body::empty()).expect("it is a request");
        assert_eq!(router.handle(request).await.status(), status);
    }
    let policy = &router.policies()[0];
    assert_eq!(
        (policy.path(), policy.allow()),
        ("/milk", Allow::Unauthenticated)
    );
    let overlap = Router::new().route("/milk", get(async || "more milk"));
    let text = crate::failure(|| router.mount(overlap));
    assert!(text.contains("/milk"), "{text}");
    assert!(router.router().has_routes());
}

#[tokio::test]
async fn each_plugin_has_its_own_routes_and_hooks_in_a_backend() {
    let (router, lifecycle) = (FakeHttpRouter::new(), FakeLifecycle::new());
    let logger = FakeLogger::new();
    let backend = test_backend![shop]
        .with(Arc::clone(&router))
        .with(Arc::clone(&lifecycle))
        .with(Arc::clone(&logger));
    let backend = backend.start().await;
    assert!(router.policies().is_empty());
    let policies = router.of_plugin("shop").policies();
    assert_eq!(policies, [AuthPolicy::user_cookie("/tea")]);
    assert_eq!(policies[0].allow(), Allow::UserCookie);
    let of_shop = lifecycle.of_plugin("shop");
    assert_eq!(of_shop.startup_hooks(), ["sweep"]);
    assert_eq!(of_shop.shutdown_hooks(), ["lock"]);
    assert_eq!(of_shop.tasks(), ["count"]);
    logger.logs().plugin("shop").assert_contains("opens");
    // Its failure would fail the test: the hook was not run.
    drop(backend);
}

#[tokio::test]
async fn a_fake_logger_has_children() {
    let logger = FakeLogger::new();
    let child = logger.child(serde_json::Map::from_iter([("a".to_owned(), json!(1))]));
    child.debug_with("from the child", json!({ "b": 2 }));
    (logger.clone() as Logger).info("from the parent");
    let logs = logger.logs();
    assert_eq!(logs.messages(), ["from the child", "from the parent"]);
    assert_eq!(json!(logs.lines()[0].fields), json!({ "a": 1, "b": 2 }));
    assert!(logs.lines()[1].fields.is_empty());
    assert!(logger.enabled(Level::Trace));
    logger.logged("from the parent").await;
}

#[tokio::test]
async fn a_fake_root_logger_keeps_lines_and_events() {
    let log = FakeRootLogger::new();
    let fields = serde_json::Map::from_iter([("service".to_owned(), json!("cash"))]);
    log.logger(fields).trace("a line");
    tracing::dispatcher::with_default(&log.dispatch(), || tracing::warn!(days = 3, "an event"));
    assert_eq!(log.logs().messages(), ["a line", "an event"]);
    log.logs()
        .field("service", "cash")
        .assert_contains("a line");
    log.logs()
        .level(Level::Warn)
        .field("days", 3)
        .assert_contains("event");

    let backend = test_backend![shop].with(Arc::clone(&log));
    let backend = backend.with(FakeLifecycle::new()).start().await;
    log.logs().plugin("shop").assert_contains("the shop opens");
    backend.logs().assert_empty();
}

#[tokio::test(start_paused = true)]
async fn fake_life_cycles_run_hooks_by_hand() {
    let lifecycle = FakeLifecycle::new();
    let hangs = Hook::new("hang", async || std::future::pending().await);
    let add = |hook| lifecycle.add_startup_hook(hook);
    add(hangs.deadline(Duration::from_secs(3))).expect("in time");
    add(Hook::new("never", async || panic!("one before it failed"))).expect("in time");
    let failed = lifecycle.run_startup_hooks().await;
    let text = failed.expect_err("it hangs").to_string();
    assert_eq!(text, "it was not done after 3s");
    let late = add(Hook::new("late", async || Ok(())));
    let late = late.expect_err("too late").to_string();
    assert_eq!(
        late,
        "attempted to add a startup hook after startup had begun"
    );
    assert_eq!(lifecycle.startup_hooks(), ["hang", "never"]);

    let spawned = lifecycle.clone() as Lifecycle;
    spawned.spawn("count", async { Err("no money".into()) });
    spawned.spawn("wait", std::future::pending());
    let failed = lifecycle.task("count").await;
    assert_eq!(failed.expect_err("it failed").to_string(), "no money");
    assert!(lifecycle.run_shutdown_hooks().await.is_empty());
    let ended = lifecycle.task("wait").await;
    assert_eq!(ended.expect_err("it ended").to_string(), "it was cancelled");
    assert_eq!(lifecycle.tasks(), ["count", "wait"]);
    let text = crate::failure_of(async move { lifecycle.task("sing").await }).await;
    assert_eq!(
        text,
        "there is no task `sing` to wait for; there were [\"count\", \"wait\"]"
    );
}

#[tokio::test]
async fn a_fake_root_life_cycle_has_three_phases() {
    let lifecycle = FakeRootLifecycle::new();
    let hook = |name: &'static str| Hook::new(name, async move || Err(name.into()));
    lifecycle.add_startup_hook(hook("a")).expect("in time");
    lifecycle
        .add_before_shutdown_hook(hook("b"))
        .expect("in time");
    lifecycle.add_shutdown_hook(hook("c")).expect("in time");
    lifecycle.add_shutdown_hook(hook("d")).expect("in time");
    assert_eq!(lifecycle.startup_hooks(), ["a"]);
    assert_eq!(lifecycle.before_shutdown_hooks(), ["b"]);
    assert_eq!(lifecycle.shutdown_hooks(), ["c", "d"]);
    let failed = lifecycle.run_startup_hooks().await;
    assert_eq!(failed.expect_err("it fails").to_string(), "a");
    assert_eq!(lifecycle.run_before_shutdown_hooks().await[0].0, "b");
    let names: Vec<String> = lifecycle
        .run_shutdown_hooks()
        .await
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["d", "c"]);
}

#[tokio::test]
async fn a_fake_health_says_what_the_test_says() {
    let health = FakeRootHealth::new();
    let backend = test_backend![].with(Arc::clone(&health)).start().await;
    for (path, set) in [
        (
            "/.backstage/health/v1/liveness",
            FakeRootHealth::set_liveness as fn(&_, _),
        ),
        (
            "/.backstage/health/v1/readiness",
            FakeRootHealth::set_readiness,
        ),
    ] {
        backend.get(path).send().await.assert_status(200);
        set(&health, Health::error("not now"));
        backend.get(path).send().await.assert_status(503);
    }
}

#[tokio::test]
async fn a_fake_root_router_tells_what_is_mounted_and_answers() {
    let root = FakeRootHttpRouter::new();
    let metrics = Router::new().route("/all", get(async || "many"));
    root.mount("/metrics", metrics.clone()).expect("it is free");
    let conflict = root.mount("/metrics/all", metrics);
    assert!(matches!(conflict, Err(MountError::Conflict { .. })));
    assert_eq!(root.mounted(), ["/metrics"]);
    let request = Request::get("/metrics/all").body(Body::empty());
    let answer = root.handle(request.expect("it is a request")).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("content-security-policy"));

    let backend = test_backend![silent].with(Arc::clone(&root)).start().await;
    assert_eq!(root.mounted(), ["/metrics", "/api/silent"]);
    backend.get("/metrics/all").send().await.assert_text("many");
}

#[backend_plugin(id = "silent")]
async fn silent(_http_router: HttpRouter) {}

#[tokio::test]
async fn a_fake_configuration_wakes_those_who_follow() {
    let config = FakeRootConfig::new(json!({ "a": 1 }));
    let service: RootConfig = config.clone();
    let mut changes = service.subscribe();
    config.update(json!({ "a": 2 }));
    changes.changed().await.expect("it goes on");
    assert_eq!(changes.borrow().get::<u8>("a").ok(), Some(2));
    assert_eq!(service.current().get::<u8>("a").ok(), Some(2));
}

#[backend_plugin(id = "broken")]
async fn broken() -> Result<()> {
    Err("the shelf is empty".into())
}

#[tokio::test]
async fn a_startup_policy_is_a_value() {
    let mut policy = StartupPolicy {
        on_plugin_failure: OnFailure::Continue,
        ..StartupPolicy::default()
    };
    let disabled = PluginPolicy {
        disabled: true,
        ..PluginPolicy::default()
    };
    policy.plugins.insert("shop".to_owned(), disabled);
    let backend = test_backend![broken, shop].with(Arc::new(policy));
    let backend = backend.start().await;
    backend.logs().assert_contains("Backend started");
    backend.logs().plugin("shop").assert_empty();
    backend.stop().await;
}

#[tokio::test]
async fn the_root_http_client_is_the_real_one() {
    use greenroom::config::{Config, FromConfig};
    let settings = HttpClientSettings::from_config(&Config::empty());
    let settings = settings.unwrap_or_else(|_| panic!("every setting has a default"));
    let hosts = greenroom::http_client::OnlyHosts::this_machine();
    let pool = RootHttpClient::new(settings, Some(hosts)).expect("the settings can be used");
    let pool = Arc::new(pool);
    let client = pool.for_plugin("cash", FakeLogger::new());
    let refused = client.get("https://bank.example.com/").send().await;
    let text = refused.expect_err("nothing outside is called").to_string();
    assert!(
        text.starts_with("plugin `cash`: GET https://bank.example.com/: refused"),
        "{text}"
    );
    test_backend![silent].service(pool).start().await;
}
