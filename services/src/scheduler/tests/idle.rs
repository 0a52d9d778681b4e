//! What a scheduler costs that has nothing to do.

use super::*;

/// The statements of a minute in which nothing is due.
async fn statements_per_minute(tasks: usize) -> u64 {
    let world = World::new().await;
    let mut replica = world.replica();
    let probe = Probe::new();
    for task in 0..tasks {
        let schedule = TaskSchedule::every(DAY).initial_delay(DAY);
        replica
            .schedule(&format!("task-{task}"), schedule, &probe)
            .await;
    }
    replica.look().await;
    let count = |replica: &Replica| {
        let store = replica.scheduler.0.known_store().expect("tables");
        store.statements.load(Ordering::Relaxed)
    };
    let before = count(&replica);
    let mut left = MINUTE;
    while !left.is_zero() {
        let pause = replica.look().await.min(left);
        pass(pause).await;
        left -= pause;
    }
    assert!(probe.is_quiet());
    count(&replica) - before
}

#[tokio::test(start_paused = true)]
async fn an_idle_minute_costs_few_statements_however_many_tasks_there_are() {
    let of_one = statements_per_minute(1).await;
    let of_a_hundred = statements_per_minute(100).await;
    assert_eq!(of_one, of_a_hundred);
    assert!((1..60).contains(&of_a_hundred), "{of_a_hundred}");
}
