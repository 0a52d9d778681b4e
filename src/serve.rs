//! The commands that start the backend: to serve, or to see whether it starts.

use std::process::ExitCode;
use std::time::Duration;

use greenroom_di_core::{Inputs, Running, StartError, StopHandle, StopReport};

use crate::Backend;
use crate::command_line::{fail, print};
use crate::signals::Signals;

/// Starts the backend and serves until it is asked to stop.
pub(crate) async fn serve(backend: Backend, inputs: Inputs) -> ExitCode {
    match start(backend, inputs, ExitCode::SUCCESS).await {
        Ok(started) => serve_until_stopped(started).await,
        Err(NotStarted::Ended(status)) => status,
        Err(NotStarted::Failed(error)) => fail(&error.to_string()),
    }
}

/// Starts the backend, says how that went, and stops it. A failure that the startup policy tolerates is one
/// all the same: who checks wants to know.
pub(crate) async fn check(backend: Backend, inputs: Inputs) -> ExitCode {
    let Started { running, .. } = match start(backend, inputs, ExitCode::FAILURE).await {
        Ok(started) => started,
        Err(NotStarted::Ended(status)) => return status,
        Err(NotStarted::Failed(error)) => {
            if let StartError::Failed(report) = &error {
                print(&format!("{report}\n"));
            }
            return fail(&error.to_string());
        }
    };
    let report = running.report();
    let failed = !report.failures.is_empty();
    let printed = print(&format!("{report}\n"));
    let stopped = status_of(&running.stop().await);
    match (failed, stopped) {
        (true, _) => ExitCode::FAILURE,
        (false, ExitCode::SUCCESS) => printed,
        (false, status) => status,
    }
}

/// Why there is no running backend.
enum NotStarted {
    /// What there is to say is said.
    Ended(ExitCode),
    Failed(StartError),
}

struct Started {
    running: Running,
    signals: Signals,
    /// The signal that came while the backend was still starting.
    asked: Option<&'static str>,
}

/// Starts the backend, or says why it did not; `interrupted` is the status when somebody asked for the stop
/// and it went well.
async fn start(
    backend: Backend,
    inputs: Inputs,
    interrupted: ExitCode,
) -> Result<Started, NotStarted> {
    let mut signals = Signals::listen()
        .map_err(|error| NotStarted::Ended(fail(&format!("cannot listen for signals: {error}"))))?;
    let stop = StopHandle::new();
    let mut starting = Box::pin(backend.start(inputs.with(stop.clone())));
    let mut asked = None;
    let started = tokio::select! {
        started = &mut starting => started,
        name = signals.next() => {
            asked = Some(name);
            stop.request();
            tokio::select! {
                started = starting => started,
                name = second_signal() => {
                    let status = fail(&format!("stopped at once by a second signal, {name}"));
                    return Err(NotStarted::Ended(status));
                }
            }
        }
    };
    match started {
        Ok(running) => Ok(Started {
            running,
            signals,
            asked,
        }),
        Err(StartError::Interrupted(stopped)) if stopped.is_success() => {
            Err(NotStarted::Ended(interrupted))
        }
        Err(StartError::Interrupted(stopped)) => Err(NotStarted::Ended(status_of(&stopped))),
        Err(error) => Err(NotStarted::Failed(error)),
    }
}

async fn serve_until_stopped(started: Started) -> ExitCode {
    let Started {
        running,
        mut signals,
        asked,
    } = started;
    let dispatch = running.dispatch();
    let signal = match asked {
        Some(name) => Some(name),
        None => tokio::select! {
            () = running.stop_requested() => None,
            name = signals.next() => Some(name),
        },
    };
    let reason = running.stop_reason();
    tracing::dispatcher::with_default(
        &dispatch,
        || tracing::info!(target: "greenroom", signal, reason, "Stopping"),
    );
    tokio::select! {
        report = running.stop() => status_of(&report),
        name = second_signal() => tracing::dispatcher::with_default(&dispatch, || {
            tracing::error!(target: "greenroom", signal = name, "Stopped at once by a second signal; requests may have been cut");
            ExitCode::FAILURE
        }),
    }
}

/// Waits for a signal that is more than an echo of the first: a supervisor may send one to the process and
/// one to its group.
async fn second_signal() -> &'static str {
    const ECHO: Duration = Duration::from_millis(500);
    tokio::time::sleep(ECHO).await;
    match Signals::listen() {
        Ok(mut signals) => signals.next().await,
        // It worked a moment ago; if it no longer does, the stop goes on without it.
        Err(_) => std::future::pending().await,
    }
}

fn status_of(report: &StopReport) -> ExitCode {
    match &report.reason {
        Some(reason) => fail(reason),
        None if report.is_success() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}
