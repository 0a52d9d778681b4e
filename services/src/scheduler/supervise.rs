//! One run of a task's function, from its begin to its end: contained, limited, and told when to stop.
//!
//! The function runs as a task of the runtime, so that a panic is contained and so that it can be dropped. A function that
//! blocks its thread cannot be dropped; its run is then not over before it is, and keeps its lease, so that even so no
//! other run begins.

use std::any::Any;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use greenroom_di_core::{BoxError, causes};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use super::state::Running;
use super::{RunOutcome, SchedulerTiming, TaskContext, TaskError, TaskWork};

/// How a run ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) outcome: RunOutcome,
    pub(super) error: Option<TaskError>,
    pub(super) took: Duration,
}

/// Drops the function with whoever waits for it.
struct AbortOnDrop(JoinHandle<Result<(), BoxError>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is to be done about a run that has not ended.
enum Turn {
    /// Tell it to stop; for this reason, unless somebody has told it already.
    Tell(Option<RunOutcome>),
    /// Drop its function.
    Drop,
}

/// Runs the function. What it logs is in the current span.
pub(super) async fn supervise(
    running: &Running,
    work: &TaskWork,
    context: TaskContext,
    timeout: Duration,
    timing: SchedulerTiming,
) -> End {
    let began = Instant::now();
    let work = work.clone();
    // The call itself may panic too.
    let function = async move { work.run(context).await };
    let function = tokio::spawn(function.in_current_span().with_current_subscriber());
    let mut function = AbortOnDrop(function);
    let mut times_out = pin!(sleep(timeout));
    let mut warning = pin!(lease_unrenewed(running.renewals(), timing.warning()));
    let mut surrender = pin!(lease_unrenewed(running.renewals(), timing.surrender()));
    let mut grace_over = None;
    let mut dropped = false;
    let ended = loop {
        let told = grace_over.is_some();
        let turn = tokio::select! {
            // What has come to its end has not been lost, however late it is.
            biased;
            ended = &mut function.0 => break ended,
            () = running.token.cancelled(), if !told => Turn::Tell(None),
            () = &mut times_out, if !told => Turn::Tell(Some(RunOutcome::TimedOut)),
            () = &mut warning, if !told => Turn::Tell(Some(RunOutcome::Lost)),
            () = sleep_until(grace_over.unwrap_or(began)), if told && !dropped => Turn::Drop,
            () = &mut surrender, if !dropped => {
                running.stop(RunOutcome::Lost);
                Turn::Drop
            }
        };
        match turn {
            Turn::Tell(reason) => {
                if let Some(reason) = reason {
                    running.stop(reason);
                }
                grace_over = Some(Instant::now() + timing.grace);
            }
            Turn::Drop => {
                dropped = true;
                function.0.abort();
            }
        }
    };
    let took = began.elapsed();
    let (outcome, error) = judge(running.reason(), ended);
    End {
        outcome,
        error,
        took,
    }
}

/// Waits until a lease has not been renewed for this long.
async fn lease_unrenewed(renewals: Option<watch::Receiver<Instant>>, limit: Duration) {
    let Some(mut renewals) = renewals else {
        return pending().await;
    };
    loop {
        let until = *renewals.borrow_and_update() + limit;
        tokio::select! {
            () = sleep_until(until) => return,
            changed = renewals.changed() => {
                if changed.is_err() {
                    // The run is over.
                    return pending().await;
                }
            }
        }
    }
}

fn judge(
    reason: Option<RunOutcome>,
    ended: Result<Result<(), BoxError>, JoinError>,
) -> (RunOutcome, Option<TaskError>) {
    let failure = match ended {
        Err(failure) if failure.is_panic() => {
            let (error, id) = TaskError::hidden();
            let words = words(&*failure.into_panic());
            tracing::error!(logId = id, error = words, "The task panicked");
            return (RunOutcome::Panicked, Some(error));
        }
        Ok(Err(failure)) => Some(failure),
        Ok(Ok(())) | Err(_) => None,
    };
    if let Some(reason) = reason {
        let message = match reason {
            RunOutcome::TimedOut => "The task took too long and was stopped",
            RunOutcome::Cancelled => "The task was cancelled",
            RunOutcome::Interrupted => "The task was interrupted, because the backend stops",
            _ => "The task was stopped, because its lease was lost",
        };
        // A stop of the backend, or of a person, is no mistake.
        if matches!(reason, RunOutcome::TimedOut | RunOutcome::Lost) {
            tracing::error!("{message}");
        } else {
            tracing::info!("{message}");
        }
        return (reason, Some(TaskError::plain(message)));
    }
    match failure {
        None => (RunOutcome::Completed, None),
        Some(failure) => {
            let (error, id) = TaskError::of(&failure);
            tracing::error!(logId = id, error = %describe(&failure), "The task failed");
            (RunOutcome::Failed, Some(error))
        }
    }
}

/// An error with all that is behind it.
fn describe(error: &BoxError) -> String {
    let causes = causes(&**error).map(|cause| format!("; caused by {cause}"));
    std::iter::once(error.to_string()).chain(causes).collect()
}

/// What a panic said.
fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "(the panic carried no text)".to_owned())
}

/// The span of a run. It stands for itself: what begins the run is of no interest to who reads the log.
pub(super) fn span(plugin: &str, id: &Arc<str>, fence: i64) -> tracing::Span {
    tracing::info_span!(
        target: "greenroom",
        parent: None,
        "task",
        otel.name = format!("task {id}"),
        plugin,
        task = %id,
        run = fence,
    )
}
