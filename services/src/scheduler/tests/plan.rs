//! Restarts: nothing runs because of one, what was missed is dealt with, and a new cadence holds at once.

use super::*;

/// Runs the task once, in a process that then ends.
async fn ran(world: &World, schedule: TaskSchedule, probe: &Probe) -> Call {
    let mut replica = world.replica();
    replica.schedule("task", schedule, probe).await;
    replica.look().await;
    let call = probe.called().await;
    let context = call.context.clone();
    call.finish(Ending::Return);
    replica.ended().await;
    let (end, _) = tokio::sync::oneshot::channel();
    Call { context, end }
}

#[tokio::test(start_paused = true)]
async fn a_restart_runs_nothing() {
    let world = World::new().await;
    let probe = Probe::new();
    let hourly = TaskSchedule::every(60 * MINUTE);
    ran(&world, hourly.clone(), &probe).await;
    pass(30 * MINUTE).await;
    let mut replica = world.replica();
    replica.schedule("task", hourly, &probe).await;
    replica.look().await;
    assert!(probe.is_quiet());
    pass(30 * MINUTE).await;
    replica.look().await;
    assert_eq!(probe.called().await.planned(), 3600);
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_caught_up_once_or_skipped() {
    for (missed, outcomes) in [
        (
            Missed::CatchUpOnce,
            [RunOutcome::Missed, RunOutcome::Completed],
        ),
        (Missed::Skip, [RunOutcome::Missed, RunOutcome::Completed]),
    ] {
        let world = World::new().await;
        let probe = Probe::new();
        let hourly = TaskSchedule::every(60 * MINUTE).missed(missed);
        ran(&world, hourly.clone(), &probe).await;
        pass(300 * MINUTE + 30 * MINUTE).await;
        let mut replica = world.replica();
        replica.schedule("task", hourly, &probe).await;
        replica.look().await;
        let history = replica.scheduler.task_history("task").await;
        let history = history.expect("a history");
        let outcomes_then: Vec<_> = history.iter().map(|run| run.outcome).collect();
        assert_eq!(outcomes_then, outcomes);
        if missed == Missed::CatchUpOnce {
            let call = probe.called().await;
            assert_eq!((call.planned(), history[0].slots), (5 * 3600, 4));
            call.finish(Ending::Return);
            replica.ended().await;
        } else {
            assert_eq!(history[0].slots, 5);
        }
        replica.look().await;
        assert!(probe.is_quiet());
        pass(30 * MINUTE).await;
        replica.look().await;
        assert_eq!(probe.called().await.planned(), 6 * 3600);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shorter_interval_holds_at_once_and_so_does_a_longer_one() {
    let world = World::new().await;
    let probe = Probe::new();
    ran(&world, TaskSchedule::every(DAY), &probe).await;
    pass(90 * MINUTE).await;
    // An hour has passed since the last run.
    let call = ran(&world, TaskSchedule::every(60 * MINUTE), &probe).await;
    assert_eq!(call.planned(), 90 * 60);

    let mut replica = world.replica();
    replica
        .schedule("task", TaskSchedule::every(120 * MINUTE), &probe)
        .await;
    pass(60 * MINUTE).await;
    replica.look().await;
    assert!(probe.is_quiet());
    pass(60 * MINUTE).await;
    replica.look().await;
    assert_eq!(probe.called().await.planned(), 210 * 60);
}

#[tokio::test(start_paused = true)]
async fn a_new_pattern_has_missed_nothing() {
    let world = World::new().await;
    let probe = Probe::new();
    ran(&world, TaskSchedule::every(DAY), &probe).await;
    pass(3 * DAY).await;
    let mut replica = world.replica();
    let nightly = TaskSchedule::cron("0 2 * * *").expect("a pattern");
    replica.schedule("task", nightly, &probe).await;
    replica.look().await;
    assert!(probe.is_quiet());
    pass(14 * 60 * MINUTE).await;
    replica.look().await;
    assert_eq!(probe.called().await.planned(), 86_400 * 3 + 14 * 3600);
}

#[tokio::test(start_paused = true)]
async fn a_replica_of_an_older_version_keeps_to_the_new_pace() {
    for before in [TaskSchedule::manual(), TaskSchedule::every(DAY)] {
        let world = World::new().await;
        let probe = Probe::new();
        let (mut old, mut new) = (world.replica(), world.replica());
        old.schedule("task", before, &probe).await;
        let minutely = TaskSchedule::every(MINUTE);
        new.schedule("task", minutely, &probe).await;
        // The first at once, by whoever comes first.
        old.look().await;
        let call = probe.called().await;
        assert_eq!(call.planned(), 0);
        call.finish(Ending::Return);
        old.ended().await;
        pass(MINUTE).await;
        new.look().await;
        assert_eq!(new.runs.len(), 1, "it waits for a slot of the old pace");
        assert_eq!(probe.called().await.planned(), 60);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_timeout_leaves_the_plan_alone() {
    let world = World::new().await;
    let probe = Probe::new();
    let hourly = TaskSchedule::every(60 * MINUTE);
    ran(&world, hourly.clone(), &probe).await;
    pass(30 * MINUTE).await;
    let mut replica = world.replica();
    replica
        .schedule("task", hourly.timeout(SECOND), &probe)
        .await;
    pass(30 * MINUTE).await;
    replica.look().await;
    assert_eq!(probe.called().await.planned(), 3600);
}

#[tokio::test(start_paused = true)]
async fn the_initial_delay_holds_in_each_process_and_a_trigger_does_not_wait() {
    let world = World::new().await;
    let probe = Probe::new();
    let delayed = TaskSchedule::every(60 * MINUTE).initial_delay(MINUTE);
    let mut replica = world.replica();
    replica.schedule("task", delayed.clone(), &probe).await;
    replica.look().await;
    assert!(probe.is_quiet());
    let triggered = replica.scheduler.trigger_task("task").await;
    triggered.expect("it does not run");
    replica.look().await;
    let call = probe.called().await;
    assert_eq!(call.planned(), 0);
    call.finish(Ending::Return);
    replica.ended().await;
    pass(MINUTE).await;
    replica.look().await;
    let call = probe.called().await;
    assert_eq!(call.planned(), 60);
    call.finish(Ending::Return);
    replica.ended().await;
    drop(replica);

    pass(2 * 60 * MINUTE).await;
    let mut replica = world.replica();
    replica.schedule("task", delayed, &probe).await;
    assert_eq!(replica.look().await, 5 * SECOND);
    assert!(probe.is_quiet());
    pass(58 * SECOND).await;
    assert_eq!(replica.look().await, 2 * SECOND);
    pass(2 * SECOND).await;
    replica.look().await;
    probe.called().await;
}
