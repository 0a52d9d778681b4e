//! Leases: who dies lets go within seconds, who cannot renew gives up, and no clock makes two runs.

use super::super::store::Free;
use super::*;

async fn pair(world: &World, schedule: &TaskSchedule, probe: &Probe) -> (Replica, Replica) {
    let (one, two) = (world.replica(), world.replica());
    for replica in [&one, &two] {
        replica.schedule("task", schedule.clone(), probe).await;
    }
    (one, two)
}

/// Takes a task from its holder, as a replica does which sees an old lease.
async fn free(task: &str, replica: &Replica) {
    let store = replica.scheduler.0.store().await.expect("tables");
    let (_, row) = store.row(task).await.expect("a row");
    let row = &row.expect("a row");
    let freed = store.free(Free { row, again: true });
    assert!(freed.await.expect("it is freed"));
}

#[tokio::test(start_paused = true)]
async fn the_task_of_a_dead_holder_is_taken_over_within_a_lease() {
    let world = World::new().await;
    let probe = Probe::new();
    let nightly = TaskSchedule::every(DAY).timeout(6 * 60 * MINUTE);
    let (mut one, mut two) = pair(&world, &nightly, &probe).await;
    one.look().await;
    let first = probe.called().await;
    assert_eq!(first.context.fencing_number(), 1);
    two.look().await;
    drop(one);
    pass(12 * SECOND - Duration::from_millis(1)).await;
    assert_eq!(two.look().await, Duration::from_millis(1));
    assert!(probe.is_quiet());
    pass(Duration::from_millis(1)).await;
    assert_eq!(two.look().await, Duration::ZERO);
    two.look().await;
    let again = probe.called().await;
    assert_eq!(again.context.fencing_number(), 2);
    assert_eq!(again.planned(), first.planned());
    again.finish(Ending::Return);
    two.ended().await;
    use RunOutcome::{Completed, Lost};
    assert_eq!(two.history("task").await, [Completed, Lost]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_cancelled_after_its_holder_died_does_not_come_back() {
    let world = World::new().await;
    let probe = Probe::new();
    let (mut one, mut two) = pair(&world, &TaskSchedule::every(DAY), &probe).await;
    one.look().await;
    probe.called().await;
    two.look().await;
    drop(one);
    let cancelled = two.scheduler.cancel_task("task").await;
    cancelled.expect("nobody knows yet that it does not run");
    pass(12 * SECOND).await;
    two.look().await;
    two.look().await;
    assert!(two.runs.is_empty());
    assert_eq!(two.history("task").await, [RunOutcome::Cancelled]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_kills_its_process_is_not_tried_for_ever() {
    let world = World::new().await;
    let probe = Probe::new();
    let nightly = TaskSchedule::every(DAY);
    for fence in 1..=3 {
        let mut replica = world.replica();
        replica.schedule("task", nightly.clone(), &probe).await;
        // The lease of the one before has to be seen for a while.
        replica.look().await;
        if fence > 1 {
            pass(12 * SECOND).await;
            replica.look().await;
            replica.look().await;
        }
        assert_eq!(probe.called().await.context.fencing_number(), fence);
    }
    let mut replica = world.replica();
    replica.schedule("task", nightly, &probe).await;
    replica.look().await;
    pass(12 * SECOND).await;
    replica.look().await;
    replica.look().await;
    assert!(probe.is_quiet());
    pass(DAY).await;
    replica.look().await;
    assert_eq!(probe.called().await.context.fencing_number(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_loses_its_lease_each_time_is_not_tried_for_ever() {
    let world = World::new().await;
    let probe = Probe::new();
    let mut replica = world.replica();
    let nightly = TaskSchedule::every(DAY);
    replica.schedule("task", nightly, &probe).await;
    for fence in 1..=3 {
        replica.look().await;
        assert_eq!(replica.runs.len(), 1);
        let call = probe.called().await;
        assert_eq!(call.context.fencing_number(), fence);
        // It does not look: its database is out of reach.
        pass(8 * SECOND).await;
        call.context.cancelled().await;
        pass(2 * SECOND).await;
        replica.ended().await;
    }
    assert_eq!(replica.history("task").await, [RunOutcome::Lost; 3]);
    replica.look().await;
    assert!(replica.runs.is_empty(), "it waits for its next slot");
    pass(DAY).await;
    replica.look().await;
    assert_eq!(replica.runs.len(), 1);
    probe.called().await.finish(Ending::Return);
    replica.ended().await;
    // One that ends well ends the row.
    let store = replica.scheduler.0.store().await.expect("tables");
    let (_, row) = store.row("task").await.expect("a row");
    assert_eq!(row.map(|row| row.lost_in_row), Some(0));
}

#[tokio::test(start_paused = true)]
async fn what_was_lost_is_not_repeated_if_missed_runs_are_skipped() {
    let world = World::new().await;
    let probe = Probe::new();
    let hourly = TaskSchedule::every(60 * MINUTE).missed(Missed::Skip);
    let (mut one, mut two) = pair(&world, &hourly, &probe).await;
    one.look().await;
    probe.called().await;
    two.look().await;
    drop(one);
    pass(12 * SECOND).await;
    two.look().await;
    two.look().await;
    assert!(probe.is_quiet());
    assert_eq!(two.history("task").await, [RunOutcome::Lost]);
    pass(60 * MINUTE).await;
    two.look().await;
    // That one is late by less than it may be.
    assert_eq!(probe.called().await.planned(), 3600);
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_cannot_renew_ends_its_run_before_others_begin() {
    let world = World::new().await;
    let probe = Probe::new();
    let (mut one, mut two) = pair(&world, &TaskSchedule::every(DAY), &probe).await;
    one.look().await;
    let call = probe.called().await;
    two.look().await;
    // It stops looking: its database is out of reach.
    pass(8 * SECOND).await;
    call.context.cancelled().await;
    let context = call.context.clone();
    assert!(!call.end.is_closed());
    pass(2 * SECOND).await;
    let mut end = call.end;
    end.closed().await;
    drop(context);
    two.look().await;
    assert!(probe.is_quiet(), "its lease is not over yet");
    one.ended().await;
    // It could say so, after all.
    two.look().await;
    assert_eq!(probe.called().await.context.fencing_number(), 2);
    use RunOutcome::Lost;
    assert_eq!(two.history("task").await, [Lost]);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_kept_however_long_a_look_takes() {
    let world = World::new().await;
    let probe = Probe::new();
    let (mut one, mut two) = pair(&world, &TaskSchedule::every(DAY), &probe).await;
    one.look().await;
    let call = probe.called().await;
    for _ in 0..10 {
        pass(3 * SECOND).await;
        one.renew().await;
        two.look().await;
    }
    assert!(two.runs.is_empty() && !call.context.is_cancelled());
    call.finish(Ending::Return);
    one.ended().await;
    assert_eq!(one.history("task").await, [RunOutcome::Completed]);
}

#[tokio::test(start_paused = true)]
async fn a_holder_whose_task_was_taken_stops_when_it_looks_again() {
    let world = World::new().await;
    let probe = Probe::new();
    let (mut one, mut two) = pair(&world, &TaskSchedule::every(DAY), &probe).await;
    one.look().await;
    let first = probe.called().await;
    // As if the first process had stood still.
    two.look().await;
    free("task", &two).await;
    two.look().await;
    let second = probe.called().await;
    assert!(second.context.fencing_number() > first.context.fencing_number());
    pass(3 * SECOND).await;
    one.look().await;
    first.context.cancelled().await;
    first.finish(Ending::Return);
    one.ended().await;
    // What it has to say no longer counts.
    assert_eq!(two.history("task").await, [RunOutcome::Lost]);
    assert!(!second.context.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_process_begins_no_run_beside_one_that_has_lost_its_lease() {
    let world = World::new().await;
    let probe = Probe::new();
    let (mut one, mut two) = pair(&world, &TaskSchedule::every(DAY), &probe).await;
    one.look().await;
    let first = probe.called().await;
    two.look().await;
    free("task", &two).await;
    two.look().await;
    probe.called().await.finish(Ending::Return);
    two.ended().await;

    // The first run goes on, and the task is due again.
    let triggered = two.scheduler.trigger_task("task").await;
    triggered.expect("nobody holds it");
    one.look().await;
    assert_eq!(one.runs.len(), 1);
    first.finish(Ending::Return);
    one.ended().await;
    one.look().await;
    let third = probe.called().await;
    assert_eq!(third.context.fencing_number(), 3);
    // It is known here, and nobody takes it for a claim that got lost.
    one.look().await;
    assert!(!third.context.is_cancelled());
    third.finish(Ending::Return);
    one.ended().await;
    use RunOutcome::{Completed, Lost};
    assert_eq!(one.history("task").await, [Completed, Completed, Lost]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_makes_no_second_run() {
    let world = World::new().await;
    let probe = Probe::new();
    let (mut one, mut two) = pair(&world, &TaskSchedule::every(DAY), &probe).await;
    one.look().await;
    let call = probe.called().await;
    two.look().await;
    for seconds in [86_400 * 30, -86_400 * 60, 86_400 * 30] {
        world.jump(seconds);
        for _ in 0..10 {
            pass(3 * SECOND).await;
            one.look().await;
            two.look().await;
        }
        assert!(probe.is_quiet() && !call.context.is_cancelled());
    }
    call.finish(Ending::Return);
    one.ended().await;
    two.look().await;
    assert!(probe.is_quiet());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_neither_repeats_a_slot_nor_stops_the_task() {
    let world = World::new().await;
    let probe = Probe::new();
    let mut replica = world.replica();
    let hourly = TaskSchedule::every(60 * MINUTE);
    replica.schedule("task", hourly, &probe).await;
    let mut run = async || {
        replica.look().await;
        let call = probe.called().await;
        let planned = call.planned();
        call.finish(Ending::Return);
        replica.ended().await;
        planned
    };
    assert_eq!(run().await, 0);
    // A clock that is ahead: the slot comes early, and is not due again when the clock is right.
    world.jump(3600);
    assert_eq!(run().await, 3600);
    world.jump(-60);
    replica.look().await;
    assert!(probe.is_quiet());

    // A day ahead, and back: nobody waits for a day.
    world.jump(86_400);
    replica.look().await;
    let call = probe.called().await;
    call.finish(Ending::Return);
    replica.ended().await;
    world.jump(-86_400);
    replica.look().await;
    assert!(probe.is_quiet());
    pass(60 * MINUTE).await;
    replica.look().await;
    probe.called().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_during_a_run_does_not_stop_the_task() {
    let world = World::new().await;
    let probe = Probe::new();
    let mut replica = world.replica();
    let hourly = TaskSchedule::every(60 * MINUTE);
    replica.schedule("task", hourly, &probe).await;
    // A day ahead: the next slot will be tomorrow's.
    world.jump(86_400);
    replica.look().await;
    let call = probe.called().await;
    world.jump(-86_400);
    pass(3 * SECOND).await;
    replica.look().await;
    call.finish(Ending::Return);
    replica.ended().await;
    replica.look().await;
    assert!(probe.is_quiet());
    pass(60 * MINUTE).await;
    replica.look().await;
    assert!(!replica.runs.is_empty(), "it waits for tomorrow");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_brings_back_what_was_passed_over() {
    let world = World::new().await;
    let probe = Probe::new();
    let mut replica = world.replica();
    let hourly = TaskSchedule::every(60 * MINUTE).missed(Missed::Skip);
    replica.schedule("task", hourly, &probe).await;
    replica.look().await;
    probe.called().await.finish(Ending::Return);
    replica.ended().await;
    world.jump(86_400 + 1800);
    replica.look().await;
    use RunOutcome::{Completed, Missed as Passed};
    assert_eq!(replica.history("task").await, [Passed, Completed]);
    world.jump(-86_400 - 1800);
    replica.look().await;
    assert!(replica.runs.is_empty());
    pass(60 * MINUTE).await;
    replica.look().await;
    assert!(!replica.runs.is_empty(), "it waits for tomorrow");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_registered_while_the_clock_was_ahead_comes_when_it_should() {
    let world = World::new().await;
    let probe = Probe::new();
    let mut replica = world.replica();
    world.jump(30 * 86_400);
    let hourly = TaskSchedule::cron("0 * * * *").expect("a pattern");
    replica.schedule("task", hourly, &probe).await;
    replica.look().await;
    world.jump(-30 * 86_400);
    replica.look().await;
    assert!(replica.runs.is_empty());
    pass(60 * MINUTE).await;
    replica.look().await;
    assert_eq!(replica.runs.len(), 1, "it waits for a day next month");
    assert_eq!(probe.called().await.planned(), 3600);
}
