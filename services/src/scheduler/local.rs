//! Tasks that each process runs by itself. They are planned like the others, in memory.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use super::decide::{Decision, Plan, Skipped, Why, decide};
use super::drive::started;
use super::global::set_back;
use super::service::Inner;
use super::state::{Kind, Running, Task};
use super::store::{now_of, time, times_out_at};
use super::{RunOutcome, SchedulerError, TaskError, TaskRun, supervise};
use crate::clock::Clock;

/// How many runs are kept.
const KEPT: usize = 50;

/// The time of day can be set, so nobody sleeps longer than this towards one.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// What is known of a local task.
#[derive(Debug, Default)]
pub(super) struct LocalTask {
    state: Mutex<State>,
    woken: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) plan: Plan,
    fence: i64,
    last_slot_at: Option<i64>,
    pub(super) running: Option<Arc<Running>>,
    pub(super) last_error: Option<TaskError>,
    history: VecDeque<TaskRun>,
}

impl LocalTask {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn trigger(&self, id: &str, clock: &Clock) -> Result<(), SchedulerError> {
        let mut state = self.state();
        if state.running.is_some() {
            return Err(SchedulerError::Running { id: id.to_owned() });
        }
        state.plan.triggered_at = Some(now_of(clock));
        drop(state);
        self.woken.notify_one();
        Ok(())
    }

    pub(super) fn cancel(&self, id: &str) -> Result<(), SchedulerError> {
        match &self.state().running {
            Some(running) => running.stop(RunOutcome::Cancelled),
            None => return Err(SchedulerError::NotRunning { id: id.to_owned() }),
        }
        Ok(())
    }

    /// Ends the run that is under way, because the backend stops.
    pub(super) fn interrupt(&self) {
        if let Some(running) = &self.state().running {
            running.stop(RunOutcome::Interrupted);
        }
        self.woken.notify_one();
    }

    /// The last runs, the latest first.
    pub(super) fn history(&self) -> Vec<TaskRun> {
        self.state().history.iter().cloned().collect()
    }
}

impl State {
    fn keep(&mut self, run: TaskRun) {
        self.history.truncate(KEPT - 1);
        self.history.push_front(run);
    }
}

/// Runs a local task when it is due, until it is dropped.
pub(super) async fn drive(inner: Arc<Inner>, task: Arc<Task>) {
    let Kind::Local(local) = &task.kind else {
        return;
    };
    if !started(inner.parts.state.clone()).await {
        return;
    }
    let clock = &inner.parts.clock;
    let delay = task.schedule.delay_milliseconds();
    let first = task.schedule.frequency.first(now_of(clock), delay);
    {
        let mut state = local.state();
        state.plan.next_slot_at = first;
        state.plan.next_run_at = first.map(|slot| task.schedule.begin_of(slot));
    }
    while !inner.drains() {
        let now = now_of(clock);
        let (decision, triggered) = {
            let mut state = local.state();
            let (last, next) = (state.last_slot_at, state.plan.next_slot_at);
            if let Some(slot) = set_back(&task.schedule, last, next, now) {
                state.last_slot_at = None;
                state.plan.next_slot_at = Some(slot);
                state.plan.next_run_at = Some(task.schedule.begin_of(slot));
            }
            let decision = decide(&state.plan, &task.schedule, now);
            (decision, state.plan.triggered_at.is_some())
        };
        let held = task.waits() && !triggered && !matches!(decision, Decision::Wait(_));
        if held {
            let rest = task.waits_until - Instant::now();
            wait(local, Some(rest)).await;
            continue;
        }
        match decision {
            Decision::Wait(until) => {
                let rest = until.map(|until| u64::try_from(until - now).unwrap_or(0));
                wait(local, rest.map(Duration::from_millis)).await;
            }
            Decision::Skip {
                next_slot_at,
                skipped,
            } => {
                let mut state = local.state();
                state.plan.next_slot_at = next_slot_at;
                state.plan.next_run_at = next_slot_at.map(|slot| task.schedule.begin_of(slot));
                let replica = &inner.replica;
                state.keep(passed_over(skipped, now, replica));
            }
            Decision::Run {
                slot,
                next_slot_at,
                triggered,
                skipped,
            } => {
                let run = {
                    let mut state = local.state();
                    if !triggered {
                        state.plan.next_slot_at = next_slot_at;
                        state.plan.next_run_at =
                            next_slot_at.map(|slot| task.schedule.begin_of(slot));
                        state.last_slot_at = Some(slot);
                    }
                    state.plan.triggered_at = None;
                    if let Some(skipped) = skipped {
                        state.keep(passed_over(skipped, now, &inner.replica));
                    }
                    state.fence += 1;
                    let times_out_at = times_out_at(now, task.schedule.timeout.into());
                    let run = Running::new(state.fence, slot, now, times_out_at, None, 0);
                    let run = Arc::new(run);
                    state.running = Some(Arc::clone(&run));
                    run
                };
                run_once(&inner, &task, local, &run).await;
            }
        }
    }
}

async fn wait(local: &LocalTask, rest: Option<Duration>) {
    let slept = async {
        match rest {
            Some(rest) => sleep(rest.min(LONGEST_SLEEP)).await,
            None => pending().await,
        }
    };
    tokio::select! {
        () = slept => {}
        () = local.woken.notified() => {}
    }
}

async fn run_once(inner: &Arc<Inner>, task: &Task, local: &LocalTask, run: &Arc<Running>) {
    let active = inner.enter();
    // A drain that came a moment ago did not find it.
    if inner.drains() {
        run.stop(RunOutcome::Interrupted);
    }
    let span = supervise::span(&inner.parts.plugin_id, &task.id, run.fence);
    let end = inner.carry_out(task, run).instrument(span).await;
    let ended_at = now_of(&inner.parts.clock);
    let mut state = local.state();
    state.running = None;
    state.plan.last_ended_at = Some(ended_at);
    state.last_error.clone_from(&end.error);
    state.keep(TaskRun {
        outcome: end.outcome,
        fencing_number: Some(run.fence.unsigned_abs()),
        scheduled_at: time(run.slot),
        slots: 1,
        started_at: Some(time(run.started_at)),
        ended_at: time(ended_at),
        replica: inner.replica.clone(),
        error: end.error,
    });
    drop(state);
    drop(active);
}

fn passed_over(skipped: Skipped, now: i64, replica: &str) -> TaskRun {
    TaskRun {
        outcome: match skipped.why {
            Why::Overlap => RunOutcome::Overlapped,
            Why::Missed => RunOutcome::Missed,
        },
        fencing_number: None,
        scheduled_at: time(skipped.first),
        slots: skipped.count,
        started_at: None,
        ended_at: time(now),
        replica: replica.to_owned(),
        error: None,
    }
}
