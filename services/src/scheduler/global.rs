//! One look at the global tasks of a plugin: begin what is due, end what is to end, free what a dead holder left.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use super::decide::{Decision, decide};
use super::frequency::milliseconds;
use super::lease::Sightings;
use super::schedule::{Missed, TaskSchedule};
use super::service::{ActiveRun, Inner};
use super::state::{Running, Task};
use super::store::{Claim, Free, Release, Row, Store, time, times_out_at};
use super::supervise::{self, End};
use super::{RunOutcome, SchedulerError, TaskContext};

/// By how much the time of day may be behind the timers before it counts as set back.
const SLACK: i64 = 2_000;

/// How many runs in a row may be lost before a task waits for its next slot.
const LOST_IN_ROW: i64 = 3;

/// What one look tells the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    sightings: Sightings,
    /// The time of day that the database told, and when.
    told: Option<(i64, Instant)>,
}

impl Inner {
    /// Looks once. Gives the time until the next look.
    pub(super) async fn tick(
        self: &Arc<Self>,
        memory: &mut Memory,
        runs: &mut JoinSet<()>,
    ) -> Result<Duration, SchedulerError> {
        let store = self.store().await?;
        let poll = self.parts.timing.poll;
        let (now, rows) = store.near(milliseconds(poll)).await?;
        let looked_at = Instant::now();
        if memory.clock_was_set_back(now, looked_at) {
            self.heal(store, now).await?;
        }
        let mut pause = poll;
        for row in &rows {
            // Another version of the plugin may have more tasks.
            let Some(task) = self.task(&row.id) else {
                continue;
            };
            let wait = if row.holder.is_some() {
                let since = memory
                    .sightings
                    .note(&row.id, row.fence, row.beat, looked_at);
                self.look_after(store, &task, row, since).await?
            } else {
                memory.sightings.forget(&row.id);
                self.consider(store, &task, row, now, runs).await?
            };
            pause = pause.min(wait);
        }
        Ok(pause)
    }

    /// A task that somebody runs; `since` is how long its lease has looked the same.
    async fn look_after(
        &self,
        store: &Store,
        task: &Task,
        row: &Row,
        since: Instant,
    ) -> Result<Duration, SchedulerError> {
        let timing = self.parts.timing;
        let own = row.holder.as_deref() == Some(store.replica());
        if own && let Some(running) = self.running_of(&row.id) {
            if row.cancel_fence == Some(running.fence) {
                running.stop(RunOutcome::Cancelled);
            }
            return Ok(timing.poll);
        }
        // What this process holds and does not run is a claim whose answer got lost.
        let left = timing.lease.saturating_sub(since.elapsed());
        if !own && !left.is_zero() {
            return Ok(left);
        }
        let catches_up = task.schedule.missed == Missed::CatchUpOnce;
        let again = catches_up && !row.is_cancelled() && row.lost_in_row + 1 < LOST_IN_ROW;
        if store.free(Free { row, again }).await? {
            tracing::warn!(
                task = row.id,
                holder = row.holder,
                run = row.fence,
                "A task was freed, because its holder is gone"
            );
        }
        Ok(Duration::ZERO)
    }

    /// A task that nobody runs.
    async fn consider(
        self: &Arc<Self>,
        store: &Store,
        task: &Arc<Task>,
        row: &Row,
        now: i64,
        runs: &mut JoinSet<()>,
    ) -> Result<Duration, SchedulerError> {
        let poll = self.parts.timing.poll;
        let schedule = &*task.schedule.at_pace_of(&row.settings);
        let decision = decide(&row.plan, schedule, now);
        let until = |time: Option<i64>| {
            let wait = time.and_then(|time| u64::try_from(time - now).ok());
            wait.map_or(poll, Duration::from_millis)
        };
        if let Decision::Wait(time) = decision {
            return Ok(until(time));
        }
        // One that has lost its lease, or is still giving it back: another beside it would be a second run in one process.
        if self.drains() || self.running_of(&row.id).is_some() {
            return Ok(poll);
        }
        let is_trigger = row.plan.triggered_at.is_some();
        if task.waits() && !is_trigger {
            return Ok(task.waits_until - Instant::now());
        }
        match decision {
            Decision::Skip {
                next_slot_at,
                skipped,
            } => {
                let begin = next_slot_at.map(|slot| schedule.begin_of(slot));
                store.skip(row, next_slot_at, begin, skipped).await?;
                Ok(until(begin))
            }
            Decision::Run {
                slot,
                next_slot_at,
                triggered,
                skipped,
            } => {
                let next_run_at = next_slot_at.map(|slot| schedule.begin_of(slot));
                // The lease counts from before it is there, and not from the answer.
                let leased_at = Instant::now();
                let claim = Claim {
                    row,
                    slot,
                    next_slot_at,
                    next_run_at,
                    triggered,
                    skipped,
                    started_at: now,
                    times_out_at: times_out_at(now, task.schedule.timeout.into()),
                };
                if !store.claim(claim).await? {
                    return Ok(poll);
                }
                let run = Arc::new(Running::new(
                    row.fence + 1,
                    slot,
                    now,
                    claim.times_out_at,
                    Some(leased_at),
                    row.lost_in_row,
                ));
                let active = self.enter_run(&task.id, &run);
                if self.drains() {
                    run.stop(RunOutcome::Interrupted);
                }
                let run = Arc::clone(self).run(Arc::clone(task), run, active);
                // Into the log of this backend, of which a process may have several.
                runs.spawn(run.with_current_subscriber());
                Ok(poll)
            }
            Decision::Wait(time) => Ok(until(time)),
        }
    }

    /// One run, and the end of its lease.
    async fn run(self: Arc<Self>, task: Arc<Task>, run: Arc<Running>, active: ActiveRun) {
        let span = supervise::span(&self.parts.plugin_id, &task.id, run.fence);
        async {
            let end = self.carry_out(&task, &run).await;
            run.set_over();
            let stopped = match end.outcome {
                RunOutcome::Interrupted => true,
                RunOutcome::Lost => run.lost_in_row + 1 < LOST_IN_ROW,
                _ => false,
            };
            let release = Release {
                id: &task.id,
                run: &run,
                outcome: end.outcome,
                error: end.error.as_ref(),
                again: stopped && task.schedule.missed == Missed::CatchUpOnce,
            };
            self.release(release).await;
        }
        .instrument(span)
        .await;
        drop(active);
    }

    /// Runs the function of a task, of a local one too.
    pub(super) async fn carry_out(&self, task: &Task, run: &Running) -> End {
        let (id, scope) = (&*task.id, task.schedule.scope);
        self.metrics.started(id, scope, run.started_at);
        let fence = run.fence.unsigned_abs();
        let context = TaskContext::new(id, fence, time(run.slot));
        let context = context.with_cancellation(run.token.clone());
        let timeout = task.schedule.timeout.into();
        let end = supervise::supervise(run, &task.work, context, timeout, self.parts.timing).await;
        let now = run.started_at.saturating_add(milliseconds(end.took));
        self.metrics.ended(id, scope, end.outcome, end.took, now);
        end
    }

    /// Gives a task back, however long that takes: until then nobody else may have it, or its lease runs out.
    async fn release(&self, release: Release<'_>) {
        let mut told = false;
        loop {
            let released = async { self.store().await?.release(release).await };
            match released.await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!("The task's lease was lost before its run was over");
                    return;
                }
                Err(error) => {
                    if !told {
                        tracing::error!(error = %error, "The end of a run cannot be written down, and is tried again");
                    }
                    told = true;
                    sleep(self.parts.timing.renewal() / 2).await;
                }
            }
        }
    }

    /// Brings back what lies further in the future than it should, because the clock was ahead and has been set back.
    /// A slot that ran already does not come again: only what would stand still for longer than it ever should is moved.
    async fn heal(&self, store: &Store, now: i64) -> Result<(), SchedulerError> {
        let (_, rows) = store.all().await?;
        // One that runs too: its plan stays as it is until the run is over, and nobody looks again then.
        for row in &rows {
            let Some(task) = self.task(&row.id) else {
                continue;
            };
            let schedule = &*task.schedule.at_pace_of(&row.settings);
            let last = row.last_slot_at;
            if let Some(slot) = set_back(schedule, last, row.plan.next_slot_at, now) {
                let begin = Some(schedule.begin_of(slot));
                store.replan(row, Some(slot), begin).await?;
                tracing::warn!(
                    task = row.id,
                    "A task was planned anew, because the clock was set back"
                );
            }
        }
        Ok(())
    }
}

/// The next slot of a task whose plan is that of a clock which was ahead: its last slot lies so far in the future that
/// another would fit in before it, or its next one lies further ahead than any would today, because slots were passed over
/// or because it was planned by that clock in the first place.
pub(super) fn set_back(
    schedule: &TaskSchedule,
    last: Option<i64>,
    next: Option<i64>,
    now: i64,
) -> Option<i64> {
    let frequency = &schedule.frequency;
    let slot = frequency.after(now)?;
    let furthest = slot.max(frequency.first(now, schedule.delay_milliseconds())?);
    let ran_ahead = last.is_some_and(|last| slot < last);
    let passed_over =
        last.is_none_or(|last| slot > last) && next.is_some_and(|next| next > furthest);
    (ran_ahead || passed_over).then_some(slot)
}

impl Memory {
    /// Whether the time of day is further behind than the timers say; at the first look nobody knows.
    fn clock_was_set_back(&mut self, now: i64, looked_at: Instant) -> bool {
        let told = self.told.replace((now, looked_at));
        told.is_none_or(|(before, at)| {
            now.saturating_add(SLACK) < before.saturating_add(milliseconds(looked_at - at))
        })
    }
}
