//! Local tasks: each process by itself, without a database.

use async_trait::async_trait;

use super::*;
use crate::database::{DatabaseClient, DatabaseError, DatabaseService, Migrations};

/// Fails whoever asks it.
struct Untouchable;

#[async_trait]
impl DatabaseService for Untouchable {
    async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
        panic!("a local task needs no database")
    }

    async fn apply(&self, _: Migrations) -> Result<(), DatabaseError> {
        panic!("a local task needs no tables")
    }
}

async fn world() -> World {
    World {
        database: Arc::new(Untouchable),
        ..World::new().await
    }
}

fn every(interval: Duration) -> TaskSchedule {
    TaskSchedule::every(interval).scope(TaskScope::Local)
}

#[tokio::test(start_paused = true)]
async fn it_runs_in_each_process_without_a_database() {
    let world = world().await;
    let (one, two) = (world.replica(), world.replica());
    let probes = [Probe::new(), Probe::new()];
    for (replica, probe) in [&one, &two].into_iter().zip(&probes) {
        replica.schedule("beat", every(MINUTE), probe).await;
        assert_eq!(
            replica
                .scheduler
                .trigger_task("other")
                .await
                .map_err(|e| e.to_string()),
            Err("Task other does not exist".to_owned())
        );
    }
    for round in 0..3 {
        for probe in &probes {
            let call = probe.called().await;
            assert_eq!(call.planned(), round * 60);
            call.finish(Ending::Return);
        }
        for replica in [&one, &two] {
            let mut active = replica.scheduler.0.active_runs();
            active.wait_for(|active| *active == 0).await.expect("alive");
        }
        pass(MINUTE).await;
    }
    assert!(one.history("beat").await.len() >= 3);
}

#[tokio::test(start_paused = true)]
async fn it_is_triggered_and_cancelled_in_its_process() {
    let world = world().await;
    let replica = world.replica();
    let probe = Probe::new();
    let manual = TaskSchedule::manual().scope(TaskScope::Local);
    replica.schedule("import", manual, &probe).await;
    let scheduler = &replica.scheduler;
    let idle = scheduler.cancel_task("import").await;
    assert!(matches!(idle, Err(SchedulerError::NotRunning { .. })));
    scheduler.trigger_task("import").await.expect("it is idle");
    let call = probe.called().await;
    let busy = scheduler.trigger_task("import").await;
    assert!(matches!(busy, Err(SchedulerError::Running { .. })));
    scheduler.cancel_task("import").await.expect("it runs");
    call.context.cancelled().await;
    call.finish(Ending::Return);
    let mut active = scheduler.0.active_runs();
    active.wait_for(|active| *active == 0).await.expect("alive");
    assert_eq!(replica.history("import").await, [RunOutcome::Cancelled]);
}
