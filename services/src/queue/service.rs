//! `core.queue` over the plugin's database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use greenroom_di_core::BoxFuture;
use greenroom_di_core::lifecycle::HookResult;
use opentelemetry::metrics::Meter;
use tokio::sync::{Notify, OnceCell, watch};
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use super::store::{Migrator, Store};
use super::{
    DeadAction, DeadJob, Enqueued, JobConnection, JobId, JobWork, NewJob, QueueError, QueueFigures,
    QueueOptions, QueueService, QueueSettings, When, worker,
};
use crate::clock::Clock;
use crate::database::{Database, Migrations};
use crate::lifecycle::PluginState;
use crate::role::Role;

/// The longest idempotency key, in bytes.
const LONGEST_KEY: usize = 255;

/// What the queues of a plugin are made from.
pub(super) struct Parts {
    pub(super) plugin: &'static str,
    pub(super) database: Database,
    pub(super) clock: Clock,
    pub(super) settings: QueueSettings,
    pub(super) role: Role,
    pub(super) state: watch::Receiver<PluginState>,
    pub(super) meter: Meter,
    /// Runs the worker in the plugin's name.
    pub(super) spawn: Box<dyn Fn(BoxFuture<HookResult>) + Send + Sync>,
}

/// The queues of a plugin.
pub(super) struct PluginQueues {
    shared: Arc<Shared>,
    role: Role,
    state: watch::Receiver<PluginState>,
    spawn: Box<dyn Fn(BoxFuture<HookResult>) + Send + Sync>,
    is_working: AtomicBool,
}

/// What the service and its worker have in common.
pub(super) struct Shared {
    pub(super) plugin: &'static str,
    pub(super) settings: QueueSettings,
    pub(super) metrics: Metrics,
    database: Database,
    clock: Clock,
    store: OnceCell<Store>,
    queues: Mutex<BTreeMap<String, Declared>>,
    /// There may be something to do.
    pub(super) wake: Notify,
    /// It may not be there yet: it waits for its time, or for the end of a transaction.
    pub(super) look_soon: AtomicBool,
    /// The database tells of what others enqueue.
    pub(super) hears: AtomicBool,
    /// No more jobs are to be claimed.
    pub(super) stop: CancellationToken,
    /// The worker has ended.
    pub(super) ended: CancellationToken,
}

/// A queue.
#[derive(Clone)]
pub(super) struct Declared {
    pub(super) options: QueueOptions,
    pub(super) work: Option<JobWork>,
}

impl Shared {
    /// The table, which is made when it is asked for first.
    pub(super) async fn store(&self) -> Result<&Store, QueueError> {
        let open = async || -> Result<Store, QueueError> {
            let migrations = Migrations::of::<Migrator>().of_a_service();
            self.database.apply(migrations).await?;
            let client = self.database.client().await?;
            Ok(Store::new(client, Arc::clone(&self.clock)))
        };
        self.store.get_or_try_init(open).await
    }

    /// The longest time after which an idle worker looks.
    pub(super) fn longest_pause(&self) -> Duration {
        // Who is told need not look for anything but the jobs of those who died.
        let times = if self.hears.load(Ordering::Relaxed) {
            5
        } else {
            1
        };
        self.settings.poll_interval * times
    }

    /// How long jobs are held, by their queues.
    pub(super) fn visibilities(&self) -> Vec<(String, Duration)> {
        let queues = self.queues();
        let all = queues.iter();
        all.map(|(name, queue)| (name.clone(), queue.options.visibility))
            .collect()
    }

    /// The queues that are worked on here.
    pub(super) fn worked(&self) -> Vec<(String, Declared)> {
        let queues = self.queues();
        let worked = queues.iter().filter(|(_, queue)| queue.work.is_some());
        worked
            .map(|(name, queue)| (name.clone(), queue.clone()))
            .collect()
    }

    fn queues(&self) -> MutexGuard<'_, BTreeMap<String, Declared>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn options(&self, queue: &str) -> Result<QueueOptions, QueueError> {
        match self.queues().get(queue) {
            Some(declared) => Ok(declared.options.clone()),
            None => Err(QueueError::Undeclared {
                queue: queue.to_owned(),
            }),
        }
    }
}

impl PluginQueues {
    pub(super) fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            plugin,
            database,
            clock,
            settings,
            role,
            state,
            meter,
            spawn,
        } = parts;
        Arc::new(Self {
            shared: Arc::new(Shared {
                plugin,
                settings,
                metrics: Metrics::new(&meter, plugin),
                database,
                clock,
                store: OnceCell::new(),
                queues: Mutex::default(),
                wake: Notify::new(),
                look_soon: AtomicBool::new(false),
                hears: AtomicBool::new(false),
                stop: CancellationToken::new(),
                ended: CancellationToken::new(),
            }),
            role,
            state,
            spawn,
            is_working: AtomicBool::new(false),
        })
    }

    /// Claims no more, lets the jobs that run come to an end, and gives back those that do not in time.
    pub(super) async fn drain(&self) {
        self.shared.stop.cancel();
        if self.is_working.load(Ordering::Relaxed) {
            self.shared.ended.cancelled().await;
        }
    }

    /// The checks that need no database.
    fn check(&self, queue: &str, jobs: &[NewJob]) -> Result<(), QueueError> {
        self.shared.options(queue)?;
        let keys = jobs.iter().filter_map(|job| job.idempotency_key.as_deref());
        match keys
            .map(str::len)
            .find(|length| !(1..=LONGEST_KEY).contains(length))
        {
            None => Ok(()),
            Some(_) => Err(QueueError::Key {
                queue: queue.to_owned(),
            }),
        }
    }

    /// Counts what was enqueued, and wakes the worker; `there` says whether it may claim all of it at once.
    fn enqueued(&self, queue: &str, enqueued: &[Enqueued], there: bool) {
        let new = enqueued.iter().filter(|job| job.is_new()).count();
        self.shared.metrics.enqueued(queue, new as u64);
        if new > 0 {
            if !there {
                self.shared.look_soon.store(true, Ordering::Relaxed);
            }
            self.shared.wake.notify_one();
        }
    }
}

#[async_trait]
impl QueueService for PluginQueues {
    async fn declare_raw(&self, queue: &str, options: QueueOptions) -> Result<(), QueueError> {
        let name = || queue.to_owned();
        if !is_name(queue) {
            return Err(QueueError::Name { queue: name() });
        }
        options.check(queue)?;
        let declared = Declared {
            options,
            work: None,
        };
        {
            let mut queues = self.shared.queues();
            if queues.contains_key(queue) {
                return Err(QueueError::Declared { queue: name() });
            }
            queues.insert(name(), declared);
        }
        if let Err(error) = self.shared.store().await {
            // Whoever tries again is not told that the name is taken.
            self.shared.queues().remove(queue);
            return Err(error);
        }
        Ok(())
    }

    async fn enqueue_raw(
        &self,
        queue: &str,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>, QueueError> {
        self.check(queue, &jobs)?;
        let enqueued = self.shared.store().await?.enqueue(queue, &jobs).await?;
        let there = jobs.iter().all(|job| job.when == When::Now);
        self.enqueued(queue, &enqueued, there);
        Ok(enqueued)
    }

    async fn enqueue_in_raw(
        &self,
        connection: &dyn JobConnection,
        queue: &str,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>, QueueError> {
        self.check(queue, &jobs)?;
        let store = self.shared.store().await?;
        let enqueued = store.enqueue_in(connection, queue, &jobs).await?;
        self.enqueued(queue, &enqueued, false);
        Ok(enqueued)
    }

    fn work_raw(&self, queue: &str, work: JobWork) -> Result<(), QueueError> {
        {
            let name = || queue.to_owned();
            let mut queues = self.shared.queues();
            let Some(declared) = queues.get_mut(queue) else {
                return Err(QueueError::Undeclared { queue: name() });
            };
            if declared.work.is_some() {
                return Err(QueueError::Worked { queue: name() });
            }
            declared.work = Some(work);
        }
        if !self.role.works() {
            tracing::debug!(queue, "This replica leaves the work on the queue to others");
            return Ok(());
        }
        if self.is_working.swap(true, Ordering::Relaxed) {
            self.shared.wake.notify_one();
        } else {
            let worker = worker::run(Arc::clone(&self.shared), self.state.clone());
            (self.spawn)(Box::pin(worker));
        }
        Ok(())
    }

    async fn dead_letters(
        &self,
        queue: &str,
        after: Option<JobId>,
        limit: u64,
    ) -> Result<Vec<DeadJob>, QueueError> {
        self.shared.options(queue)?;
        let store = self.shared.store().await?;
        Ok(store.dead(queue, after, limit).await?)
    }

    async fn settle_dead(
        &self,
        queue: &str,
        job: Option<JobId>,
        action: DeadAction,
    ) -> Result<u64, QueueError> {
        self.shared.options(queue)?;
        let settled = self
            .shared
            .store()
            .await?
            .settle(queue, job, action)
            .await?;
        if action == DeadAction::Retry {
            self.shared.wake.notify_one();
        }
        Ok(settled)
    }

    async fn figures(&self, queue: &str) -> Result<QueueFigures, QueueError> {
        self.shared.options(queue)?;
        let all = self.shared.store().await?.figures().await?;
        let figures = all.into_iter().find(|(name, _)| name == queue);
        Ok(figures.map(|(_, figures)| figures).unwrap_or_default())
    }
}

/// Lower-case letters, digits and `-`, beginning with a letter.
fn is_name(queue: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    queue.starts_with(|first: char| first.is_ascii_lowercase())
        && queue.len() <= 64
        && queue.bytes().all(plain)
}
