//! What happens without a request: reminders, and the nightly sweep.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use greenroom::queue::{NewJob, QueueError, QueueService as _};
use greenroom_test_kit::mock_services::{FakeQueues, FakeScheduler, MockQueueService};
use greenroom_test_kit::{StartedTestBackend, TestDatabase};
use serde_json::{Value, json};

use super::{TODOS, add, add_titled, backend, finish, titles};

const HOUR: Duration = Duration::from_hours(1);

async fn todo(backend: &StartedTestBackend, path: &str) -> Value {
    backend.get(path).send().await.assert_status(200).json()
}

#[tokio::test]
async fn a_reminder_comes_on_every_engine() {
    for database in TestDatabase::each().await {
        let backend = backend().database(&database).start().await;
        let sweep = json!({ "title": "sweep", "remindAfter": "0s" });
        let path = add(&backend, sweep).await;
        backend
            .logged("user:default/jane is reminded of the todo 1")
            .await;
        assert_eq!(todo(&backend, &path).await["reminded"], true);
    }
}

#[tokio::test]
async fn a_reminder_comes_when_its_time_has_come() {
    let backend = backend().paused_clock().start().await;
    let sweep = json!({ "title": "sweep", "remindAfter": "1 hour" });
    let path = add(&backend, sweep).await;
    backend.advance(HOUR - Duration::from_secs(5)).await;
    assert_eq!(todo(&backend, &path).await["reminded"], false);
    backend.advance(Duration::from_secs(10)).await;
    backend.logged("is reminded of the todo 1").await;
    assert_eq!(todo(&backend, &path).await["reminded"], true);
}

#[tokio::test]
async fn what_is_done_or_gone_or_was_told_already_reminds_nobody() {
    let queues = FakeQueues::new();
    let backend = backend().with(Arc::clone(&queues)).start().await;
    let queues = queues.of_plugin("todo");
    let mut paths = Vec::new();
    for title in ["done", "gone", "open"] {
        let new = json!({ "title": title, "remindAfter": "1 day" });
        paths.push(add(&backend, new).await);
    }
    finish(&backend, &paths[0]).await;
    backend.delete(&paths[1]).send().await.assert_status(204);
    let jobs = queues.jobs("reminders");
    assert!(jobs.iter().all(|job| job.in_transaction));

    // A job runs at least once, so it may run twice.
    for _ in 0..2 {
        let ran = queues.run("reminders").await;
        assert_eq!(ran.len(), 3);
        assert!(ran.iter().all(|(_, outcome)| outcome.is_ok()), "{ran:?}");
        let again = jobs.iter().map(|job| NewJob::new(&*job.job.payload));
        let again = queues.enqueue_raw("reminders", again.collect()).await;
        again.expect("the queue is there");
    }
    let told = backend.logs().containing("is reminded of");
    assert_eq!(
        told.messages(),
        ["user:default/jane is reminded of the todo 3"]
    );
}

/// A failure test: a todo whose reminder cannot be kept is not kept either.
#[tokio::test]
async fn a_todo_and_its_reminder_are_there_together_or_not_at_all() {
    let mut mock = MockQueueService::new();
    mock.expect_declare_raw().returning(|_, _| Ok(()));
    mock.expect_work_raw().returning(|_, _| Ok(()));
    mock.expect_enqueue_in_raw().returning(|queue, _| {
        let queue = queue.to_owned();
        Err(QueueError::Undeclared { queue })
    });
    let backend = backend().with(Arc::new(mock)).start().await;
    let sweep = json!({ "title": "sweep", "remindAfter": "1 day" });
    let failed = backend.post(TODOS).json(&sweep).send().await;
    failed.assert_status(500);
    let listed = backend.get(TODOS).send().await;
    listed.assert_json(json!({ "todos": [] }));
}

/// 2026-11-23 at 12:00.
fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200)
}

#[tokio::test]
async fn every_night_is_swept_away_what_was_done_for_long_enough() {
    let backend = backend()
        .config(json!({ "todo": { "keepDoneFor": "12 hours" } }))
        .paused_clock_at(noon())
        .start()
        .await;
    let (early, late) = (
        add_titled(&backend, "done at noon").await,
        add_titled(&backend, "done in the evening").await,
    );
    add_titled(&backend, "never done").await;
    finish(&backend, &early).await;
    backend.advance(8 * HOUR).await;
    finish(&backend, &late).await;

    // Three o'clock has come, and a little more: the scheduler looks every few seconds.
    backend.advance(7 * HOUR).await;
    backend.advance(Duration::from_secs(10)).await;
    backend.logged("Todos that are swept away: 1").await;
    let listed = backend.get(TODOS).send().await;
    assert_eq!(
        titles(&listed.json()),
        ["done in the evening", "never done"]
    );
}

#[tokio::test]
async fn it_is_swept_on_every_engine() {
    for database in TestDatabase::each().await {
        let tasks = FakeScheduler::new();
        let backend = backend()
            .database(&database)
            .with(Arc::clone(&tasks))
            .config(json!({ "todo": { "keepDoneFor": "0s" } }))
            .start()
            .await;
        let done = add_titled(&backend, "done").await;
        add_titled(&backend, "open").await;
        finish(&backend, &done).await;
        let tasks = tasks.of_plugin("todo");
        tasks.run("sweep").await.expect("the table is there");
        backend.get(&done).send().await.assert_status(404);
        let listed = backend.get(TODOS).send().await;
        assert_eq!(titles(&listed.json()), ["open"]);
    }
}
