//! A schedule without a task yet.

use std::fmt;

use greenroom_di_core::Outcome;

use super::{Scheduler, SchedulerError, TaskContext, TaskSchedule};

/// Runs tasks by one schedule. [`create_scheduled_task_runner`](super::SchedulerService#method.create_scheduled_task_runner)
/// makes it.
#[derive(Clone)]
pub struct TaskRunner {
    scheduler: Scheduler,
    schedule: TaskSchedule,
}

impl TaskRunner {
    pub(super) fn new(scheduler: Scheduler, schedule: TaskSchedule) -> Self {
        Self {
            scheduler,
            schedule,
        }
    }

    /// The schedule.
    #[must_use]
    pub fn schedule(&self) -> &TaskSchedule {
        &self.schedule
    }

    /// Schedules a task.
    ///
    /// # Errors
    ///
    /// Those of [`schedule_task`](super::SchedulerService#method.schedule_task).
    pub async fn run<Work, Run>(&self, id: &str, work: Work) -> Result<(), SchedulerError>
    where
        Work: FnOnce(TaskContext) -> Run + Clone + Send + Sync + 'static,
        Run: Future<Output: Outcome> + Send + 'static,
    {
        let schedule = self.schedule.clone();
        self.scheduler.schedule_task(id, schedule, work).await
    }
}

impl fmt::Debug for TaskRunner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TaskRunner")
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}
