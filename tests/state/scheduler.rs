//! The scheduler on every engine: several of them on one database, each as if it were a process of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use greenroom::clock::SystemClock;
use greenroom::database::sea_orm_migration::MigratorTraitSelf as _;
use greenroom::database::{Database, DatabaseClient, DatabaseError, DatabaseService, Migrations};
use greenroom::role::Role;
use greenroom::scheduler::{
    Missed, PluginScheduler, RunOutcome, Scheduler, SchedulerParts, SchedulerService as _,
    SchedulerTiming, TaskContext, TaskSchedule, create,
};
use greenroom_test_kit::TestDatabase;
use opentelemetry::metrics::{MeterProvider as _, noop::NoopMeterProvider};
use sea_orm::{ConnectOptions, DatabaseConnection};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

const HOUR: Duration = Duration::from_secs(3600);

/// A database that hands out one pool, without a lock around its migrations: the tests begin them one after the other.
struct Direct(DatabaseConnection);

#[async_trait]
impl DatabaseService for Direct {
    async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
        Ok(self.0.clone().into())
    }

    async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError> {
        Ok(migrations.up(&self.0, None).await?)
    }
}

/// An engine of its own for a test.
struct World {
    database: Database,
    _kept: TestDatabase,
}

impl World {
    async fn on(kept: TestDatabase) -> Self {
        let mut options = ConnectOptions::new(kept.url());
        if kept.url().contains(":memory:") {
            // Each connection would have a database of its own.
            options.max_connections(1).min_connections(1);
        }
        let connection = sea_orm::Database::connect(options).await;
        let database = Arc::new(Direct(connection.expect("the engine answers")));
        Self {
            database,
            _kept: kept,
        }
    }

    fn replica(&self) -> Replica {
        let background = Arc::new(Mutex::new(JoinSet::new()));
        let spawned = Arc::clone(&background);
        let mut timing = SchedulerTiming::default();
        timing.poll = Duration::from_millis(100);
        timing.lease = Duration::from_secs(4);
        timing.grace = Duration::from_millis(100);
        let scheduler = create(SchedulerParts {
            plugin_id: "test".to_owned(),
            database: Arc::clone(&self.database),
            clock: Arc::new(SystemClock),
            meter: NoopMeterProvider::new().meter("test"),
            spawn: Some(Arc::new(move |_, work| {
                let mut spawned = spawned.lock().unwrap_or_else(PoisonError::into_inner);
                spawned.spawn(work);
            })),
            state: None,
            role: Role::Both,
            timing,
        });
        Replica {
            scheduler,
            background,
        }
    }
}

/// A process. To drop it is to kill it.
struct Replica {
    scheduler: Arc<PluginScheduler>,
    background: Arc<Mutex<JoinSet<()>>>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        let mut background = self.background.lock();
        let background = background
            .as_mut()
            .unwrap_or_else(|broken| broken.get_mut());
        background.abort_all();
    }
}

impl Replica {
    async fn schedule(&self, schedule: TaskSchedule, probe: &Probe) {
        let scheduler = Arc::clone(&self.scheduler) as Scheduler;
        let scheduled = scheduler
            .schedule_task("task", schedule, probe.work())
            .await;
        scheduled.expect("it is scheduled");
    }

    async fn outcomes(&self) -> Vec<RunOutcome> {
        let history = self.scheduler.task_history("task").await;
        let history = history.expect("it is there");
        history.iter().map(|run| run.outcome).collect()
    }
}

/// A task's function that tells of each run, and how many there are at once.
#[derive(Clone)]
struct Probe {
    told: UnboundedSender<TaskContext>,
    under_way: Arc<AtomicUsize>,
    work: Work,
}

#[derive(Clone, Copy)]
enum Work {
    Short,
    UntilCancelled,
    Endless,
    Panic,
}

struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Probe {
    fn new(work: Work) -> (Self, UnboundedReceiver<TaskContext>) {
        let (told, runs) = unbounded_channel();
        let under_way = Arc::default();
        let probe = Self {
            told,
            under_way,
            work,
        };
        (probe, runs)
    }

    fn work(
        &self,
    ) -> impl Fn(TaskContext) -> greenroom::BoxFuture<Result<(), greenroom::BoxError>>
    + Clone
    + Send
    + Sync
    + 'static {
        let probe = self.clone();
        move |context| {
            let probe = probe.clone();
            Box::pin(async move {
                let before = probe.under_way.fetch_add(1, Ordering::SeqCst);
                let _under_way = UnderWay(Arc::clone(&probe.under_way));
                if before > 0 {
                    return Err("two runs at once".into());
                }
                let _ = probe.told.send(context.clone());
                match probe.work {
                    Work::Short => {
                        for _ in 0..100 {
                            tokio::task::yield_now().await;
                        }
                    }
                    Work::UntilCancelled => context.cancelled().await,
                    Work::Endless => std::future::pending().await,
                    Work::Panic => panic!("the probe panics"),
                }
                Ok(())
            })
        }
    }
}

async fn next(runs: &mut UnboundedReceiver<TaskContext>) -> TaskContext {
    // Real time, and far more than it takes: a failure rather than a test that never ends.
    let next = tokio::time::timeout(Duration::from_secs(60), runs.recv());
    next.await.expect("a run begins").expect("the probe lives")
}

/// Runs a test on every engine that is here.
async fn on_each_engine(test: impl AsyncFn(World)) {
    for database in TestDatabase::each().await {
        test(World::on(database).await).await;
    }
}

#[tokio::test]
async fn of_three_replicas_one_runs_and_every_slot_is_accounted_for() {
    on_each_engine(async |world| {
        let every = Duration::from_millis(100);
        let (probe, mut runs) = Probe::new(Work::Short);
        let mut replicas = Vec::new();
        for _ in 0..3 {
            let replica = world.replica();
            // What the drain interrupts is not to be done again by the next one.
            let schedule = TaskSchedule::every(every).missed(Missed::Skip);
            replica.schedule(schedule, &probe).await;
            replicas.push(replica);
        }
        let mut seen = Vec::new();
        for _ in 0..15 {
            seen.push(next(&mut runs).await);
        }
        for replica in &replicas {
            replica.scheduler.drain().await;
        }
        while let Ok(late) = runs.try_recv() {
            seen.push(late);
        }
        let fences: Vec<_> = seen.iter().map(TaskContext::fencing_number).collect();
        let expected: Vec<_> = (1..).take(seen.len()).collect();
        assert_eq!(fences, expected);

        let history = replicas[0].scheduler.task_history("task").await;
        let history = history.expect("a history");
        assert!(
            history.iter().all(|run| run.outcome != RunOutcome::Failed),
            "{history:#?}"
        );
        let passed = since(&seen[0], &seen[seen.len() - 1]).as_millis() / every.as_millis();
        let accounted: u64 = history
            .iter()
            .filter(|run| run.scheduled_at <= seen[seen.len() - 1].scheduled_at())
            .map(|run| run.slots)
            .sum();
        assert_eq!(u128::from(accounted), passed + 1, "{history:#?}");
    })
    .await;
}

fn since(first: &TaskContext, last: &TaskContext) -> Duration {
    let since = last.scheduled_at().duration_since(first.scheduled_at());
    since.expect("slots come in order")
}

#[tokio::test]
async fn a_dead_holders_task_is_taken_over() {
    on_each_engine(async |world| {
        let (probe, mut runs) = Probe::new(Work::Endless);
        let schedule = TaskSchedule::every(HOUR).timeout(6 * HOUR);
        let holder = world.replica();
        holder.schedule(schedule.clone(), &probe).await;
        let first = next(&mut runs).await;
        let other = world.replica();
        other.schedule(schedule, &probe).await;
        drop(holder);
        let second = next(&mut runs).await;
        assert_eq!((first.fencing_number(), second.fencing_number()), (1, 2));
        assert_eq!(first.scheduled_at(), second.scheduled_at());
        assert_eq!(other.outcomes().await, [RunOutcome::Lost]);
        other.scheduler.drain().await;
        use RunOutcome::{Interrupted, Lost};
        assert_eq!(other.outcomes().await, [Interrupted, Lost]);
    })
    .await;
}

#[tokio::test]
async fn a_restart_runs_nothing_and_a_new_cadence_holds_at_once() {
    on_each_engine(async |world| {
        let (probe, mut runs) = Probe::new(Work::Short);
        let schedule = TaskSchedule::every(HOUR).missed(Missed::Skip);
        let replica = world.replica();
        replica.schedule(schedule.clone(), &probe).await;
        let first = next(&mut runs).await;
        replica.scheduler.drain().await;
        drop(replica);

        let restarted = world.replica();
        restarted.schedule(schedule, &probe).await;
        restarted.scheduler.drain().await;
        drop(restarted);
        runs.try_recv().expect_err("a restart runs nothing");

        let changed = world.replica();
        let shorter = TaskSchedule::every(Duration::from_millis(100));
        changed.schedule(shorter, &probe).await;
        let second = next(&mut runs).await;
        assert!(since(&first, &second) < HOUR);
        changed.scheduler.drain().await;
    })
    .await;
}

#[tokio::test]
async fn another_replica_may_trigger_and_cancel() {
    on_each_engine(async |world| {
        let (probe, mut runs) = Probe::new(Work::UntilCancelled);
        let (asking, working) = (world.replica(), world.replica());
        working.schedule(TaskSchedule::manual(), &probe).await;
        asking.schedule(TaskSchedule::manual(), &probe).await;
        let before = SystemTime::UNIX_EPOCH;
        asking.scheduler.trigger_task("task").await.expect("idle");
        let run = next(&mut runs).await;
        assert!(run.scheduled_at() > before);
        let again = asking.scheduler.trigger_task("task").await;
        again.expect_err("it runs");
        asking.scheduler.cancel_task("task").await.expect("it runs");
        run.cancelled().await;
        // What runs it has to write that down.
        working.scheduler.drain().await;
        asking.scheduler.drain().await;
        assert_eq!(asking.outcomes().await, [RunOutcome::Cancelled]);
        let idle = asking.scheduler.cancel_task("task").await;
        idle.expect_err("it does not run");
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_kept_and_the_next_run_comes() {
    on_each_engine(async |world| {
        let (probe, mut runs) = Probe::new(Work::Panic);
        let replica = world.replica();
        let every = TaskSchedule::every(Duration::from_millis(100));
        replica.schedule(every, &probe).await;
        next(&mut runs).await;
        next(&mut runs).await;
        replica.scheduler.drain().await;
        let outcomes = replica.outcomes().await;
        let panicked = outcomes
            .iter()
            .filter(|outcome| **outcome == RunOutcome::Panicked);
        assert!(panicked.count() >= 2, "{outcomes:?}");
    })
    .await;
}

#[tokio::test]
async fn replicas_that_begin_at_once_make_one_task() {
    on_each_engine(async |world| {
        let (probe, mut runs) = Probe::new(Work::Short);
        let first = world.replica();
        // The tables are there before the race for the row.
        let other = Arc::clone(&first.scheduler) as Scheduler;
        let tables = other.schedule_task("other", TaskSchedule::manual(), async |_| ());
        tables.await.expect("tables");
        let replicas: Vec<_> = (0..5).map(|_| world.replica()).collect();
        let begin = replicas
            .iter()
            .map(|replica| replica.schedule(TaskSchedule::every(HOUR), &probe));
        futures_util::future::join_all(begin).await;
        assert_eq!(next(&mut runs).await.fencing_number(), 1);
        for replica in &replicas {
            replica.scheduler.drain().await;
        }
        runs.try_recv().expect_err("there is one task");
    })
    .await;
}
