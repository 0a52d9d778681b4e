//! Tasks in a backend: what `docs/scheduler.md` shows.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom_test_kit::mock_services::FakeScheduler;
use greenroom_test_kit::test_backend;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

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
async fn feed(settings: Settings<FeedSettings>, scheduler: Scheduler, logger: Logger) -> Result<()> {
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
