//! Clocks: the test's and the backend's.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use greenroom::clock::{ClockService, SystemClock};
use greenroom::config::{LoadOptions, RootConfigService, load};
use greenroom::prelude::*;
use greenroom_test_kit::mock_services::{FakeClock, MockClockService};
use greenroom_test_kit::{StartedTestBackend, TestDirectory, test_backend};

const HOUR: Duration = Duration::from_secs(3600);
const MOMENT: Duration = Duration::from_millis(1);

#[backend_plugin(id = "ticking")]
async fn ticking(http_router: HttpRouter, lifecycle: Lifecycle) {
    lifecycle.spawn("tick", async {
        tokio::time::sleep(HOUR).await;
        tracing::info!("an hour has passed");
        Ok(())
    });
    http_router.mount(Router::new().route("/", get(async || "ok")));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

async fn answers(backend: &StartedTestBackend) {
    backend.get("/api/ticking").send().await.assert_text("ok");
}

#[tokio::test]
async fn a_paused_clock_of_the_backend_moves_when_the_test_says_so() {
    let backend = test_backend![ticking].paused_clock().start().await;
    for _ in 0..3 {
        answers(&backend).await;
    }
    backend.advance(HOUR - MOMENT).await;
    answers(&backend).await;
    backend.logs().containing("an hour").assert_empty();
    backend.advance(MOMENT).await;
    backend.logged("an hour has passed").await;
}

#[tokio::test]
async fn a_clock_that_runs_cannot_be_moved() {
    let backend = test_backend![ticking].start().await;
    let text = crate::failure_of(async move { backend.advance(HOUR).await }).await;
    assert_eq!(
        text,
        "the backend's clock runs: call `.paused_clock()` before the start"
    );
}

/// Were the clock to jump while the backend works on another thread, the time limits would be over at once.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_of_the_test_does_not_jump_while_it_waits_for_the_backend() {
    let start = test_backend![ticking].start();
    let backend = tokio::time::timeout(HOUR, start)
        .await
        .expect("no time has passed");
    let answered = tokio::time::timeout(HOUR, answers(&backend)).await;
    answered.expect("no time has passed");
    let stopped = tokio::time::timeout(HOUR, backend.stop()).await;
    assert!(stopped.expect("no time has passed").is_success());
}

#[backend_plugin(id = "slow")]
async fn slow(lifecycle: Lifecycle) -> Result<()> {
    tokio::time::sleep(HOUR).await;
    let hook = async || {
        tokio::time::sleep(HOUR).await;
        Ok(())
    };
    lifecycle.add_shutdown_hook(Hook::new("flush", hook).deadline(2 * HOUR))?;
    Ok(())
}

#[tokio::test]
async fn a_paused_clock_jumps_while_the_backend_starts_and_stops() {
    let backend = test_backend![slow].paused_clock().start().await;
    assert!(backend.stop().await.is_success());
}

#[backend_plugin(id = "watch")]
async fn watch(http_router: HttpRouter, clock: Clock, logger: Logger) {
    let since = clock.now();
    let open_for = async move || {
        let open = clock.now().duration_since(since).unwrap_or_default();
        logger.info("somebody asks");
        format!("open for {} s", open.as_secs())
    };
    http_router.mount(Router::new().route("/", get(open_for)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

/// 2026-11-22T10:38:29.798Z.
fn a_sunday() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_343_909_798)
}

#[tokio::test]
async fn times_of_day_move_with_the_paused_clock() {
    let backend = test_backend![watch].paused_clock_at(a_sunday());
    let backend = backend.start().await;
    assert_eq!(backend.now(), a_sunday());

    backend.advance(HOUR).await;
    let answer = backend.get("/api/watch").send().await;
    answer.assert_text("open for 3600 s");
    assert_eq!(backend.now(), a_sunday() + HOUR);

    let logs = answer.logs();
    let said = logs.assert_contains("somebody asks");
    assert_eq!(said.time.as_deref(), Some("2026-11-22T11:38:29.798Z"));
    let request = logs.assert_contains("\"GET /api/watch HTTP/1.1\" 200");
    assert_eq!(request.time.as_deref(), Some("2026-11-22T11:38:29.798Z"));
    assert_eq!(request.fields["date"], "2026-11-22T11:38:29.798Z");
}

#[tokio::test]
async fn without_a_time_the_paused_clock_begins_at_the_real_one() {
    let before = SystemClock.now();
    let backend = test_backend![watch].paused_clock().start().await;
    let held = backend.now();
    assert!(before <= held && held <= SystemClock.now());
    assert_eq!(backend.now(), held);
    backend.advance(HOUR).await;
    assert_eq!(backend.now(), held + HOUR);
}

#[backend_plugin(id = "patient")]
async fn patient(clock: Clock, lifecycle: Lifecycle, logger: Logger) {
    lifecycle.spawn("wait", async move {
        let before = clock.now();
        tokio::time::sleep(HOUR).await;
        let slept = clock.now().duration_since(before)?;
        logger.info(format!("slept for {} s", slept.as_secs()));
        Ok(())
    });
}

#[tokio::test]
async fn a_sleep_and_the_time_of_day_agree() {
    let backend = test_backend![patient].paused_clock().start().await;
    backend.advance(HOUR - MOMENT).await;
    backend.logs().containing("slept").assert_empty();
    backend.advance(MOMENT).await;
    backend.logged("slept for 3600 s").await;
}

/// The test's own runtime has another clock, here one that stands somewhere else.
#[tokio::test(start_paused = true)]
async fn a_service_that_the_test_calls_tells_the_time_of_the_backend() {
    let backend = test_backend![watch]
        .paused_clock_at(a_sunday())
        .reach::<dyn ClockService>("watch");
    let backend = backend.start().await;
    let clock = backend.service::<dyn ClockService>("watch");
    tokio::time::advance(2 * HOUR).await;
    backend.advance(HOUR).await;
    assert_eq!(clock.now(), a_sunday() + HOUR);
}

struct Epoch;

impl ClockService for Epoch {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

#[service_factory]
fn epoch() -> Arc<dyn ClockService> {
    Arc::new(Epoch)
}

#[tokio::test]
async fn a_clock_that_the_test_brings_is_left_as_it_is() {
    let listed = test_backend![watch, epoch];
    let brought = test_backend![watch].service::<dyn ClockService>(Arc::new(Epoch));
    for backend in [listed, brought] {
        let backend = backend.paused_clock().start().await;
        backend.advance(HOUR).await;
        assert_eq!(backend.now(), SystemTime::UNIX_EPOCH);
        let answer = backend.get("/api/watch").send().await;
        answer.assert_text("open for 0 s");
    }
}

#[tokio::test]
async fn a_clock_can_be_a_double() {
    let clock = FakeClock::new(a_sunday());
    let backend = test_backend![watch].with(Arc::clone(&clock)).start().await;
    clock.advance(HOUR);
    assert_eq!(backend.now(), a_sunday() + HOUR);
    let answer = backend.get("/api/watch").send().await;
    answer.assert_text("open for 3600 s");

    let mut clock = MockClockService::new();
    clock.expect_now().times(1..).returning(a_sunday);
    let backend = test_backend![watch].with(Arc::new(clock)).start().await;
    assert_eq!(backend.now(), a_sunday());
}

#[tokio::test]
async fn a_clock_that_runs_is_the_systems() {
    let backend = test_backend![watch].start().await;
    let before = SystemClock.now();
    let found = backend.now();
    assert!(before <= found && found <= SystemClock.now());
}

#[tokio::test]
async fn the_watch_over_the_configuration_follows_the_paused_clock() {
    let directory = TestDirectory::new().file("app-config.yaml", "shop: {name: first}\n");
    let options = LoadOptions {
        files: vec![directory.path().join("app-config.yaml")],
        ..LoadOptions::default()
    };
    let config = Arc::new(load(options).expect("it is valid"));
    let backend = test_backend![ticking].service::<dyn RootConfigService>(config.clone());
    let backend = backend.paused_clock().start().await;

    let changes = config.subscribe();
    let watched = config.clone();
    backend.run(async move { watched.watch() }).await;
    let directory = directory.file("app-config.yaml", "shop: {name: the second}\n");
    while !changes.has_changed().expect("the service lives") {
        backend.advance(Duration::from_millis(500)).await;
    }
    let name = config.current().get::<String>("shop.name");
    assert_eq!(name.as_deref(), Ok("the second"));
    drop((backend, directory));
}
