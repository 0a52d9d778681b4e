//! What a run of a task is given, and the task's function.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use greenroom_di_core::{BoxError, BoxFuture, Outcome};
use tokio_util::sync::CancellationToken;

/// One run of a task, as its function sees it.
#[derive(Clone, Debug)]
pub struct TaskContext {
    id: Arc<str>,
    fencing_number: u64,
    scheduled_at: SystemTime,
    cancellation: CancellationToken,
}

impl TaskContext {
    /// A run of this task: for those who make a scheduler of their own, and for tests of a task's function.
    #[must_use]
    pub fn new(id: &str, fencing_number: u64, scheduled_at: SystemTime) -> Self {
        Self {
            id: id.into(),
            fencing_number,
            scheduled_at,
            cancellation: CancellationToken::new(),
        }
    }

    /// The same with this token.
    #[must_use]
    pub fn with_cancellation(mut self, cancellation: CancellationToken) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Greater than that of every earlier run of this task, on any replica.
    ///
    /// A process can stand still for longer than its lease lasts, and go on as if nothing had been. Whoever hands this
    /// number to what it writes to, and lets that refuse a lower number than it has seen, is safe from that too.
    #[must_use]
    pub fn fencing_number(&self) -> u64 {
        self.fencing_number
    }

    /// The time that this run was planned for, which is earlier than its begin; for a run that somebody triggered, the time
    /// at which that was.
    #[must_use]
    pub fn scheduled_at(&self) -> SystemTime {
        self.scheduled_at
    }

    /// Cancelled when the run has to stop: it takes too long, somebody cancels it, its lease is lost, or the backend stops.
    /// The function is dropped if it has not ended some seconds later.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Whether the run has to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Waits until the run has to stop.
    pub async fn cancelled(&self) {
        self.cancellation.cancelled().await;
    }
}

/// The function of a task.
#[derive(Clone)]
pub struct TaskWork(Arc<dyn Fn(TaskContext) -> BoxFuture<Result<(), BoxError>> + Send + Sync>);

impl TaskWork {
    /// Boxes a function, of which each run gets a clone.
    pub fn new<Work, Run>(work: Work) -> Self
    where
        Work: FnOnce(TaskContext) -> Run + Clone + Send + Sync + 'static,
        Run: Future<Output: Outcome> + Send + 'static,
    {
        Self(Arc::new(move |context| {
            let run = work.clone()(context);
            Box::pin(async move { run.await.outcome().map(drop) })
        }))
    }

    /// Runs it once.
    ///
    /// # Errors
    ///
    /// Those of the function.
    pub fn run(&self, context: TaskContext) -> BoxFuture<Result<(), BoxError>> {
        (self.0)(context)
    }
}

impl fmt::Debug for TaskWork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TaskWork")
    }
}
