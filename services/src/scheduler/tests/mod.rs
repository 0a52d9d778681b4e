//! The scheduler against SQLite in memory, with a clock that the tests hold.
//!
//! A test looks at the database when it likes, in place of the loop that does so in a backend; nothing else moves.

mod global;
mod idle;
mod lease;
mod local;
mod metrics;
mod plan;
mod runs;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::metrics::{Meter, MeterProvider as _, noop::NoopMeterProvider};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::Instant;

use super::global::Memory;
use super::*;
use crate::clock::{Clock, ClockService};
use crate::database::Database;
use crate::database::testing::memory;
use crate::role::Role;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// When a test begins: 2026-01-01, noon.
const NOON: u64 = 1_767_268_800;

/// A time of day that moves as the paused timers do, and that can be set.
struct Settable {
    since: Instant,
    offset: AtomicI64,
}

impl ClockService for Settable {
    fn now(&self) -> SystemTime {
        let base = UNIX_EPOCH + Duration::from_secs(NOON) + self.since.elapsed();
        let offset = self.offset.load(Ordering::Relaxed);
        let by = Duration::from_secs(offset.unsigned_abs());
        if offset < 0 { base - by } else { base + by }
    }
}

/// One database and one clock.
struct World {
    database: Database,
    clock: Arc<Settable>,
    /// A paused clock does not jump to the next timer while blocking work is under way. SQLite answers from a thread of
    /// its own, for which the runtime would not wait otherwise.
    _standstill: std::sync::mpsc::Sender<()>,
}

impl World {
    async fn new() -> Self {
        let (standstill, held) = std::sync::mpsc::channel::<()>();
        spawn_blocking(move || held.recv());
        Self {
            database: memory().await,
            clock: Arc::new(Settable {
                since: Instant::now(),
                offset: AtomicI64::new(0),
            }),
            _standstill: standstill,
        }
    }

    fn replica(&self) -> Replica {
        self.replica_as(Role::Both, &NoopMeterProvider::new().meter("test"))
    }

    fn replica_as(&self, role: Role, meter: &Meter) -> Replica {
        let background = Arc::new(Mutex::new(JoinSet::new()));
        let spawned = Arc::clone(&background);
        let scheduler = create(SchedulerParts {
            plugin_id: "test".to_owned(),
            database: Arc::clone(&self.database),
            clock: Arc::clone(&self.clock) as Clock,
            meter: meter.clone(),
            spawn: Some(Arc::new(move |name, work| {
                // The loop over the global tasks is what the tests do by hand.
                if name != "scheduler" {
                    let mut spawned = spawned.lock().unwrap_or_else(PoisonError::into_inner);
                    spawned.spawn(work);
                }
            })),
            state: None,
            role,
            timing: SchedulerTiming::default(),
        });
        Replica {
            scheduler,
            memory: Memory::default(),
            runs: JoinSet::new(),
            _background: background,
        }
    }

    /// Sets the time of day, and leaves the timers alone.
    fn jump(&self, seconds: i64) {
        self.clock.offset.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// A process. To drop it is to kill it.
struct Replica {
    scheduler: Arc<PluginScheduler>,
    memory: Memory,
    runs: JoinSet<()>,
    _background: Arc<Mutex<JoinSet<()>>>,
}

impl Replica {
    fn service(&self) -> Scheduler {
        Arc::clone(&self.scheduler) as Scheduler
    }

    async fn schedule(&self, id: &str, schedule: TaskSchedule, probe: &Probe) {
        let work = probe.work();
        let scheduled = self.service().schedule_task(id, schedule, work).await;
        scheduled.expect("it is scheduled");
    }

    /// Renews and looks once, as the loops do. Gives when it would look again.
    async fn look(&mut self) -> Duration {
        self.renew().await;
        let looked = self.scheduler.0.tick(&mut self.memory, &mut self.runs);
        looked.await.expect("the database answers")
    }

    async fn renew(&self) {
        let renewed = self.scheduler.0.renew().await;
        renewed.expect("the database answers");
    }

    /// Waits until a run is over and written down.
    async fn ended(&mut self) {
        let ended = self.runs.join_next().await.expect("a run is under way");
        ended.expect("what looks after a run does not panic");
    }

    async fn history(&self, id: &str) -> Vec<RunOutcome> {
        let runs = self.scheduler.task_history(id).await.expect("it is there");
        runs.iter().map(|run| run.outcome).collect()
    }
}

/// Lets the timers and the time of day go on, in steps as small as a loop would take them.
async fn pass(duration: Duration) {
    tokio::time::advance(duration).await;
}

/// A task's function that tells when it is called, and ends as it is told.
#[derive(Clone)]
struct Probe {
    told: UnboundedSender<Call>,
    calls: Arc<tokio::sync::Mutex<UnboundedReceiver<Call>>>,
}

/// A run, as the test sees it.
struct Call {
    context: TaskContext,
    end: tokio::sync::oneshot::Sender<Ending>,
}

enum Ending {
    Return,
    Fail(greenroom_di_core::BoxError),
    Panic,
}

impl Probe {
    fn new() -> Self {
        let (told, calls) = unbounded_channel();
        let calls = Arc::new(tokio::sync::Mutex::new(calls));
        Self { told, calls }
    }

    fn work(
        &self,
    ) -> impl Fn(
        TaskContext,
    ) -> greenroom_di_core::BoxFuture<Result<(), greenroom_di_core::BoxError>>
    + Clone
    + Send
    + Sync
    + 'static {
        let told = self.told.clone();
        move |context| {
            let told = told.clone();
            Box::pin(async move {
                let (end, ending) = tokio::sync::oneshot::channel();
                let _ = told.send(Call { context, end });
                match ending.await {
                    Ok(Ending::Fail(error)) => Err(error),
                    Ok(Ending::Panic) => panic!("the probe panics"),
                    Ok(Ending::Return) => Ok(()),
                    // Whoever forgets a call lets it run on.
                    Err(_) => std::future::pending().await,
                }
            })
        }
    }

    /// The next run that begins.
    async fn called(&self) -> Call {
        let call = self.calls.lock().await.recv().await;
        call.expect("the probe holds a sender itself")
    }

    /// Whether no run has begun that the test does not know of.
    fn is_quiet(&self) -> bool {
        let calls = self.calls.try_lock();
        calls.is_ok_and(|mut calls| calls.try_recv().is_err())
    }
}

impl Call {
    fn finish(self, ending: Ending) {
        let _ = self.end.send(ending);
    }

    /// Seconds after noon for which it was planned.
    fn planned(&self) -> u64 {
        let since = self.context.scheduled_at().duration_since(UNIX_EPOCH);
        since.expect("after 1970").as_secs() - NOON
    }
}
