//! The loop of a start: begins what waits for nothing more, and takes in what the tasks came to.
//!
//! Most functions are done without ever waiting, and a task of its own for each would cost more than what
//! they do. So when many can begin at once, a task gives a share of them their first turn; what waits then
//! gets a task of its own.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, Span, dispatcher};

use super::starter::{Round, Stage, Starter};
use crate::BoxFuture;
use crate::error::{Cause, Fault, StartError};
use crate::feature::{Kind, Run};
use crate::inject::Injector;
use crate::instances::Instance;
use crate::panic;
use crate::rows::narrow;
use crate::stop::StopReport;
use crate::units::Source;

/// What the function of a unit came to.
pub(super) struct Done {
    unit: usize,
    began: Instant,
    ended: Instant,
    outcome: Result<Instance, Fault>,
}

/// A unit after its first turn.
pub(super) enum Turn {
    Done(Done),
    Waits(Work),
}

/// A unit at work.
pub(super) struct Work {
    unit: usize,
    future: BoxFuture<Done>,
}

impl Work {
    async fn finish(self) -> Vec<Turn> {
        vec![Turn::Done(self.future.await)]
    }

    fn first_turn(mut self) -> Turn {
        // Whoever waits is asked again by its own task, which is when it learns whom to wake.
        let mut context = Context::from_waker(Waker::noop());
        match self.future.as_mut().poll(&mut context) {
            Poll::Ready(done) => Turn::Done(done),
            Poll::Pending => Turn::Waits(self),
        }
    }
}

/// How many units at most get their first turn in one task.
const SHARE: usize = 32;

impl Starter<'_> {
    /// Starts the units of a round, as soon as each can be, until none is left.
    pub(super) async fn run_round(&mut self, round: Round) -> Result<(), StartError> {
        self.round = round;
        for (unit, state) in self.states.iter().enumerate() {
            if state.round == round && state.waits == 0 && state.stage == Stage::Waiting {
                self.ready.push_back(narrow(unit));
            }
        }
        let mut stop = self.root.stop_requests();
        loop {
            self.begin_ready();
            if self.tasks.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                done = self.tasks.join_next() => {
                    let mut done = done;
                    while let Some(one) = done {
                        self.take_in(one);
                        done = self.tasks.try_join_next();
                    }
                }
                _ = stop.wait_for(|&asked| asked) => return Err(StartError::Interrupted(StopReport::default())),
                () = self.progress.due() => self.say_progress(),
            }
        }
        self.fail_what_was_lost();
        if self.is_failed() {
            return Err(self.failed());
        }
        Ok(())
    }

    /// Begins all that can begin, in a task each or, when they are many, in shares: several for each thread of
    /// the runtime, so that one that blocks it holds up few.
    fn begin_ready(&mut self) {
        let mut works = Vec::new();
        while let Some(unit) = self.ready.pop_front() {
            works.extend(self.begin(unit as usize));
        }
        let threads = Handle::current().metrics().num_workers();
        let share = works.len().div_ceil(4 * threads).min(SHARE);
        let mut works = works.into_iter();
        while works.len() > 0 {
            let share: Vec<Work> = works.by_ref().take(share).collect();
            self.spawn(share);
        }
    }

    fn spawn(&mut self, mut share: Vec<Work>) {
        for work in &share {
            self.states[work.unit].stage = Stage::Running;
        }
        let units: Vec<usize> = share.iter().map(|work| work.unit).collect();
        let task = match share.pop() {
            Some(only) if share.is_empty() => self.tasks.spawn(only.finish()),
            last => {
                share.extend(last);
                self.tasks
                    .spawn(async { share.into_iter().map(Work::first_turn).collect() })
            }
        };
        for unit in units {
            self.states[unit].task = Some(task.id());
        }
    }

    /// Gets a unit ready to run; what the container itself provides is there at once.
    fn begin(&mut self, unit: usize) -> Option<Work> {
        let this = self.units.all[unit];
        let node = &self.graph.nodes[this.node as usize];
        let context = this.plugin().map(|plugin| &self.plugins[plugin]);
        let now = Instant::now();
        self.states[unit].began = now - self.began;
        let Some(run) = node.run else {
            let own = match context {
                Some(context) => Instance::new(Arc::clone(context)),
                None => Instance::new(Arc::clone(&self.root)),
            };
            self.settle(unit, now, now, Ok(own));
            return None;
        };
        let sources = self.units.sources.row(unit).iter();
        let injector = Injector::new(
            node.meta.dependencies,
            sources.map(|source| self.bring(*source)).collect(),
            context.map(|context| context.id()),
        );
        let context = context
            .filter(|_| node.meta.kind == Kind::Plugin)
            .map(Arc::clone);
        let work = async move {
            let began = Instant::now();
            let mut outcome = run_contained(run, injector).await;
            if let (Ok(_), Some(context)) = (&outcome, context) {
                // Most plugins have no hooks, and what runs them is large.
                if let Err(fault) = Box::pin(context.complete()).await {
                    outcome = Err(fault);
                }
            }
            Done {
                unit,
                began,
                ended: Instant::now(),
                outcome,
            }
        };
        let dispatch = self.root.dispatch();
        let span = match this.plugin() {
            Some(plugin) => self.spans[plugin]
                .get_or_insert_with(|| {
                    let id = self.plugins[plugin].id();
                    dispatcher::with_default(&dispatch, || {
                        tracing::info_span!("start", plugin = id)
                    })
                })
                .clone(),
            None => Span::none(),
        };
        let future = Box::pin(work.instrument(span).with_subscriber(dispatch));
        Some(Work { unit, future })
    }

    fn bring(&self, source: Source) -> Option<Instance> {
        let built = |unit: u32| self.instances.get(unit as usize).cloned();
        match source {
            Source::Nothing => None,
            Source::Unit(unit) => built(unit),
            Source::Group(group) => {
                let units = self.units.groups.row(group as usize).iter();
                let all: Vec<Instance> = units.filter_map(|&unit| built(unit)).collect();
                Some(Instance::of(all))
            }
            Source::Point(point) => Some(self.units.points[point as usize].clone()),
        }
    }

    fn take_in(&mut self, turns: Result<Vec<Turn>, JoinError>) {
        // A task that was aborted is found once all others have ended: it never told which unit it was.
        for turn in turns.unwrap_or_default() {
            match turn {
                Turn::Done(Done {
                    unit,
                    began,
                    ended,
                    outcome,
                }) => self.settle(unit, began, ended, outcome),
                Turn::Waits(work) => self.spawn(vec![work]),
            }
        }
    }

    fn settle(
        &mut self,
        unit: usize,
        began: Instant,
        ended: Instant,
        outcome: Result<Instance, Fault>,
    ) {
        let state = &mut self.states[unit];
        state.began = began.saturating_duration_since(self.began);
        state.ended = ended.saturating_duration_since(self.began);
        match outcome {
            Ok(instance) => {
                self.states[unit].stage = Stage::Started;
                let name = self.name(unit);
                self.instances.fill(unit, instance, name);
                self.say_warnings();
            }
            Err(fault) => self.fail(unit, fault),
        }
        self.count_down(unit);
    }

    /// Tells what waits for the unit that it waits for one less. What cannot start is settled in its turn and
    /// not earlier, so that modules of one plugin never run beside each other.
    fn count_down(&mut self, unit: usize) {
        let Self {
            units,
            states,
            ready,
            round,
            ..
        } = self;
        let mut settled = Some(unit);
        let mut open = Vec::new();
        while let Some(unit) = settled {
            for &dependent in units.dependents.row(unit) {
                let state = &mut states[dependent as usize];
                state.waits -= 1;
                if state.waits > 0 {
                    continue;
                }
                match state.stage {
                    Stage::Waiting if state.round <= *round => ready.push_back(dependent),
                    Stage::Doomed => {
                        state.stage = Stage::Skipped;
                        open.push(dependent as usize);
                    }
                    _ => {}
                }
            }
            settled = open.pop();
        }
    }

    /// A task can be lost when the runtime shuts down under it; the start must not wait for it, nor pass.
    fn fail_what_was_lost(&mut self) {
        while let Some(unit) =
            (0..self.states.len()).find(|&unit| self.states[unit].stage == Stage::Running)
        {
            let lost = Cause::Panic("its task was aborted".to_owned());
            let now = Instant::now();
            self.settle(
                unit,
                self.began + self.states[unit].began,
                now,
                Err(lost.into()),
            );
            self.ready.clear();
        }
    }
}

async fn run_contained(run: Run, injector: Injector) -> Result<Instance, Fault> {
    let outcome = panic::contain_async(move || run(injector)).await;
    Ok(Cause::of(outcome)?)
}
