//! The scheduler of a plugin, as the plugin holds it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use greenroom_di_core::BoxFuture;
use greenroom_di_core::lifecycle::PluginState;
use opentelemetry::metrics::Meter;
use tokio::sync::{Notify, OnceCell, watch};
use tokio::time::Instant;

use super::history::TaskRun;
use super::metrics::Metrics;
use super::state::{Kind, Running, Task};
use super::store::Store;
use super::{
    RunOutcome, ScheduledTask, SchedulerError, SchedulerService, SchedulerTiming, TaskSchedule,
    TaskScope, TaskWork, drive, local,
};
use crate::clock::Clock;
use crate::database::Database;
use crate::role::Role;

/// A century: nothing that begins later begins in this process.
const LONGEST_DELAY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Begins work in the background, under a name; it ends with the plugin.
pub type Spawn = Arc<dyn Fn(String, BoxFuture<()>) + Send + Sync>;

/// What the scheduler of a plugin is made from.
pub struct SchedulerParts {
    /// The plugin's id.
    pub plugin_id: String,
    /// Asked for when the first global task is scheduled, and not before.
    pub database: Database,
    /// What time of day it is.
    pub clock: Clock,
    /// What counts runs.
    pub meter: Meter,
    /// Begins what goes on in the background. Without it the scheduler makes its tables and leaves it at that: it writes no
    /// plan and runs nothing.
    pub spawn: Option<Spawn>,
    /// How far the plugin has come: no task runs before it has started.
    pub state: Option<watch::Receiver<PluginState>>,
    /// A web replica schedules global tasks, and leaves it to others to run them.
    pub role: Role,
    /// The pace.
    pub timing: SchedulerTiming,
}

/// Makes the scheduler of a plugin.
#[must_use]
pub fn create(parts: SchedulerParts) -> Arc<PluginScheduler> {
    let metrics = Metrics::new(&parts.meter, &parts.plugin_id);
    Arc::new(PluginScheduler(Arc::new(Inner {
        // Never the same twice: a process that is started anew is somebody else.
        replica: format!("{}-{:016x}", std::process::id(), fastrand::u64(..)),
        parts,
        metrics,
        store: OnceCell::new(),
        tasks: Mutex::default(),
        running: Mutex::default(),
        active: watch::Sender::new(0),
        woken: Notify::new(),
        driven: AtomicBool::new(false),
        drains: AtomicBool::new(false),
    })))
}

/// The scheduler of one plugin.
pub struct PluginScheduler(pub(super) Arc<Inner>);

/// What the scheduler, its routes and its work in the background share.
pub(super) struct Inner {
    pub(super) parts: SchedulerParts,
    pub(super) replica: String,
    pub(super) metrics: Metrics,
    store: OnceCell<Store>,
    tasks: Mutex<BTreeMap<Arc<str>, Arc<Task>>>,
    /// The runs of global tasks in this process.
    running: Mutex<HashMap<Arc<str>, Arc<Running>>>,
    /// How many runs are under way, of local tasks too.
    active: watch::Sender<usize>,
    /// Something is due that the last look at the database did not show.
    pub(super) woken: Notify,
    /// Whether somebody looks after the global tasks.
    driven: AtomicBool,
    drains: AtomicBool,
}

impl PluginScheduler {
    /// Begins no more runs, tells those that are under way to stop, and waits for their end.
    pub async fn drain(&self) {
        let inner = &self.0;
        inner.drains.store(true, Ordering::Release);
        for running in inner.running_now() {
            running.1.stop(RunOutcome::Interrupted);
        }
        for task in inner.tasks().values() {
            if let Kind::Local(local) = &task.kind {
                local.interrupt();
            }
        }
        let mut active = inner.active_runs();
        // The sender lives as long as `self`.
        let _ = active.wait_for(|active| *active == 0).await;
    }
}

impl Inner {
    /// The tables, which are made for the first global task.
    pub(super) async fn store(&self) -> Result<&Store, SchedulerError> {
        let open = || async {
            let clock = Arc::clone(&self.parts.clock);
            Store::open(&self.parts.database, clock, self.replica.clone()).await
        };
        self.store.get_or_try_init(open).await
    }

    /// The tables, if there is a global task.
    pub(super) fn known_store(&self) -> Option<&Store> {
        self.store.get()
    }

    pub(super) fn tasks(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn task(&self, id: &str) -> Option<Arc<Task>> {
        self.tasks().get(id).cloned()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runs of global tasks.
    pub(super) fn running_now(&self) -> Vec<(Arc<str>, Arc<Running>)> {
        let running = self.running();
        let all = running.iter();
        all.map(|(id, run)| (Arc::clone(id), Arc::clone(run)))
            .collect()
    }

    pub(super) fn running_of(&self, id: &str) -> Option<Arc<Running>> {
        self.running().get(id).cloned()
    }

    /// How many runs are under way.
    pub(super) fn active_runs(&self) -> watch::Receiver<usize> {
        self.active.subscribe()
    }

    pub(super) fn drains(&self) -> bool {
        self.drains.load(Ordering::Acquire)
    }

    /// Counts a run as under way until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Active {
        self.active.send_modify(|active| *active += 1);
        Active(Arc::clone(self))
    }

    /// The same for a run of a global task, which others can find here.
    pub(super) fn enter_run(self: &Arc<Self>, id: &Arc<str>, run: &Arc<Running>) -> ActiveRun {
        self.running().insert(Arc::clone(id), Arc::clone(run));
        ActiveRun {
            id: Arc::clone(id),
            active: self.enter(),
        }
    }

    fn put(&self, task: Task) -> Result<Arc<Task>, SchedulerError> {
        let mut tasks = self.tasks();
        if tasks.contains_key(&task.id) {
            let id = task.id.to_string();
            return Err(SchedulerError::AlreadyScheduled { id });
        }
        let task = Arc::new(task);
        tasks.insert(Arc::clone(&task.id), Arc::clone(&task));
        Ok(task)
    }

    /// Begins to look after the global tasks, if nobody does.
    fn begin_driving(self: &Arc<Self>) {
        if !self.parts.role.works() || self.driven.swap(true, Ordering::AcqRel) {
            return;
        }
        let drive = drive::drive(Arc::clone(self));
        self.begin("scheduler".to_owned(), Box::pin(drive));
    }

    fn begin(&self, name: String, work: BoxFuture<()>) {
        if let Some(spawn) = &self.parts.spawn {
            spawn(name, work);
        }
    }
}

/// A run is under way.
pub(super) struct Active(Arc<Inner>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.send_modify(|active| *active -= 1);
    }
}

/// A run of a global task is under way.
pub(super) struct ActiveRun {
    id: Arc<str>,
    active: Active,
}

impl Drop for ActiveRun {
    fn drop(&mut self) {
        self.active.0.running().remove(&self.id);
    }
}

#[async_trait]
impl SchedulerService for PluginScheduler {
    async fn schedule_boxed(
        &self,
        id: &str,
        schedule: TaskSchedule,
        work: TaskWork,
    ) -> Result<(), SchedulerError> {
        check_id(id)?;
        schedule.check()?;
        let delay = schedule.initial_delay.map(Into::into).unwrap_or_default();
        let task = Task {
            id: id.into(),
            waits_until: after(delay),
            kind: match schedule.scope {
                TaskScope::Global => Kind::Global,
                TaskScope::Local => Kind::Local(Box::default()),
            },
            schedule,
            work,
        };
        let inner = &self.0;
        if inner.task(id).is_some() {
            return Err(SchedulerError::AlreadyScheduled { id: id.to_owned() });
        }
        if matches!(task.kind, Kind::Global) {
            let store = inner.store().await?;
            if inner.parts.spawn.is_some() {
                store.register(id, &task.schedule).await?;
            }
            inner.put(task)?;
            inner.begin_driving();
            inner.woken.notify_one();
        } else {
            let task = inner.put(task)?;
            let name = format!("task {id}");
            let drive = local::drive(Arc::clone(inner), task);
            inner.begin(name, Box::pin(drive));
        }
        Ok(())
    }

    async fn trigger_task(&self, id: &str) -> Result<(), SchedulerError> {
        let inner = &self.0;
        if let Some(task) = inner.task(id)
            && let Kind::Local(local) = &task.kind
        {
            return local.trigger(id, &inner.parts.clock);
        }
        let Some(store) = inner.known_store() else {
            return Err(SchedulerError::NotFound { id: id.to_owned() });
        };
        store.trigger(id).await?;
        inner.woken.notify_one();
        Ok(())
    }

    async fn cancel_task(&self, id: &str) -> Result<(), SchedulerError> {
        let inner = &self.0;
        if let Some(task) = inner.task(id)
            && let Kind::Local(local) = &task.kind
        {
            return local.cancel(id);
        }
        let Some(store) = inner.known_store() else {
            return Err(SchedulerError::NotFound { id: id.to_owned() });
        };
        if let Some(running) = inner.running_of(id).filter(|running| !running.is_over()) {
            running.stop(RunOutcome::Cancelled);
            return Ok(());
        }
        store.cancel(id).await
    }

    fn scheduled_tasks(&self) -> Vec<ScheduledTask> {
        let tasks = self.0.tasks();
        let all = tasks.values();
        all.map(|task| ScheduledTask::new(&*task.id, task.schedule.clone()))
            .collect()
    }

    async fn task_history(&self, id: &str) -> Result<Vec<TaskRun>, SchedulerError> {
        let inner = &self.0;
        let task = inner.task(id);
        if let Some(task) = &task
            && let Kind::Local(local) = &task.kind
        {
            return Ok(local.history());
        }
        let not_found = || SchedulerError::NotFound { id: id.to_owned() };
        let store = inner.known_store().ok_or_else(not_found)?;
        let lines = store.lines(id).await?;
        if lines.is_empty() && task.is_none() && store.row(id).await?.1.is_none() {
            return Err(not_found());
        }
        Ok(lines)
    }
}

/// The time after a delay, which may be longer than timers can tell.
fn after(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay.min(LONGEST_DELAY)).unwrap_or(now)
}

fn check_id(id: &str) -> Result<(), SchedulerError> {
    if id.trim().is_empty() || id.chars().count() > 255 {
        let id = id.chars().take(255).collect();
        return Err(SchedulerError::InvalidId { id });
    }
    Ok(())
}

impl fmt::Debug for PluginScheduler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks: Vec<_> = self.0.tasks().keys().cloned().collect();
        formatter
            .debug_struct("PluginScheduler")
            .field("plugin", &self.0.parts.plugin_id)
            .field("replica", &self.0.replica)
            .field("tasks", &tasks)
            .finish()
    }
}
