//! How runs end, and what is kept of them.

use std::time::Duration;

use super::*;
use crate::http_error::HttpError;

async fn started(schedule: TaskSchedule) -> (World, Replica, Probe, Call) {
    let world = World::new().await;
    let mut replica = world.replica();
    let probe = Probe::new();
    replica.schedule("task", schedule, &probe).await;
    replica.look().await;
    let call = probe.called().await;
    (world, replica, probe, call)
}

#[tokio::test(start_paused = true)]
async fn an_error_and_a_panic_are_kept_and_the_next_run_comes() {
    let (_world, mut replica, probe, call) = started(TaskSchedule::every(MINUTE)).await;
    call.finish(Ending::Fail("postgres://me:hunter2@db".into()));
    replica.ended().await;
    pass(MINUTE).await;
    replica.look().await;
    probe.called().await.finish(Ending::Panic);
    replica.ended().await;
    pass(MINUTE).await;
    replica.look().await;
    let known = HttpError::not_found("no such feed");
    probe.called().await.finish(Ending::Fail(known.into()));
    replica.ended().await;

    let history = replica.scheduler.task_history("task").await;
    let history = history.expect("a history");
    use RunOutcome::{Failed, Panicked};
    let outcomes: Vec<_> = history.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [Failed, Panicked, Failed]);
    let shown: Vec<_> = history.iter().filter_map(|run| run.error.clone()).collect();
    assert_eq!(
        (&*shown[0].name, &*shown[0].message),
        ("NotFoundError", "no such feed")
    );
    for hidden in &shown[1..] {
        let message = &hidden.message;
        assert!(message.starts_with("An internal error occurred logId="));
    }
    let times = &history[0];
    assert_eq!(times.fencing_number, Some(3));
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(NOON + seconds);
    assert_eq!(
        (times.scheduled_at, times.started_at, times.ended_at),
        (at(120), Some(at(120)), at(120))
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_too_long_is_told_and_then_dropped() {
    let schedule = TaskSchedule::every(DAY).timeout(6 * SECOND);
    let (_world, mut replica, _probe, call) = started(schedule).await;
    pass(6 * SECOND).await;
    call.context.cancelled().await;
    replica.look().await;
    assert!(!call.end.is_closed(), "it has a grace");
    // The grace counts from when the run was told, which may be a moment later.
    pass(5 * SECOND + Duration::from_millis(1)).await;
    let mut end = call.end;
    end.closed().await;
    replica.ended().await;
    assert_eq!(replica.history("task").await, [RunOutcome::TimedOut]);
}

#[tokio::test(start_paused = true)]
async fn a_drain_stops_the_runs_and_gives_the_tasks_back() {
    let (world, mut replica, probe, call) = started(TaskSchedule::every(DAY)).await;
    let scheduler = Arc::clone(&replica.scheduler);
    let drained = tokio::spawn(async move { scheduler.drain().await });
    call.context.cancelled().await;
    call.finish(Ending::Return);
    replica.ended().await;
    drained.await.expect("it ends");
    assert_eq!(replica.history("task").await, [RunOutcome::Interrupted]);
    // It begins nothing more; another does at once what was broken off.
    replica.look().await;
    assert!(probe.is_quiet());
    let mut other = world.replica();
    other
        .schedule("task", TaskSchedule::every(DAY), &probe)
        .await;
    other.look().await;
    let call = probe.called().await;
    assert_eq!((call.planned(), call.context.fencing_number()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn the_history_has_an_end() {
    let world = World::new().await;
    let mut replica = world.replica();
    let probe = Probe::new();
    replica
        .schedule("task", TaskSchedule::every(SECOND), &probe)
        .await;
    for _ in 0..70 {
        replica.look().await;
        probe.called().await.finish(Ending::Return);
        replica.ended().await;
        pass(SECOND).await;
    }
    let history = replica.scheduler.task_history("task").await;
    let history = history.expect("a history");
    assert_eq!(history.len(), 50);
    assert_eq!(history[0].fencing_number, Some(70));
    let unknown = replica.scheduler.task_history("other").await;
    let unknown = unknown.expect_err("there is none");
    assert_eq!(unknown.to_string(), "Task other does not exist");
}
