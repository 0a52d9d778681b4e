//! `core.scheduler` in tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom::BoxError;
use greenroom::clock::{Clock, SystemClock};
use greenroom::scheduler::{
    CancellationToken, ScheduledTask, Scheduler, SchedulerError, SchedulerService, TaskContext,
    TaskRun, TaskSchedule, TaskWork,
};

use super::of_plugins::OfPlugins;
use crate::TestDouble;
use crate::refusals::Refusals;

/// Keeps the tasks of a plugin, and runs one when the test says so. No schedule is followed, and no database is asked.
///
/// ```
/// # use std::time::Duration;
/// # use greenroom::scheduler::{Scheduler, TaskSchedule};
/// # use greenroom_test_kit::mock_services::FakeScheduler;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tasks = FakeScheduler::new();
/// let scheduler: Scheduler = tasks.clone();
/// let hourly = TaskSchedule::every(Duration::from_secs(3600));
/// scheduler
///     .schedule_task("refresh", hourly.clone(), async |context| {
///         match context.fencing_number() {
///             1 => Ok(()),
///             _ => Err("the disk is full"),
///         }
///     })
///     .await
///     .unwrap();
/// assert_eq!(tasks.task("refresh").schedule, hourly);
///
/// tasks.run("refresh").await.unwrap();
/// let failed = tasks.run("refresh").await.unwrap_err();
/// assert_eq!(failed.to_string(), "the disk is full");
/// # }
/// ```
///
/// In a backend each plugin has its own, [`of_plugin`](Self::of_plugin). To see tasks run by their schedule, take the
/// real scheduler, and a backend whose clock the test holds.
#[derive(Debug)]
pub struct FakeScheduler {
    state: Mutex<State>,
    clock: Clock,
    of_plugins: OfPlugins<Self>,
}

#[derive(Debug, Default)]
struct State {
    tasks: BTreeMap<String, Task>,
    triggered: Vec<String>,
    cancelled: Vec<String>,
}

#[derive(Debug)]
struct Task {
    schedule: TaskSchedule,
    work: TaskWork,
    runs: u64,
    /// Of the runs that are under way.
    tokens: Vec<CancellationToken>,
}

impl FakeScheduler {
    /// Without tasks.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// Without tasks; runs are planned for what this clock says.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            clock,
            of_plugins: OfPlugins::default(),
        })
    }

    /// That of a plugin in a backend.
    #[must_use]
    pub fn of_plugin(&self, id: &str) -> Arc<Self> {
        let clock = Arc::clone(&self.clock);
        self.of_plugins.get(id, || Self::with_clock(clock))
    }

    /// A task that was scheduled.
    ///
    /// # Panics
    ///
    /// When there is none of this id.
    #[must_use]
    #[track_caller]
    pub fn task(&self, id: &str) -> ScheduledTask {
        let tasks = self.scheduled_tasks();
        let found = tasks.iter().find(|task| task.id == id).cloned();
        found.unwrap_or_else(|| {
            let ids: Vec<_> = tasks.iter().map(|task| &task.id).collect();
            panic!("there is no task `{id}`; there are {ids:?}")
        })
    }

    /// Runs a task once, to its end. A task that panics panics here.
    ///
    /// # Errors
    ///
    /// Those of the task.
    ///
    /// # Panics
    ///
    /// When there is none of this id.
    pub async fn run(&self, id: &str) -> Result<(), BoxError> {
        self.run_at(id, self.clock.now()).await
    }

    /// The same for a run that was planned for this time.
    ///
    /// # Errors
    ///
    /// Those of the task.
    ///
    /// # Panics
    ///
    /// When there is none of this id.
    pub async fn run_at(&self, id: &str, scheduled_at: SystemTime) -> Result<(), BoxError> {
        // For its message.
        let _ = self.task(id);
        let token = CancellationToken::new();
        let run = {
            let mut state = self.lock();
            let task = state.tasks.get_mut(id).expect("it was looked up");
            task.runs += 1;
            task.tokens.retain(|token| !token.is_cancelled());
            task.tokens.push(token.clone());
            let context = TaskContext::new(id, task.runs, scheduled_at);
            task.work.run(context.with_cancellation(token.clone()))
        };
        let ended = run.await;
        // It is over, and can no longer be cancelled.
        token.cancel();
        ended
    }

    /// The tasks that were triggered, in order. The fake runs none of them by itself.
    #[must_use]
    pub fn triggered(&self) -> Vec<String> {
        self.lock().triggered.clone()
    }

    /// The tasks that were cancelled, in order.
    #[must_use]
    pub fn cancelled(&self) -> Vec<String> {
        self.lock().cancelled.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SchedulerService for FakeScheduler {
    async fn schedule_boxed(
        &self,
        id: &str,
        schedule: TaskSchedule,
        work: TaskWork,
    ) -> Result<(), SchedulerError> {
        let id = id.to_owned();
        if id.trim().is_empty() {
            return Err(SchedulerError::InvalidId { id });
        }
        let mut state = self.lock();
        if state.tasks.contains_key(&id) {
            return Err(SchedulerError::AlreadyScheduled { id });
        }
        let task = Task {
            schedule,
            work,
            runs: 0,
            tokens: Vec::new(),
        };
        state.tasks.insert(id, task);
        Ok(())
    }

    async fn trigger_task(&self, id: &str) -> Result<(), SchedulerError> {
        let mut state = self.lock();
        let id = id.to_owned();
        let Some(task) = state.tasks.get(&id) else {
            return Err(SchedulerError::NotFound { id });
        };
        if task.tokens.iter().any(|token| !token.is_cancelled()) {
            return Err(SchedulerError::Running { id });
        }
        state.triggered.push(id);
        Ok(())
    }

    async fn cancel_task(&self, id: &str) -> Result<(), SchedulerError> {
        let mut state = self.lock();
        let id = id.to_owned();
        let Some(task) = state.tasks.get_mut(&id) else {
            return Err(SchedulerError::NotFound { id });
        };
        let running: Vec<_> = task.tokens.drain(..).collect();
        if running.iter().all(CancellationToken::is_cancelled) {
            return Err(SchedulerError::NotRunning { id });
        }
        for token in running {
            token.cancel();
        }
        state.cancelled.push(id);
        Ok(())
    }

    fn scheduled_tasks(&self) -> Vec<ScheduledTask> {
        let state = self.lock();
        let tasks = state.tasks.iter();
        tasks
            .map(|(id, task)| ScheduledTask::new(id, task.schedule.clone()))
            .collect()
    }

    /// Empty: the fake keeps no history.
    async fn task_history(&self, id: &str) -> Result<Vec<TaskRun>, SchedulerError> {
        match self.lock().tasks.contains_key(id) {
            true => Ok(Vec::new()),
            false => Err(SchedulerError::NotFound { id: id.to_owned() }),
        }
    }
}

impl TestDouble for FakeScheduler {
    type Service = dyn SchedulerService;

    fn into_service(self: Arc<Self>) -> Scheduler {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Scheduler {
        self.of_plugin(plugin)
    }
}

mockall::mock! {
    /// A mock of `core.scheduler`.
    pub SchedulerService {}

    #[async_trait]
    impl SchedulerService for SchedulerService {
        async fn schedule_boxed(
            &self,
            id: &str,
            schedule: TaskSchedule,
            work: TaskWork,
        ) -> Result<(), SchedulerError>;
        async fn trigger_task(&self, id: &str) -> Result<(), SchedulerError>;
        async fn cancel_task(&self, id: &str) -> Result<(), SchedulerError>;
        fn scheduled_tasks(&self) -> Vec<ScheduledTask>;
        async fn task_history(&self, id: &str) -> Result<Vec<TaskRun>, SchedulerError>;
    }
}

/// Written by hand, since the methods are async.
const _: () = {
    struct Watched {
        mock: Arc<MockSchedulerService>,
        refusals: Refusals,
    }

    #[async_trait]
    impl SchedulerService for Watched {
        async fn schedule_boxed(
            &self,
            id: &str,
            schedule: TaskSchedule,
            work: TaskWork,
        ) -> Result<(), SchedulerError> {
            let call = async { self.mock.schedule_boxed(id, schedule, work).await };
            self.refusals.watch_async(call).await
        }

        async fn trigger_task(&self, id: &str) -> Result<(), SchedulerError> {
            let call = async { self.mock.trigger_task(id).await };
            self.refusals.watch_async(call).await
        }

        async fn cancel_task(&self, id: &str) -> Result<(), SchedulerError> {
            let call = async { self.mock.cancel_task(id).await };
            self.refusals.watch_async(call).await
        }

        fn scheduled_tasks(&self) -> Vec<ScheduledTask> {
            self.refusals.watch(|| self.mock.scheduled_tasks())
        }

        async fn task_history(&self, id: &str) -> Result<Vec<TaskRun>, SchedulerError> {
            let call = async { self.mock.task_history(id).await };
            self.refusals.watch_async(call).await
        }
    }

    __test_double! { MockSchedulerService, SchedulerService }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_can_be_cancelled_while_it_is_under_way() {
        let tasks = FakeScheduler::new();
        let scheduler: Scheduler = tasks.clone();
        let endless = async |context: TaskContext| context.cancelled().await;
        let scheduled = scheduler
            .schedule_task("endless", TaskSchedule::manual(), endless)
            .await;
        scheduled.expect("a new task");
        let idle = scheduler.cancel_task("endless").await;
        assert!(matches!(idle, Err(SchedulerError::NotRunning { .. })));
        scheduler.trigger_task("endless").await.expect("it is idle");
        assert_eq!(tasks.triggered(), ["endless"]);
        let cancel = async {
            let busy = scheduler.trigger_task("endless").await;
            assert!(matches!(busy, Err(SchedulerError::Running { .. })));
            scheduler.cancel_task("endless").await.expect("it runs");
        };
        let (ended, ()) = tokio::join!(tasks.run("endless"), cancel);
        ended.expect("it ends by itself");
        assert_eq!(tasks.cancelled(), ["endless"]);
        let unknown = scheduler.trigger_task("other").await;
        assert!(matches!(unknown, Err(SchedulerError::NotFound { .. })));
    }
}
