//! The routes of a plugin's tasks, with the bodies of the anchor. They lie behind the plugin's barrier like any other
//! route.
//!
//! | route | |
//! |---|---|
//! | `GET /.backstage/scheduler/v1/tasks` | the tasks that this process has scheduled, and how they are |
//! | `POST /.backstage/scheduler/v1/tasks/<id>/trigger` | runs a task |
//! | `POST /.backstage/scheduler/v1/tasks/<id>/cancel` | cancels its run |
//! | `GET /.backstage/scheduler/v1/tasks/<id>/runs` | its last runs, which the anchor does not have |

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::service::{Inner, PluginScheduler};
use super::state::{Kind, Task};
use super::store::{Row, time};
use super::{SchedulerError, SchedulerService as _, TaskError, TaskRun};
use crate::auth::rfc3339;
use crate::handler::{Json, Path};
use crate::http_error::HttpError;

type Scheduler = Arc<PluginScheduler>;

pub(super) fn routes(scheduler: Scheduler) -> Router {
    const TASKS: &str = "/.backstage/scheduler/v1/tasks";
    Router::new()
        .route(TASKS, get(list))
        .route(&format!("{TASKS}/{{id}}/trigger"), post(trigger))
        .route(&format!("{TASKS}/{{id}}/cancel"), post(cancel))
        .route(&format!("{TASKS}/{{id}}/runs"), get(runs))
        .with_state(scheduler)
}

async fn trigger(
    State(scheduler): State<Scheduler>,
    Path(id): Path<String>,
) -> Result<StatusCode, HttpError> {
    scheduler.trigger_task(&id).await?;
    Ok(StatusCode::OK)
}

async fn cancel(
    State(scheduler): State<Scheduler>,
    Path(id): Path<String>,
) -> Result<StatusCode, HttpError> {
    scheduler.cancel_task(&id).await?;
    Ok(StatusCode::OK)
}

#[derive(Serialize)]
struct Runs {
    runs: Vec<Run>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fencing_number: Option<u64>,
    scheduled_at: String,
    slots: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    ended_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<TaskError>,
}

async fn runs(
    State(scheduler): State<Scheduler>,
    Path(id): Path<String>,
) -> Result<Json<Runs>, HttpError> {
    let history = scheduler.task_history(&id).await?;
    let runs = history.into_iter().map(told).collect();
    Ok(Json(Runs { runs }))
}

fn told(run: TaskRun) -> Run {
    Run {
        outcome: run.outcome.to_string(),
        fencing_number: run.fencing_number,
        scheduled_at: rfc3339(run.scheduled_at),
        slots: run.slots,
        started_at: run.started_at.map(rfc3339),
        ended_at: rfc3339(run.ended_at),
        error: run.error,
    }
}

#[derive(Serialize)]
struct Tasks {
    tasks: Vec<Overview>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    task_id: String,
    plugin_id: String,
    scope: &'static str,
    settings: Value,
    task_state: TaskState,
    worker_state: WorkerState,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskState {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times_out_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    /// A text that is JSON, as the anchor has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run_ended_at: Option<String>,
}

#[derive(Serialize)]
struct WorkerState {
    status: &'static str,
}

async fn list(State(scheduler): State<Scheduler>) -> Result<Json<Tasks>, HttpError> {
    let inner = &scheduler.0;
    let tasks: Vec<Arc<Task>> = inner.tasks().values().cloned().collect();
    let mut rows = rows(inner).await?;
    let tasks = tasks.iter().map(|task| {
        let row = rows.remove(&*task.id);
        overview(inner, task, row)
    });
    let tasks = tasks.collect();
    Ok(Json(Tasks { tasks }))
}

async fn rows(inner: &Inner) -> Result<HashMap<String, Row>, SchedulerError> {
    let Some(store) = inner.known_store() else {
        return Ok(HashMap::new());
    };
    let (_, rows) = store.all().await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

fn overview(inner: &Inner, task: &Task, row: Option<Row>) -> Overview {
    let (task_state, runs_here) = match &task.kind {
        Kind::Local(local) => {
            let state = local.state();
            let running = state.running.as_ref();
            let error = state.last_error.as_ref();
            let known = Known {
                running: running.map(|run| (run.started_at, run.times_out_at)),
                starts_at: state.plan.next_run_at,
                last_error: error.and_then(|error| serde_json::to_string(error).ok()),
                last_ended_at: state.plan.last_ended_at,
            };
            (known.into(), running.is_some())
        }
        Kind::Global => {
            let state = row.map(|row| {
                let started = row.run_started_at.filter(|_| row.holder.is_some());
                let known = Known {
                    running: started.zip(row.run_times_out_at),
                    starts_at: row.plan.triggered_at.or(row.plan.next_run_at),
                    last_error: row.last_error,
                    last_ended_at: row.plan.last_ended_at,
                };
                known.into()
            });
            let state = state.unwrap_or_else(|| TaskState {
                status: "idle",
                ..TaskState::default()
            });
            (state, inner.running_of(&task.id).is_some())
        }
    };
    Overview {
        task_id: task.id.to_string(),
        plugin_id: inner.parts.plugin_id.clone(),
        scope: task.schedule.scope.name(),
        settings: task.schedule.settings(),
        task_state,
        worker_state: WorkerState {
            status: match (runs_here, task.waits()) {
                (true, _) => "running",
                (false, true) => "initial-wait",
                (false, false) => "idle",
            },
        },
    }
}

/// What is known of a task, wherever that is kept.
struct Known {
    running: Option<(i64, i64)>,
    starts_at: Option<i64>,
    last_error: Option<String>,
    last_ended_at: Option<i64>,
}

impl From<Known> for TaskState {
    fn from(known: Known) -> Self {
        let written = |at: i64| rfc3339(time(at));
        let last = Self {
            last_run_error: known.last_error,
            last_run_ended_at: known.last_ended_at.map(written),
            ..Self::default()
        };
        match known.running {
            Some((started_at, times_out_at)) => Self {
                status: "running",
                started_at: Some(written(started_at)),
                times_out_at: Some(written(times_out_at)),
                ..last
            },
            None => Self {
                status: "idle",
                starts_at: known.starts_at.map(written),
                ..last
            },
        }
    }
}
