//! Tasks in a backend: what `docs/scheduler.md` shows.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom_test_kit::mock_credentials::user;
use greenroom_test_kit::mock_services::{FakeDatabase, FakeScheduler};
use greenroom_test_kit::{StartedTestBackend, test_backend};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, JsonSchema)]
struct FeedSettings {
    /// When the feed is read.
    schedule: TaskSchedule,
}

async fn read_feed(logger: &Logger) -> Result<()> {
    logger.info("the feed is read");
    Ok(())
}

#[backend_plugin(id = "feed")]
async fn feed(
    settings: Settings<FeedSettings>,
    scheduler: Scheduler,
    logger: Logger,
) -> Result<()> {
    let read = async move |context: TaskContext| -> Result<()> {
        tokio::select! {
            read = read_feed(&logger) => read,
            () = context.cancelled() => Ok(()),
        }
    };
    scheduler
        .schedule_task("read", settings.schedule.clone(), read)
        .await?;
    Ok(())
}

#[tokio::test]
async fn the_feed_is_read_when_the_task_runs() {
    let tasks = FakeScheduler::new();
    let backend = test_backend![feed]
        .with(Arc::clone(&tasks))
        .config(json!({ "feed": { "schedule": { "frequency": { "cron": "0 2 * * *" } } } }))
        .start()
        .await;
    let tasks = tasks.of_plugin("feed");
    let nightly = TaskSchedule::cron("0 2 * * *").expect("a pattern");
    assert_eq!(tasks.task("read").schedule, nightly);
    tasks.run("read").await.expect("the feed is there");
    backend.logged("the feed is read").await;
}

const HOUR: Duration = Duration::from_secs(3600);

/// Sweeps when it is told to, until it is told to stop; counts every hour.
#[backend_plugin(id = "chores")]
async fn chores(scheduler: Scheduler, http_router: HttpRouter) -> Result<()> {
    http_router.mount(Router::new());
    let sweep = async |context: TaskContext| {
        tracing::info!("sweeping");
        context.cancelled().await;
    };
    scheduler
        .schedule_task("sweep", TaskSchedule::manual(), sweep)
        .await?;
    let count = async |context: TaskContext| {
        tracing::info!("counted {} times", context.fencing_number());
    };
    let hourly = TaskSchedule::every(HOUR);
    scheduler.schedule_task("count", hourly, count).await?;
    Ok(())
}

const TASKS: &str = "/api/chores/.backstage/scheduler/v1/tasks";

async fn ask(backend: &StartedTestBackend, path: &str) -> Value {
    let path = format!("{TASKS}{path}");
    let asked = backend.get(&path).credentials(user("user:default/jane"));
    let answer = asked.send().await;
    answer.assert_status(200);
    answer.json()
}

/// The status of a wish, and what is said about it.
async fn wish(backend: &StartedTestBackend, path: &str) -> (u16, String) {
    let path = format!("{TASKS}{path}");
    let asked = backend.post(&path).credentials(user("user:default/jane"));
    let answer = asked.send().await;
    let status = answer.status().as_u16();
    if status == 200 {
        answer.assert_text("");
        return (status, String::new());
    }
    let body: Value = answer.json();
    let message = body["error"]["message"].as_str().expect("a message");
    (status, message.to_owned())
}

/// The runs of a task, once there are so many.
async fn runs(backend: &StartedTestBackend, id: &str, count: usize) -> Vec<Value> {
    loop {
        // A run is written down a moment after its last word.
        let runs = ask(backend, &format!("/{id}/runs")).await;
        let runs = runs["runs"].as_array().expect("a list").clone();
        if runs.len() >= count {
            return runs;
        }
    }
}

#[tokio::test]
async fn tasks_are_seen_triggered_and_cancelled_from_outside() {
    let backend = test_backend![chores].paused_clock().start().await;
    backend.get(TASKS).send().await.assert_status(401);
    backend.logged("counted 1 times").await;
    runs(&backend, "count", 1).await;
    let tasks = ask(&backend, "").await;
    let idle = |id: &str| {
        let mut tasks = tasks["tasks"].as_array().expect("a list").iter();
        tasks.find(|task| task["taskId"] == id).cloned()
    };
    let sweep = json!({
        "taskId": "sweep",
        "pluginId": "chores",
        "scope": "global",
        "settings": { "version": 2, "cadence": "manual", "timeoutAfterDuration": "PT1H" },
        "taskState": { "status": "idle" },
        "workerState": { "status": "idle" },
    });
    assert_eq!(idle("sweep"), Some(sweep));
    let count = idle("count").expect("it is there");
    assert_eq!(count["settings"]["cadence"], "PT1H");
    assert!(count["taskState"]["startsAt"].is_string());
    assert!(count["taskState"]["lastRunEndedAt"].is_string());

    assert_eq!(
        wish(&backend, "/sweep/cancel").await,
        (409, "Task sweep is not running".to_owned())
    );
    assert_eq!(wish(&backend, "/sweep/trigger").await.0, 200);
    backend.logged("sweeping").await;
    assert_eq!(
        wish(&backend, "/sweep/trigger").await,
        (409, "Task sweep is currently running".to_owned())
    );
    let running = ask(&backend, "").await;
    let running = &running["tasks"][1];
    assert_eq!(running["taskState"]["status"], "running");
    assert_eq!(running["workerState"]["status"], "running");
    for time in ["startedAt", "timesOutAt"] {
        assert!(running["taskState"][time].is_string(), "{running}");
    }
    assert_eq!(wish(&backend, "/sweep/cancel").await.0, 200);
    let ended = runs(&backend, "sweep", 1).await;
    assert_eq!(ended[0]["outcome"], "cancelled");
    assert_eq!(ended[0]["fencingNumber"], 1);

    assert_eq!(
        wish(&backend, "/sleep/trigger").await,
        (404, "Task sleep does not exist".to_owned())
    );
    let of_the_run = backend.logs().plugin("chores").field("task", "sweep");
    of_the_run.field("run", 1).assert_contains("sweeping");
}

#[tokio::test]
async fn tasks_follow_a_clock_that_the_test_holds() {
    let backend = test_backend![chores].paused_clock().start().await;
    for count in 1..=3 {
        backend.logged(&format!("counted {count} times")).await;
        runs(&backend, "count", count).await;
        let next = format!("counted {} times", count + 1);
        backend.logs().containing(&next).assert_empty();
        backend.advance(HOUR).await;
    }
}

#[tokio::test]
async fn a_stop_ends_the_runs_and_a_start_goes_on_with_the_plan() {
    let database = FakeDatabase::new();
    let start = async || {
        let backend = test_backend![chores].with(Arc::clone(&database));
        backend.start().await
    };
    let backend = start().await;
    backend.logged("counted 1 times").await;
    runs(&backend, "count", 1).await;
    assert_eq!(wish(&backend, "/sweep/trigger").await.0, 200);
    backend.logged("sweeping").await;
    let report = backend.stop().await;
    assert!(report.is_success(), "{report:?}");

    let backend = start().await;
    // What was interrupted is done again; what has run is not.
    backend.logged("sweeping").await;
    let ended = runs(&backend, "sweep", 1).await;
    assert_eq!(ended[0]["outcome"], "interrupted");
    assert_eq!(runs(&backend, "count", 1).await.len(), 1);
    backend.logs().containing("counted").assert_empty();
}
