//! Clocks: the test's and the backend's.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom_test_kit::{StartedTestBackend, test_backend};

const HOUR: Duration = Duration::from_secs(3600);

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
    backend.advance(HOUR - Duration::from_millis(1)).await;
    answers(&backend).await;
    backend.logs().containing("an hour").assert_empty();
    backend.advance(Duration::from_millis(1)).await;
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
