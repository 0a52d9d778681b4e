//! `core.scheduler`: work that a plugin does again and again, or when somebody asks for it.
//!
//! A task has an id, an async function and a [`TaskSchedule`]. By default it is **global**: of all replicas of the
//! backend one at a time runs it, and two runs of it are never under way at once. A **local** task runs in every process
//! by itself and touches no database.
//!
//! # How two runs are kept apart
//!
//! Whoever runs a global task holds a lease on it: a row of the plugin's database that it renews every few seconds, by
//! counting up a number. Others look at that number. When it has not changed for as long as a lease lasts, *by their own
//! timers*, the holder is taken for dead and the task is free. The holder for its part ends its run before that time, by its
//! own timer, when it cannot renew. So no clock is compared with another: a time of day that jumps, on a replica or on the
//! database's server, brings forward or puts off a run, and never makes two. What no lease can rule out is a process
//! that stands still for longer than a lease and then goes on; against that a run has a
//! [fencing number](TaskContext::fencing_number).
//!
//! When a run is due is asked of the database's clock where it has one (PostgreSQL, MySQL), so that replicas agree; with
//! SQLite it is `core.clock`.
//!
//! # What it deliberately does not do
//!
//! A task is no job: nothing is handed over to a run, and a run that fails is not tried again before its next slot.

mod context;
mod cron;
mod decide;
mod drive;
mod error;
mod factory;
mod frequency;
mod global;
mod history;
mod iso;
mod keep;
mod lease;
mod local;
mod metrics;
mod routes;
mod runner;
mod schedule;
mod service;
mod state;
mod store;
mod supervise;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_di_core::Outcome;
use greenroom_di_macros::service;

pub use context::{TaskContext, TaskWork};
pub use cron::CronSchedule;
pub use error::SchedulerError;
pub use factory::scheduler;
pub use frequency::Frequency;
pub use history::{RunOutcome, TaskError, TaskRun};
pub use lease::SchedulerTiming;
pub use runner::TaskRunner;
pub use schedule::{Missed, TaskSchedule, TaskScope};
pub use service::{PluginScheduler, SchedulerParts, Spawn, create};
/// What tells a run to stop: the type of the crate `tokio-util`, which other libraries take as well.
pub use tokio_util::sync::CancellationToken;

/// Runs the tasks of one plugin.
#[service(id = "core.scheduler", provided_by = "greenroom::services::scheduler")]
#[async_trait]
pub trait SchedulerService: Send + Sync + 'static {
    /// What [`schedule_task`](SchedulerService#method.schedule_task) comes to: this takes a function that is boxed
    /// already.
    async fn schedule_boxed(
        &self,
        id: &str,
        schedule: TaskSchedule,
        work: TaskWork,
    ) -> Result<(), SchedulerError>;

    /// Runs a task as soon as possible, beside its schedule. Another replica may be the one that runs it, within some
    /// seconds. A run that is triggered does not wait for the initial delay.
    ///
    /// # Errors
    ///
    /// [`NotFound`](SchedulerError::NotFound) when nobody has scheduled it, [`Running`](SchedulerError::Running) when it runs.
    async fn trigger_task(&self, id: &str) -> Result<(), SchedulerError>;

    /// Cancels the run that is under way, wherever that is: its token is cancelled, and after a grace of some seconds its
    /// function is dropped. The next run comes as planned.
    ///
    /// # Errors
    ///
    /// [`NotFound`](SchedulerError::NotFound) when nobody has scheduled it, [`NotRunning`](SchedulerError::NotRunning) when
    /// it does not run.
    async fn cancel_task(&self, id: &str) -> Result<(), SchedulerError>;

    /// The tasks that this process has scheduled, by their ids.
    fn scheduled_tasks(&self) -> Vec<ScheduledTask>;

    /// The last runs of a task, the latest first: those of all replicas for a global task, those of this process for a
    /// local one. Slots that were passed over stand among them. At least the last 50 are kept.
    ///
    /// # Errors
    ///
    /// [`NotFound`](SchedulerError::NotFound) when nobody has scheduled it.
    async fn task_history(&self, id: &str) -> Result<Vec<TaskRun>, SchedulerError>;
}

/// A task that was scheduled.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScheduledTask {
    /// Its id, unique within its plugin.
    pub id: String,
    /// When and how it runs.
    pub schedule: TaskSchedule,
}

impl ScheduledTask {
    /// Names a task and its schedule: for those who make a scheduler of their own.
    #[must_use]
    pub fn new(id: impl Into<String>, schedule: TaskSchedule) -> Self {
        let id = id.into();
        Self { id, schedule }
    }
}

impl dyn SchedulerService {
    /// Schedules a task. It runs once its plugin has started.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use greenroom_services::scheduler::{Scheduler, SchedulerError, TaskContext, TaskSchedule};
    /// # async fn delete_old_rows() -> Result<(), std::io::Error> { Ok(()) }
    /// # async fn init(scheduler: Scheduler) -> Result<(), SchedulerError> {
    /// let nightly = TaskSchedule::cron("0 2 * * *")?.timeout(Duration::from_secs(10 * 60));
    /// scheduler
    ///     .schedule_task("clean-up", nightly, async |context: TaskContext| {
    ///         while !context.is_cancelled() {
    ///             delete_old_rows().await?;
    ///         }
    ///         Ok::<_, std::io::Error>(())
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A task that every replica schedules under one id is one task. When its schedule is another than the one in the
    /// database, the new one holds at once. What was due while nobody was there to run it is [caught up once, or
    /// passed over](Missed); a restart alone runs nothing.
    ///
    /// The function is cloned for each run, so that an async closure can own what it works with.
    ///
    /// A run that fails or panics is logged and kept in the [history](SchedulerService::task_history), and the next one comes
    /// as planned.
    ///
    /// # Errors
    ///
    /// [`InvalidId`](SchedulerError::InvalidId), [`AlreadyScheduled`](SchedulerError::AlreadyScheduled), and what the database
    /// says about a global task.
    pub async fn schedule_task<Work, Run>(
        &self,
        id: &str,
        schedule: TaskSchedule,
        work: Work,
    ) -> Result<(), SchedulerError>
    where
        Work: FnOnce(TaskContext) -> Run + Clone + Send + Sync + 'static,
        Run: Future<Output: Outcome> + Send + 'static,
    {
        self.schedule_boxed(id, schedule, TaskWork::new(work)).await
    }

    /// Something that runs tasks by this schedule: for a plugin that hands the schedule from its settings to those who bring
    /// the work.
    #[must_use]
    pub fn create_scheduled_task_runner(self: &Arc<Self>, schedule: TaskSchedule) -> TaskRunner {
        TaskRunner::new(Arc::clone(self), schedule)
    }
}

/// The service as a plugin takes it.
pub type Scheduler = Arc<dyn SchedulerService>;
