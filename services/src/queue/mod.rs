//! `core.queue`: work that has to be done, later or elsewhere, and survives a restart.
//!
//! A plugin declares a queue of its own, with a type for what a job is about, enqueues jobs and works on them. Jobs lie in
//! the plugin's own database, so a job that is enqueued in the transaction of a request is there if, and only if, what the
//! request wrote is.
//!
//! **A job is run at least once.** Whoever claims one holds it for the queue's [visibility](QueueOptions::visibility) and
//! renews that while it works. When it dies, nobody renews, and the job is free again after that time; that counts as an
//! attempt. What holds a job also has a number that goes up with each claim, so that somebody who was taken for dead
//! and comes back late cannot finish what another has taken over. So a job may run twice, but not twice at the same time as
//! long as its holder can reach the database: handlers should bear a repetition.
//!
//! **Time** is that of the database's server where it has a clock (PostgreSQL, MySQL), so that replicas agree. With SQLite
//! it is `core.clock`, and a test that holds that clock holds delays, retries and visibility with it.
//!
//! **Why an engine of our own.** A job has to be written through the caller's SeaORM transaction, into the plugin's own
//! database or schema, on SQLite, PostgreSQL and MySQL alike. None of those that exist does that: `apalis` 1.0 has the
//! sqlx of this tree, but writes through connections of sqlx that SeaORM's transactions do not give away, keeps the jobs of
//! all plugins in one fixed schema `apalis`, tells workers apart by their names where an answer comes late, and has no
//! final release for MySQL; `graphile_worker` 0.14 and `sqlxmq` 0.6 (which is on sqlx 0.8) know PostgreSQL alone, `effectum`
//! 0.7 SQLite alone, by a second copy of SQLite that does not link beside sqlx's. What is left is one table and a dozen
//! statements.
//!
//! # What it deliberately does not do
//!
//! Jobs have no order beyond their priority and time, no results, and no other jobs that they wait for. A queue belongs to
//! one plugin. [Concurrency](QueueOptions::concurrency) is counted in each replica.

mod connection;
mod dead;
mod error;
mod factory;
mod handle;
mod job;
mod job_error;
mod metrics;
mod new_job;
mod options;
mod service;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod work;
mod worker;

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_di_macros::service;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use connection::JobConnection;
pub use dead::{DeadAction, DeadJob, DeadLetters};
pub use error::QueueError;
pub use factory::queue;
pub use handle::{JobBuilder, Queue};
pub use job::{Extension, Job, JobId, RawJob};
pub use job_error::{AfterFailure, JobError};
pub use new_job::{Enqueued, NewJob, When};
pub use options::{Backoff, QueueFigures, QueueOptions};
pub use settings::QueueSettings;
/// What tells a job to stop: the type of the crate `tokio-util`, which other libraries take as well.
pub use tokio_util::sync::CancellationToken;
pub use work::JobWork;

/// The queues of one plugin. A plugin calls [`declare`](QueueService#method.declare), which gives a [`Queue`] of a type;
/// the methods below are what that comes to.
#[service(id = "core.queue", provided_by = "greenroom::services::queue")]
#[async_trait]
pub trait QueueService: Send + Sync + 'static {
    /// Makes a queue known, and its table if it is the plugin's first.
    ///
    /// # Errors
    ///
    /// A name or options that cannot be used, a name that is taken, or a database that cannot be had.
    async fn declare_raw(&self, queue: &str, options: QueueOptions) -> Result<(), QueueError>;

    /// Enqueues jobs: all of them, or none with an error.
    ///
    /// # Errors
    ///
    /// A queue that is not declared, an idempotency key that is too long, or a database that cannot be had.
    async fn enqueue_raw(
        &self,
        queue: &str,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>, QueueError>;

    /// Enqueues jobs through a connection or a transaction of the plugin's own database.
    ///
    /// # Errors
    ///
    /// Those of [`enqueue_raw`](Self::enqueue_raw). What was enqueued before the error is undone with the transaction.
    async fn enqueue_in_raw(
        &self,
        connection: &dyn JobConnection,
        queue: &str,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>, QueueError>;

    /// Works on a queue once the plugin has started, if this replica [works](crate::role::Role::works).
    ///
    /// # Errors
    ///
    /// A queue that is not declared, or that somebody works on already.
    fn work_raw(&self, queue: &str, work: JobWork) -> Result<(), QueueError>;

    /// The jobs that were given up, the oldest first, from behind the job `after`.
    ///
    /// # Errors
    ///
    /// A queue that is not declared, or a database that cannot be had.
    async fn dead_letters(
        &self,
        queue: &str,
        after: Option<JobId>,
        limit: u64,
    ) -> Result<Vec<DeadJob>, QueueError>;

    /// Does something about one job that was given up, or about all of them; gives how many that were.
    ///
    /// # Errors
    ///
    /// A queue that is not declared, or a database that cannot be had.
    async fn settle_dead(
        &self,
        queue: &str,
        job: Option<JobId>,
        action: DeadAction,
    ) -> Result<u64, QueueError>;

    /// How many jobs there are.
    ///
    /// # Errors
    ///
    /// A queue that is not declared, or a database that cannot be had.
    async fn figures(&self, queue: &str) -> Result<QueueFigures, QueueError>;
}

impl dyn QueueService {
    /// Declares a queue of the plugin, whose jobs are about a `T`. Do so in the plugin's init, and keep the handle.
    ///
    /// The name is in kebab-case and stays with the jobs in the database. What `T` looks like does so too: a job whose
    /// payload cannot be read goes to the [dead letters](Queue::dead_letters).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use greenroom_services::queue::{Job, QueueError, QueueOptions, Queues};
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Serialize, Deserialize)]
    /// struct Email {
    ///     to: String,
    /// }
    ///
    /// # async fn send(to: &str) -> Result<(), std::io::Error> { Ok(()) }
    /// # async fn init(queues: Queues) -> Result<(), QueueError> {
    /// let options = QueueOptions::new().concurrency(4).max_attempts(10);
    /// let emails = queues.declare::<Email>("emails", options).await?;
    /// emails.work(async |job: Job<Email>| send(&job.payload.to).await)?;
    ///
    /// let welcome = Email { to: "jane@example.com".to_owned() };
    /// emails.enqueue(&welcome).await?;
    /// emails.job(&welcome).delay(Duration::from_secs(3600)).idempotency_key("jane").enqueue().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`declare_raw`](QueueService::declare_raw).
    pub async fn declare<T>(
        self: &Arc<Self>,
        name: &str,
        options: QueueOptions,
    ) -> Result<Queue<T>, QueueError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        self.declare_raw(name, options).await?;
        Ok(Queue::new(name, Arc::clone(self)))
    }
}

/// The service as a plugin takes it.
pub type Queues = Arc<dyn QueueService>;
