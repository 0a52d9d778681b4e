//! Global tasks: when they run, on whom, and who may ask for it.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_interval_runs_at_once_and_then_on_its_grid() {
    let world = World::new().await;
    let mut replica = world.replica();
    let probe = Probe::new();
    replica
        .schedule("beat", TaskSchedule::every(MINUTE), &probe)
        .await;
    for round in 0..3 {
        replica.look().await;
        let call = probe.called().await;
        assert_eq!(call.planned(), round * 60);
        assert_eq!(call.context.fencing_number(), round + 1);
        assert_eq!(call.context.id(), "beat");
        call.finish(Ending::Return);
        replica.ended().await;

        // It looks again when the slot has come, and not at some poll after it.
        pass(58 * SECOND).await;
        assert_eq!(replica.look().await, 2 * SECOND);
        assert!(probe.is_quiet());
        pass(2 * SECOND).await;
    }
    use RunOutcome::Completed;
    assert_eq!(replica.history("beat").await, [Completed; 3]);
}

#[tokio::test(start_paused = true)]
async fn two_replicas_run_a_task_once() {
    let world = World::new().await;
    let (mut one, mut two) = (world.replica(), world.replica());
    let probe = Probe::new();
    for replica in [&one, &two] {
        replica
            .schedule("beat", TaskSchedule::every(MINUTE), &probe)
            .await;
    }
    one.look().await;
    two.look().await;
    let call = probe.called().await;
    assert!(probe.is_quiet());
    // However long it takes, as long as the holder renews its lease.
    for _ in 0..59 {
        pass(3 * SECOND).await;
        one.look().await;
        two.look().await;
    }
    assert!(probe.is_quiet() && !call.context.is_cancelled());
    call.finish(Ending::Return);
    one.ended().await;
    // What came meanwhile is told and not caught up.
    two.look().await;
    assert!(probe.is_quiet());
    let history = two.scheduler.task_history("beat").await.expect("a history");
    let told: Vec<_> = history.iter().map(|run| (run.outcome, run.slots)).collect();
    assert_eq!(
        told,
        [(RunOutcome::Overlapped, 2), (RunOutcome::Completed, 1)]
    );
    pass(MINUTE).await;
    two.look().await;
    assert_eq!(probe.called().await.context.fencing_number(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_is_noticed_by_another_replica() {
    let world = World::new().await;
    let (asking, mut working) = (world.replica(), world.replica());
    let probe = Probe::new();
    for replica in [&asking, &working] {
        replica
            .schedule("import", TaskSchedule::manual(), &probe)
            .await;
    }
    assert_eq!(working.look().await, 5 * SECOND);
    assert!(probe.is_quiet());
    let asked = asking.scheduler.trigger_task("import").await;
    asked.expect("it does not run");
    working.look().await;
    let call = probe.called().await;

    let again = asking.scheduler.trigger_task("import").await;
    let again = again.expect_err("it runs");
    assert_eq!(again.to_string(), "Task import is currently running");
    let unknown = asking.scheduler.trigger_task("export").await;
    let unknown = unknown.expect_err("there is none");
    assert_eq!(unknown.to_string(), "Task export does not exist");

    // So is a wish to cancel it.
    let cancelled = asking.scheduler.cancel_task("import").await;
    cancelled.expect("it runs");
    working.look().await;
    call.context.cancelled().await;
    call.finish(Ending::Return);
    working.ended().await;
    assert_eq!(asking.history("import").await, [RunOutcome::Cancelled]);
    let idle = asking.scheduler.cancel_task("import").await;
    let idle = idle.expect_err("it does not run");
    assert_eq!(idle.to_string(), "Task import is not running");
}

#[tokio::test(start_paused = true)]
async fn a_web_replica_leaves_the_work_to_others() {
    let world = World::new().await;
    let meter = NoopMeterProvider::new().meter("test");
    let web = world.replica_as(Role::Web, &meter);
    let probe = Probe::new();
    web.schedule("beat", TaskSchedule::every(MINUTE), &probe)
        .await;
    let asked = web.scheduler.trigger_task("beat").await;
    asked.expect("it may ask");
    let mut worker = world.replica_as(Role::Worker, &meter);
    worker
        .schedule("beat", TaskSchedule::every(MINUTE), &probe)
        .await;
    worker.look().await;
    probe.called().await;
}

#[tokio::test(start_paused = true)]
async fn ids_are_checked_and_taken_once() {
    let world = World::new().await;
    let replica = world.replica();
    let schedule = async |id: &str| {
        let schedule = TaskSchedule::manual();
        let service = replica.service();
        let scheduled = service.schedule_task(id, schedule, async |_| ()).await;
        scheduled.map_err(|error| error.to_string())
    };
    for wrong in ["", "  ", &*"x".repeat(256)] {
        let error = schedule(wrong).await.expect_err("it is no id");
        assert!(error.contains("is not a valid ID"), "{error}");
    }
    schedule("once").await.expect("a new one");
    let error = schedule("once").await.expect_err("there is one");
    assert_eq!(error, "Task once is already scheduled");
    let ids: Vec<_> = replica.scheduler.scheduled_tasks();
    assert_eq!(ids, [ScheduledTask::new("once", TaskSchedule::manual())]);
}

#[tokio::test(start_paused = true)]
async fn a_runner_gives_tasks_its_schedule() {
    let world = World::new().await;
    let replica = world.replica();
    let schedule = TaskSchedule::every(MINUTE).timeout(SECOND);
    let runner = replica
        .service()
        .create_scheduled_task_runner(schedule.clone());
    runner.run("a", async |_| ()).await.expect("scheduled");
    runner.run("b", async |_| ()).await.expect("scheduled");
    let expected = ["a", "b"].map(|id| ScheduledTask::new(id, schedule.clone()));
    assert_eq!(replica.scheduler.scheduled_tasks(), expected);
}
