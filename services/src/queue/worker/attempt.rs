//! One attempt of one job, and what it comes to.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::queue::service::Shared;
use crate::queue::store::{Claimed, Verdict};
use crate::queue::{AfterFailure, JobError, JobWork, QueueOptions, RawJob};

/// The longest reason that is kept with a job.
const LONGEST_REASON: usize = 2000;

/// How an attempt ended.
enum Outcome {
    Done,
    Failed(JobError),
    Panicked(String),
    TookTooLong(Duration),
}

/// Runs a job, and says what becomes of it. It runs under the job's span.
pub(super) async fn run(
    shared: Arc<Shared>,
    options: QueueOptions,
    work: JobWork,
    job: RawJob,
    has_key: bool,
) -> Verdict {
    let began = Instant::now();
    let cancellation = job.cancellation.clone();
    let (queue, attempt) = (Arc::clone(&job.queue), job.attempt);
    let outcome = outcome(&options, work, job).await;
    let took = began.elapsed();
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let (reason, then) = match outcome {
        Outcome::Done => {
            shared.metrics.completed(&queue, took);
            tracing::debug!(durationMs = milliseconds, "A job is done");
            let mut keep = options.keep_done;
            if has_key {
                keep = keep.max(options.keep_keys);
            }
            return Verdict::Done { keep };
        }
        Outcome::Failed(_) if shared.stop.is_cancelled() && cancellation.is_cancelled() => {
            tracing::info!("A job was cut short by the stop, and goes back to its queue");
            return Verdict::Release;
        }
        Outcome::Failed(error) => (error.to_string(), error.then()),
        Outcome::Panicked(message) => (format!("it panicked: {message}"), AfterFailure::Retry),
        Outcome::TookTooLong(limit) => {
            cancellation.cancel();
            let limit = limit.as_secs_f64();
            let reason = format!("it took longer than its timeout of {limit} s");
            (reason, AfterFailure::Retry)
        }
    };
    shared.metrics.failed(&queue, took);
    let after = match then {
        AfterFailure::GiveUp => None,
        _ if attempt >= options.max_attempts => None,
        AfterFailure::RetryAfter(delay) => Some(delay),
        AfterFailure::Retry => Some(options.backoff.pick(attempt)),
    };
    let reason = cut(reason);
    match after {
        Some(after) => {
            let retry = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(error = %reason, retryInMs = retry, "A job failed, and is tried again");
            Verdict::Retry { after, reason }
        }
        None => {
            shared.metrics.dead(&queue);
            tracing::error!(error = %reason, "A job failed, and is given up: it is among the dead letters");
            Verdict::Dead { reason }
        }
    }
}

/// What becomes of a job that has no attempt left: those who had the last one have died.
pub(super) fn orphan(shared: &Shared, job: &Claimed, options: &QueueOptions) -> Option<Verdict> {
    if job.attempt <= options.max_attempts {
        return None;
    }
    let attempts = options.max_attempts;
    let reason = format!(
        "none of {attempts} attempts came to an end: the worker of the last one died, or lost the database"
    );
    shared.metrics.dead(&job.queue);
    tracing::error!(queue = job.queue, job = job.id, error = %reason, "A job is given up: it is among the dead letters");
    Some(Verdict::Dead { reason })
}

async fn outcome(options: &QueueOptions, work: JobWork, job: RawJob) -> Outcome {
    let run = AssertUnwindSafe(async move { work.run(job).await }).catch_unwind();
    let ended = match options.timeout {
        None => run.await,
        Some(limit) => match tokio::time::timeout(limit, run).await {
            Ok(ended) => ended,
            Err(_) => return Outcome::TookTooLong(limit),
        },
    };
    match ended {
        Ok(Ok(())) => Outcome::Done,
        Ok(Err(error)) => Outcome::Failed(error),
        Err(payload) => Outcome::Panicked(text(&*payload)),
    }
}

/// What a panic said.
pub(super) fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "(the panic carried no text)".to_owned())
}

/// A reason as every database takes it: PostgreSQL has no text with a NUL in it.
pub(super) fn cut(reason: String) -> String {
    let mut reason = reason.replace('\0', "\u{fffd}");
    if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
        reason.truncate(end);
        reason.push('…');
    }
    reason
}
