//! The queues of a plugin over SQLite in memory, on a clock that stands still until a test moves it. Timers are real.

mod attempts;
mod ending;
mod enqueuing;
mod figures;
mod holding;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use greenroom_di_core::lifecycle::PluginState;
use opentelemetry::metrics::{Meter, MeterProvider as _, noop::NoopMeterProvider};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::service::{Parts, PluginQueues};
use super::store::{Back, Store};
use super::{Job, JobError, Queue, QueueFigures, QueueOptions, QueueSettings, Queues};
use crate::clock::{Clock, ClockService};
use crate::database::Database;
use crate::database::testing::memory;
use crate::role::Role;

/// How long a test waits for what is to come before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

struct Held(Mutex<SystemTime>);

impl ClockService for Held {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two replicas would be two of these on one database.
struct Fixture {
    service: Arc<PluginQueues>,
    queues: Queues,
    database: Database,
    clock: Arc<Held>,
    // Without it the plugin would have gone away.
    _state: watch::Sender<PluginState>,
}

impl Fixture {
    async fn new() -> Self {
        Self::on(
            memory().await,
            Role::Both,
            NoopMeterProvider::new().meter("test"),
        )
    }

    fn on(database: Database, role: Role, meter: Meter) -> Self {
        let start = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let clock = Arc::new(Held(Mutex::new(start)));
        Self::at(database, clock, role, meter)
    }

    fn at(database: Database, clock: Arc<Held>, role: Role, meter: Meter) -> Self {
        let (sender, state) = watch::channel(PluginState::Started);
        let service = PluginQueues::new(Parts {
            plugin: "shop",
            database: Arc::clone(&database),
            clock: Arc::clone(&clock) as Clock,
            settings: QueueSettings {
                poll_interval: Duration::from_millis(20),
                drain_timeout: Duration::from_millis(50),
            },
            role,
            state,
            meter,
            spawn: Box::new(|worker| {
                tokio::spawn(async {
                    worker.await.expect("the worker ends well");
                });
            }),
        });
        Self {
            queues: Arc::clone(&service) as Queues,
            service,
            database,
            clock,
            _state: sender,
        }
    }

    /// Another replica.
    fn beside(&self) -> Self {
        let (database, clock) = (Arc::clone(&self.database), Arc::clone(&self.clock));
        let meter = NoopMeterProvider::new().meter("test");
        Self::at(database, clock, Role::Both, meter)
    }

    /// Lets time pass.
    fn advance(&self, time: Duration) {
        let mut now = self.clock.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += time;
    }

    async fn declare(&self, options: QueueOptions) -> Queue<String> {
        let declared = self.queues.declare("emails", options).await;
        declared.expect("the options are right")
    }

    /// The table itself, as another worker would use it.
    async fn store(&self) -> Store {
        let client = self.database.client().await.expect("it is there");
        Store::new(client, Arc::clone(&self.clock) as Clock)
    }
}

/// Lets run what is due, and what nobody holds; gives how many that were.
async fn bring_back(store: &Store) -> u64 {
    let seen = store.look(&[]).await.expect("it looks");
    let brought = store.bring_back(Back::Expired, seen.time).await;
    brought.expect("it looks")
}

/// Waits until the figures of a queue are as they should be.
async fn until(queue: &Queue<String>, wanted: impl Fn(QueueFigures) -> bool) {
    let arrived = timeout(PATIENCE, async {
        while !wanted(queue.figures().await.expect("the database is there")) {
            tokio::task::yield_now().await;
        }
    });
    if arrived.await.is_err() {
        panic!("the figures stay {:?}", queue.figures().await);
    }
}

async fn next<T>(heard: &mut mpsc::UnboundedReceiver<T>) -> T {
    let next = timeout(PATIENCE, heard.recv()).await;
    next.expect("something comes").expect("somebody speaks")
}

/// Works on a queue: says what it gets, with the attempt, and returns what the test wants.
fn work(
    queue: &Queue<String>,
    answer: impl Fn(&Job<String>) -> Result<(), JobError> + Clone + Send + Sync + 'static,
) -> mpsc::UnboundedReceiver<(String, u32)> {
    let (say, heard) = mpsc::unbounded_channel();
    let worked = queue.work(async move |job: Job<String>| {
        say.send((job.payload.clone(), job.attempt()))
            .expect("the test listens");
        answer(&job)
    });
    worked.expect("nobody else works");
    heard
}

fn said(text: &str, attempt: u32) -> (String, u32) {
    (text.to_owned(), attempt)
}
