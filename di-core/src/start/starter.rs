//! What a start knows while it runs, and the rounds that it consists of.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;
use tracing::{Span, dispatcher};

use super::progress::Progress;
use super::rounds::Turn;
use super::{Running, report};
use crate::context::{Inputs, PluginContext, RootContext};
use crate::error::{Failure, StartError};
use crate::feature::{FeatureMeta, Kind};
use crate::graph::Graph;
use crate::hooks;
use crate::instances::Instances;
use crate::lifecycle::BackendState;
use crate::name::Name;
use crate::policy::StartupPolicy;
use crate::stop::StopReport;
use crate::tasks::CancelOnDrop;
use crate::units::Units;

/// When a unit may begin: rounds are run one after the other, and each to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Round {
    /// What parameters are derived from, such as the configuration.
    Sources,
    /// What decides who takes part.
    Policy,
    /// The other root services. A plugin may count on the log, the server and the like, whether or not it
    /// names them, so these come first and whole; when one fails, there is nothing for plugins to stand on.
    Root,
    /// The plugins.
    Plugins,
}

impl Round {
    pub(super) fn before(self) -> Option<Self> {
        match self {
            Round::Sources => None,
            Round::Policy => Some(Round::Sources),
            Round::Root => Some(Round::Policy),
            Round::Plugins => Some(Round::Root),
        }
    }
}

/// How far a unit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    /// It cannot start, and what it waits for is not settled yet.
    Doomed,
    Running,
    Started,
    Failed,
    /// It could not start.
    Skipped,
    /// It takes no part.
    LeftOut,
}

/// What changes about a unit while the backend starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// How many units it still waits for.
    pub(super) waits: u32,
    pub(super) round: Round,
    pub(super) stage: Stage,
    /// When it began and ended, since the start began.
    pub(super) began: Duration,
    pub(super) ended: Duration,
    pub(super) task: Option<Id>,
}

pub(super) struct Starter<'a> {
    pub(super) began: Instant,
    pub(super) graph: &'a Graph<'a>,
    pub(super) units: Units,
    pub(super) states: Vec<State>,
    pub(super) root: Arc<RootContext>,
    /// The context of each plugin, whether or not it takes part.
    pub(super) plugins: Vec<Arc<PluginContext>>,
    /// The span of each plugin that has begun.
    pub(super) spans: Vec<Option<Span>>,
    pub(super) instances: Instances,
    pub(super) tasks: JoinSet<Vec<Turn>>,
    pub(super) background: CancelOnDrop,
    /// The units that can begin.
    pub(super) ready: VecDeque<u32>,
    pub(super) round: Round,
    pub(super) policy: Arc<StartupPolicy>,
    pub(super) disabled: Vec<&'static str>,
    pub(super) failures: Vec<Failure>,
    /// What was noticed, until there is a log to say it in.
    pub(super) warnings: Vec<String>,
    pub(super) progress: Progress,
}

impl<'a> Starter<'a> {
    pub(super) fn new(graph: &'a Graph<'a>, inputs: Inputs) -> Self {
        let units = Units::of(graph);
        let ids = units
            .plugins
            .iter()
            .map(|plugin| graph.nodes[plugin.node].meta.id);
        let root = Arc::new(RootContext::new(inputs, ids));
        let plugins = root.plugins().to_vec();
        let at_root = units.root();
        let state = |unit| State {
            waits: crate::rows::narrow(units.awaited.row(unit).len()),
            round: if at_root.contains(&unit) {
                Round::Root
            } else {
                Round::Plugins
            },
            stage: Stage::Waiting,
            began: Duration::ZERO,
            ended: Duration::ZERO,
            task: None,
        };
        let count = units.all.len();
        Self {
            began: Instant::now(),
            graph,
            states: (0..count).map(state).collect(),
            background: CancelOnDrop(Arc::clone(&root)),
            root,
            spans: vec![None; plugins.len()],
            plugins,
            instances: Instances::with_slots(count),
            tasks: JoinSet::new(),
            ready: VecDeque::new(),
            round: Round::Sources,
            policy: Arc::default(),
            disabled: Vec::new(),
            failures: Vec::new(),
            warnings: Vec::new(),
            progress: Progress::new(),
            units,
        }
    }

    /// What comes before a start: the values that others are derived from, who takes part, and the check of
    /// all that is derived for those.
    pub(super) async fn prepare(&mut self) -> Result<(), StartError> {
        self.assign_sources();
        let policy = self.assign_policy();
        self.run_round(Round::Sources).await?;
        let first = self.findings(|state| state.round == Round::Policy);
        if !first.mistakes.is_empty() {
            // Who takes part cannot be known; so the mistakes of all are told.
            return self.judge(self.findings(|_| true));
        }
        self.run_round(Round::Policy).await?;
        self.apply_policy(policy)?;
        self.judge(self.findings(|state| state.stage != Stage::LeftOut))
    }

    pub(super) async fn run(&mut self) -> Result<(), StartError> {
        match self.run_to_ready().await {
            // A background task may be what asked for the stop.
            Err(StartError::Interrupted(_)) if self.take_in_faults() => Err(self.failed()),
            outcome => outcome,
        }
    }

    async fn run_to_ready(&mut self) -> Result<(), StartError> {
        self.prepare().await?;
        self.run_round(Round::Root).await?;
        self.run_round(Round::Plugins).await?;
        self.run_root_hooks().await?;
        if self.take_in_faults() {
            return Err(self.failed());
        }
        self.root.advance(BackendState::Ready);
        dispatcher::with_default(&self.root.dispatch(), || self.say_all_warnings());
        Ok(())
    }

    /// The startup hooks of the root. Unlike those of a plugin they are no part of a unit.
    async fn run_root_hooks(&mut self) -> Result<(), StartError> {
        let root = Arc::clone(&self.root);
        let hooks = hooks::run_startup(root.hooks(), None).with_subscriber(root.dispatch());
        let mut hooks = std::pin::pin!(hooks);
        let mut stop = root.stop_requests();
        loop {
            tokio::select! {
                biased;
                outcome = &mut hooks => match outcome {
                    Ok(()) => return Ok(()),
                    Err(fault) => {
                        self.fail_root_hook(fault);
                        return Err(self.failed());
                    }
                },
                _ = stop.wait_for(|&asked| asked) => return Err(StartError::Interrupted(StopReport::default())),
                () = self.progress.due() => self.say_progress(),
            }
        }
    }

    /// Takes in the failures of background tasks; says whether one of them ends the start.
    fn take_in_faults(&mut self) -> bool {
        let faults = self.root.shared().end_of_start();
        let fatal = faults.iter().any(|failure| !failure.tolerated);
        self.failures.extend(faults);
        fatal
    }

    /// Whether a failure ends the start.
    pub(super) fn is_failed(&self) -> bool {
        self.failures.iter().any(|failure| !failure.tolerated)
    }

    /// The error of a start that failed, with the report so far.
    pub(super) fn failed(&mut self) -> StartError {
        StartError::Failed(Box::new(report::of(self)))
    }

    pub(super) fn meta(&self, unit: usize) -> &'static FeatureMeta {
        self.graph.nodes[self.units.all[unit].node as usize].meta
    }

    pub(super) fn plugin_id(&self, unit: usize) -> Option<&'static str> {
        let plugin = self.units.all[unit].plugin()?;
        Some(self.plugins[plugin].id())
    }

    pub(super) fn name(&self, unit: usize) -> Name {
        Name::of(self.meta(unit), self.plugin_id(unit))
    }

    pub(super) fn is_built_in(&self, unit: usize) -> bool {
        self.meta(unit).kind == Kind::BuiltIn
    }

    pub(super) fn root_units(&self) -> Range<usize> {
        self.units.root()
    }

    pub(super) fn into_running(mut self) -> Running {
        let report = report::of(&mut self);
        Running {
            root_services: self.units.root().end,
            root: self.root,
            instances: self.instances,
            tasks: self.background,
            report,
        }
    }
}
