//! A mock of `core.queue`. It is written by hand around one of `mockall`, which cannot take a borrowed connection.

use std::sync::Arc;

use async_trait::async_trait;
use greenroom::queue::{
    DeadAction, DeadJob, Enqueued, JobConnection, JobId, JobWork, NewJob, QueueError, QueueFigures,
    QueueOptions, QueueService,
};

use crate::refusals::Refusals;

mockall::mock! {
    /// A mock of `core.queue`. What is done with a queue that was declared comes as `…_raw`; what is enqueued through a
    /// connection comes as `enqueue_in_raw`, without the connection.
    pub QueueService {
        /// Answers [`QueueService::declare_raw`].
        pub fn declare_raw(&self, queue: &str, options: QueueOptions) -> Result<(), QueueError>;
        /// Answers [`QueueService::enqueue_raw`].
        pub fn enqueue_raw(
            &self,
            queue: &str,
            jobs: Vec<NewJob>,
        ) -> Result<Vec<Enqueued>, QueueError>;
        /// Answers [`QueueService::enqueue_in_raw`].
        pub fn enqueue_in_raw(
            &self,
            queue: &str,
            jobs: Vec<NewJob>,
        ) -> Result<Vec<Enqueued>, QueueError>;
        /// Answers [`QueueService::work_raw`].
        pub fn work_raw(&self, queue: &str, work: JobWork) -> Result<(), QueueError>;
        /// Answers [`QueueService::dead_letters`].
        pub fn dead_letters(
            &self,
            queue: &str,
            after: Option<JobId>,
            limit: u64,
        ) -> Result<Vec<DeadJob>, QueueError>;
        /// Answers [`QueueService::settle_dead`].
        pub fn settle_dead(
            &self,
            queue: &str,
            job: Option<JobId>,
            action: DeadAction,
        ) -> Result<u64, QueueError>;
        /// Answers [`QueueService::figures`].
        pub fn figures(&self, queue: &str) -> Result<QueueFigures, QueueError>;
    }
}

/// The service that asks the mock: directly, or under watch.
macro_rules! asks {
    ($asker:ty, |$self:ident, $question:ident| $ask:expr) => {
        #[async_trait]
        impl QueueService for $asker {
            async fn declare_raw(
                &$self,
                queue: &str,
                options: QueueOptions,
            ) -> Result<(), QueueError> {
                let $question = |mock: &MockQueueService| mock.declare_raw(queue, options);
                $ask
            }

            async fn enqueue_raw(
                &$self,
                queue: &str,
                jobs: Vec<NewJob>,
            ) -> Result<Vec<Enqueued>, QueueError> {
                let $question = |mock: &MockQueueService| mock.enqueue_raw(queue, jobs);
                $ask
            }

            async fn enqueue_in_raw(
                &$self,
                _connection: &dyn JobConnection,
                queue: &str,
                jobs: Vec<NewJob>,
            ) -> Result<Vec<Enqueued>, QueueError> {
                let $question = |mock: &MockQueueService| mock.enqueue_in_raw(queue, jobs);
                $ask
            }

            fn work_raw(&$self, queue: &str, work: JobWork) -> Result<(), QueueError> {
                let $question = |mock: &MockQueueService| mock.work_raw(queue, work);
                $ask
            }

            async fn dead_letters(
                &$self,
                queue: &str,
                after: Option<JobId>,
                limit: u64,
            ) -> Result<Vec<DeadJob>, QueueError> {
                let $question = |mock: &MockQueueService| mock.dead_letters(queue, after, limit);
                $ask
            }

            async fn settle_dead(
                &$self,
                queue: &str,
                job: Option<JobId>,
                action: DeadAction,
            ) -> Result<u64, QueueError> {
                let $question = |mock: &MockQueueService| mock.settle_dead(queue, job, action);
                $ask
            }

            async fn figures(&$self, queue: &str) -> Result<QueueFigures, QueueError> {
                let $question = |mock: &MockQueueService| mock.figures(queue);
                $ask
            }
        }
    };
}

struct Watched {
    mock: Arc<MockQueueService>,
    refusals: Refusals,
}

asks!(MockQueueService, |self, question| question(self));
asks!(Watched, |self, question| self
    .refusals
    .watch(|| question(&self.mock)));

__test_double! { MockQueueService, QueueService }
