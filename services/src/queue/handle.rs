//! A queue as a plugin holds it: with a type.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    DeadLetters, Enqueued, Job, JobError, JobWork, NewJob, QueueError, QueueFigures, Queues, When,
};

/// A queue whose jobs are about a `T`. Cheap to clone. [`declare`](super::QueueService#method.declare) makes one.
pub struct Queue<T> {
    name: Arc<str>,
    service: Queues,
    // Neither sends nor drops a `T`.
    about: PhantomData<fn(T) -> T>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self {
            name: Arc::clone(&self.name),
            service: Arc::clone(&self.service),
            about: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Queue").field(&self.name).finish()
    }
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Queue<T> {
    pub(super) fn new(name: &str, service: Queues) -> Self {
        Self {
            name: name.into(),
            service,
            about: PhantomData,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Enqueues a job that may run at once.
    ///
    /// # Errors
    ///
    /// The payload cannot be written as JSON, or the database cannot be had.
    pub async fn enqueue(&self, payload: &T) -> Result<Enqueued, QueueError> {
        self.job(payload).enqueue().await
    }

    /// Enqueues a job through a transaction, or any other connection, of the plugin's own database: it is there when the
    /// transaction is committed, and only then.
    ///
    /// # Errors
    ///
    /// The payload cannot be written as JSON, or the database answers with an error.
    pub async fn enqueue_in<C: ConnectionTrait>(
        &self,
        connection: &C,
        payload: &T,
    ) -> Result<Enqueued, QueueError> {
        self.job(payload).enqueue_in(connection).await
    }

    /// Enqueues many jobs that may run at once: all of them, or none with an error. That is a lot faster than one by one.
    ///
    /// # Errors
    ///
    /// A payload cannot be written as JSON, or the database cannot be had.
    pub async fn enqueue_all<'a>(
        &self,
        payloads: impl IntoIterator<Item = &'a T>,
    ) -> Result<Vec<Enqueued>, QueueError>
    where
        T: 'a,
    {
        let jobs: Result<Vec<NewJob>, QueueError> = payloads
            .into_iter()
            .map(|payload| Ok(NewJob::new(self.write(payload)?)))
            .collect();
        self.service.enqueue_raw(&self.name, jobs?).await
    }

    /// A job with a delay, a priority or an idempotency key; [`enqueue`](JobBuilder::enqueue) puts it into the queue.
    pub fn job(&self, payload: &T) -> JobBuilder<'_> {
        JobBuilder {
            queue: &self.name,
            service: &self.service,
            job: self.write(payload).map(NewJob::new),
        }
    }

    /// Works on the jobs, once the plugin has started, in replicas that [work](crate::role::Role::works). A job is done
    /// when the handler returns `Ok`. An error, a panic or a timeout is a failed attempt: [`JobError`] says what follows.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use greenroom_services::queue::{Job, JobError, Queue, QueueError};
    /// # struct Mailer;
    /// # impl Mailer { async fn send(&self, to: &str) -> Result<(), std::io::Error> { Ok(()) } }
    /// # fn init(emails: Queue<String>, mailer: Arc<Mailer>) -> Result<(), QueueError> {
    /// emails.work(async move |job: Job<String>| -> Result<(), JobError> {
    ///     if job.payload.is_empty() {
    ///         return Err(JobError::do_not_retry("nobody is to get it"));
    ///     }
    ///     mailer.send(&job.payload).await?;
    ///     Ok(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`QueueError::Worked`] when it was called before.
    pub fn work<F, Fut, E>(&self, handler: F) -> Result<(), QueueError>
    where
        F: FnOnce(Job<T>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<JobError>,
    {
        self.service.work_raw(&self.name, JobWork::of(handler))
    }

    /// The jobs that were given up.
    #[must_use]
    pub fn dead_letters(&self) -> DeadLetters<'_> {
        DeadLetters::new(&self.name, &self.service)
    }

    /// How many jobs there are.
    ///
    /// # Errors
    ///
    /// The database cannot be had.
    pub async fn figures(&self) -> Result<QueueFigures, QueueError> {
        self.service.figures(&self.name).await
    }

    fn write(&self, payload: &T) -> Result<String, QueueError> {
        serde_json::to_string(payload).map_err(|source| QueueError::Payload {
            queue: self.name.to_string(),
            source,
        })
    }
}

/// A job that is about to be enqueued.
#[must_use = "a job is not in the queue before `enqueue` is awaited"]
pub struct JobBuilder<'a> {
    queue: &'a str,
    service: &'a Queues,
    /// A payload that cannot be written is told when the job is enqueued.
    job: Result<NewJob, QueueError>,
}

impl JobBuilder<'_> {
    /// Lets it run no earlier than this from now on.
    pub fn delay(self, time: Duration) -> Self {
        self.with(|job| job.when = When::After(time))
    }

    /// Lets it run no earlier than at this time.
    pub fn run_at(self, time: SystemTime) -> Self {
        self.with(|job| job.when = When::At(time))
    }

    /// Lets it come before those of a lower priority; without one it has 0.
    pub fn priority(self, priority: i32) -> Self {
        self.with(|job| job.priority = priority)
    }

    /// Enqueues it only if the queue has no job with this key: one that waits, runs or was given up, or was done
    /// [a while ago](super::QueueOptions::keep_keys).
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.with(|job| job.idempotency_key = Some(key.into()))
    }

    /// Puts it into the queue.
    ///
    /// # Errors
    ///
    /// The payload cannot be written as JSON, the key is too long, or the database cannot be had.
    pub async fn enqueue(self) -> Result<Enqueued, QueueError> {
        let jobs = vec![self.job?];
        let enqueued = self.service.enqueue_raw(self.queue, jobs).await?;
        Ok(first(&enqueued))
    }

    /// Puts it into the queue through a transaction, or any other connection, of the plugin's own database.
    ///
    /// # Errors
    ///
    /// Those of [`enqueue`](Self::enqueue).
    pub async fn enqueue_in<C: ConnectionTrait>(
        self,
        connection: &C,
    ) -> Result<Enqueued, QueueError> {
        let jobs = vec![self.job?];
        let service = self.service;
        let enqueued = service.enqueue_in_raw(connection, self.queue, jobs).await?;
        Ok(first(&enqueued))
    }

    fn with(mut self, change: impl FnOnce(&mut NewJob)) -> Self {
        if let Ok(job) = &mut self.job {
            change(job);
        }
        self
    }
}

fn first(enqueued: &[Enqueued]) -> Enqueued {
    *enqueued.first().expect("one job was enqueued")
}
