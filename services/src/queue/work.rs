//! What is done with the jobs of a queue, whatever they are about.

use std::fmt;
use std::sync::Arc;

use greenroom_di_core::BoxFuture;
use serde::de::DeserializeOwned;

use super::{Job, JobError, RawJob};

/// A handler whose jobs are not of any type: it is made of one whose jobs are.
#[derive(Clone)]
pub struct JobWork(Arc<dyn Fn(RawJob) -> BoxFuture<Result<(), JobError>> + Send + Sync>);

impl JobWork {
    /// The work of a handler. A job whose payload it cannot read is given up at once, with the reason.
    pub fn of<T, F, Fut, E>(handler: F) -> Self
    where
        T: DeserializeOwned + Send + 'static,
        F: FnOnce(Job<T>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<JobError>,
    {
        Self(Arc::new(move |job| {
            let handler = handler.clone();
            Box::pin(async move {
                let payload = serde_json::from_str(&job.payload).map_err(|error| {
                    JobError::do_not_retry(format!("its payload cannot be read: {error}"))
                })?;
                handler(Job::new(payload, job)).await.map_err(Into::into)
            })
        }))
    }

    /// Runs it on a job.
    #[must_use]
    pub fn run(&self, job: RawJob) -> BoxFuture<Result<(), JobError>> {
        (self.0)(job)
    }
}

impl fmt::Debug for JobWork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JobWork")
    }
}
