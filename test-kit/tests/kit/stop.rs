//! The stop of a backend that a test lets go, in a test that passes and in one that fails.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenroom::prelude::*;
use greenroom_test_kit::{TestBackend, test_backend};
use tokio::sync::Notify;

#[service(id = "stop.flag", scope = "root")]
struct Flag(Arc<AtomicBool>);

#[service_factory]
fn flag() -> Arc<Flag> {
    Arc::new(Flag(Arc::default()))
}

#[backend_plugin(id = "stopping")]
async fn stopping(lifecycle: Lifecycle, flag: Arc<Flag>) -> Result<()> {
    let flag = Arc::clone(&flag.0);
    lifecycle.add_shutdown_hook(Hook::new("flush", async move || {
        // It needs a runtime that goes on while the test's thread is blocked.
        tokio::task::yield_now().await;
        flag.store(true, Ordering::SeqCst);
        Ok(())
    }))?;
    Ok(())
}

fn flagged() -> (TestBackend, Arc<AtomicBool>) {
    let flag = Arc::new(AtomicBool::new(false));
    let service = Arc::new(Flag(Arc::clone(&flag)));
    (test_backend![stopping, self::flag].service(service), flag)
}

#[tokio::test]
async fn a_backend_stops_when_it_is_dropped_on_the_only_thread() {
    let (backend, flag) = flagged();
    drop(backend.start().await);
    assert!(flag.load(Ordering::SeqCst));
    // Nothing that was started holds its services any more.
    assert_eq!(Arc::strong_count(&flag), 1);
}

#[tokio::test]
async fn a_backend_that_is_killed_runs_no_hook_and_leaves_nothing_behind() {
    let (backend, flag) = flagged();
    let logs = backend.start().await.kill().await;
    logs.assert_contains("Backend started");
    logs.containing("Backend stopped").assert_empty();
    assert!(!flag.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&flag), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_stops_when_it_is_dropped_on_one_of_many_threads() {
    let (backend, flag) = flagged();
    drop(backend.start().await);
    assert!(flag.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_backend_stops_in_a_test_that_panics() {
    let (backend, flag) = flagged();
    let test = async move {
        let _backend = backend.start().await;
        panic!("the test fails");
    };
    assert_eq!(crate::failure_of::<()>(test).await, "the test fails");
    assert!(flag.load(Ordering::SeqCst));
}

#[service(id = "stop.steps", scope = "root")]
#[derive(Default)]
struct Steps {
    begun: Notify,
    stopped: Notify,
}

#[service_factory]
fn steps() -> Arc<Steps> {
    Arc::default()
}

#[backend_plugin(id = "stuck")]
async fn stuck(root_lifecycle: RootLifecycle, steps: Arc<Steps>) -> Result<()> {
    let done = Arc::clone(&steps);
    root_lifecycle.add_shutdown_hook(Hook::new("say so", async move || {
        done.stopped.notify_one();
        Ok(())
    }))?;
    steps.begun.notify_one();
    std::future::pending().await
}

#[tokio::test]
async fn a_start_that_nobody_waits_for_any_more_is_stopped() {
    let steps = Arc::new(Steps::default());
    let starting = test_backend![stuck, self::steps]
        .service(Arc::clone(&steps))
        .start();
    tokio::select! {
        _ = starting => panic!("it never ends"),
        () = steps.begun.notified() => {}
    }
    steps.stopped.notified().await;
}

#[backend_plugin(id = "failing")]
async fn failing(lifecycle: Lifecycle) -> Result<()> {
    lifecycle.add_shutdown_hook(Hook::new("flush", async || Err("the disk is full".into())))?;
    let deadline = std::time::Duration::from_secs(5);
    let hangs = Hook::new("wait", async || std::future::pending().await);
    lifecycle.add_shutdown_hook(hangs.deadline(deadline))?;
    Ok(())
}

#[tokio::test]
async fn what_does_not_stop_fails_the_test() {
    // The paused clock jumps over the deadline of the hook that hangs.
    let backend = test_backend![failing].paused_clock().start().await;
    let text = crate::failure(|| drop(backend));
    let expected = "the backend did not stop as it should:\n  failing: wait hung and was given up\n  failing: flush failed\n\nlog:\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("the disk is full"), "{text}");
}

#[tokio::test]
async fn a_test_of_the_stop_itself_gets_the_report() {
    let backend = test_backend![failing].paused_clock().start().await;
    let report = backend.stop().await;
    assert_eq!(report.hung, ["failing: wait"]);
    assert_eq!(report.failed, ["failing: flush"]);
}

/// Run by the test below, in a process of its own.
#[tokio::test]
#[ignore = "it fails, for another test to look at"]
async fn fails_and_does_not_stop() {
    let _backend = test_backend![failing].paused_clock().start().await;
    panic!("the test fails");
}

#[test]
fn in_a_test_that_fails_anyway_it_is_printed() {
    let test = std::env::current_exe().expect("the test knows where it is");
    let arguments = [
        "--ignored",
        "--exact",
        "stop::fails_and_does_not_stop",
        "--nocapture",
    ];
    let output = Command::new(test)
        .args(arguments)
        .output()
        .expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let (failed, stopped) = errors
        .split_once("the test fails")
        .expect("its own failure is told");
    assert!(!failed.contains("did not stop"), "{errors}");
    assert!(
        stopped.contains("the backend did not stop as it should:\n  failing: wait hung"),
        "{errors}"
    );
}
