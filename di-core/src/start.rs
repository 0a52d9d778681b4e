//! The start: every unit is one task, begun as soon as all that it needs is there.
//!
//! One loop owns the plan. It fills a slot once, counts down what waits for it, and hands clones to the
//! next task, so no lock is held and nobody who goes away can cancel what others wait for. When a unit
//! fails, all that does not depend on it is still started, so that one start shows all failures; then
//! everything is stopped again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::{Id, JoinError, JoinSet};
use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, Instrument, dispatcher};

use crate::BoxError;
use crate::context::{Inputs, PluginContext, RootContext};
use crate::error::{Cause, Failure, StartError};
use crate::feature::Kind;
use crate::graph::{Graph, NONE};
use crate::inject::{Injector, Need};
use crate::instances::{Instance, Instances};
use crate::lifecycle::{BackendState, Phase, PluginState};
use crate::panic;
use crate::service::Service;
use crate::stop::{self, StopReport};
use crate::units::Units;

/// A backend that has started.
#[derive(Debug)]
pub struct Running {
    pub(crate) root: Arc<RootContext>,
    // The services live as long as the backend, whoever else holds them.
    pub(crate) instances: Instances,
    root_services: Vec<usize>,
}

impl Running {
    /// The backend's context.
    #[must_use]
    pub fn context(&self) -> &Arc<RootContext> {
        &self.root
    }

    /// A root service that was started, for programs and tests that stand outside the graph. None when
    /// nothing reached it.
    #[must_use]
    pub fn root_service<S: Service + ?Sized>(&self) -> Option<Arc<S>> {
        self.root_services
            .iter()
            .find_map(|&slot| self.instances.get(slot)?.get::<S>())
    }

    /// Where the backend's log goes, for programs that log beside it.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.root.dispatch()
    }

    /// Waits until somebody asks the backend to stop.
    pub async fn stop_requested(&self) {
        // The sender lives in the context, which `self` holds.
        let _ = self.root.stop_requests().wait_for(|&asked| asked).await;
    }

    /// Stops everything, in the reverse order of the start.
    pub async fn stop(self) -> StopReport {
        let dispatch = self.root.dispatch();
        stop::stop(self).with_subscriber(dispatch).await
    }
}

pub(crate) async fn start(graph: &Graph<'_>, inputs: Inputs) -> Result<Running, StartError> {
    compare_types(graph)?;
    let mut starter = Starter::new(graph, inputs);
    let outcome = starter.run().await;
    starter.finish(outcome).await
}

pub(crate) async fn check_derivations(
    graph: &Graph<'_>,
    inputs: Inputs,
) -> Result<Vec<String>, StartError> {
    compare_types(graph)?;
    let mut starter = Starter::new(graph, inputs);
    let outcome = starter.run_derivations().await;
    let warnings = std::mem::take(&mut starter.warnings);
    starter.finish(outcome).await?.stop().await;
    Ok(warnings)
}

/// The one comparison of Rust types, before anything starts: it backs the check of the constants.
fn compare_types(graph: &Graph<'_>) -> Result<(), StartError> {
    for &node in graph.order {
        let meta = graph.nodes[node as usize].meta;
        for (dependency, &provider) in meta.dependencies.iter().zip(graph.providers(node as usize))
        {
            if provider == NONE {
                continue;
            }
            let wanted = dependency.need().service();
            let provided = graph.nodes[provider as usize].meta.provides;
            if provided.is_none_or(|provided| (provided.type_id)() != (wanted.type_id)()) {
                return Err(StartError::Types {
                    id: wanted.id,
                    parameter: dependency.name,
                    place: meta.place_of(dependency),
                });
            }
        }
    }
    Ok(())
}

struct Starter<'a> {
    began: Instant,
    graph: &'a Graph<'a>,
    units: Units,
    root: Arc<RootContext>,
    instances: Instances,
    tasks: JoinSet<Result<Instance, BoxError>>,
    running: HashMap<Id, usize>,
    /// The failure, as a position in `failures`, because of which a unit cannot start.
    doomed: Vec<Option<usize>>,
    failures: Vec<Failure>,
    /// What the check of derived values warned of, until there is a log to say it in.
    warnings: Vec<String>,
}

impl<'a> Starter<'a> {
    fn new(graph: &'a Graph<'a>, inputs: Inputs) -> Self {
        let units = Units::of(graph);
        let plugins = units.plugins.iter().map(|&node| {
            let id = graph.nodes[node].meta.id;
            Arc::new(PluginContext::new(id))
        });
        let root = Arc::new(RootContext::new(inputs, plugins.collect()));
        let slots = units.all.len();
        Self {
            began: Instant::now(),
            graph,
            units,
            root,
            instances: Instances::with_slots(slots),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            doomed: vec![None; slots],
            failures: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The first round alone: what values are derived from, and the check of those values.
    async fn run_derivations(&mut self) -> Result<(), StartError> {
        let first = self.needed_by_derivations();
        self.round(|unit| first[unit]).await?;
        if self.failures.is_empty() {
            return self.check_derivations();
        }
        Err(StartError::Failed(std::mem::take(&mut self.failures)))
    }

    async fn run(&mut self) -> Result<(), StartError> {
        self.run_derivations().await?;
        let at_root: Vec<bool> = self
            .units
            .all
            .iter()
            .map(|unit| unit.plugin.is_none())
            .collect();
        // The root first and whole: a plugin may count on the log, the server and the like, whether or not it
        // names them. When the root fails there is nothing for plugins to stand on.
        self.round(|unit| at_root[unit]).await?;
        if self.failures.is_empty() {
            self.round(|_| true).await?;
        }
        if !self.failures.is_empty() {
            return Err(StartError::Failed(std::mem::take(&mut self.failures)));
        }
        let hooks = self.root.hooks().begin(Phase::Startup);
        let dispatch = self.root.dispatch();
        stop::run_in_order(hooks, Phase::Startup, None)
            .with_subscriber(dispatch)
            .await;
        self.root.advance(BackendState::Ready);
        let milliseconds = stop::milliseconds(self.began.elapsed());
        dispatcher::with_default(&self.root.dispatch(), || {
            let plugins = self.units.plugins.len();
            tracing::info!(target: "greenroom", plugins, durationMs = milliseconds, "Backend started");
            if cfg!(panic = "abort") {
                tracing::warn!(
                    target: "greenroom",
                    "This program is compiled with panic = \"abort\": a panic of one plugin ends all of them"
                );
            }
        });
        Ok(())
    }

    async fn finish(self, outcome: Result<(), StartError>) -> Result<Running, StartError> {
        let Self {
            units,
            root,
            instances,
            mut tasks,
            ..
        } = self;
        // After an interruption some are still at work; their panics and results no longer matter.
        tasks.shutdown().await;
        let at_root = |unit: &usize| units.all[*unit].plugin.is_none();
        let root_services = (0..units.all.len()).filter(at_root).collect();
        let running = Running {
            root,
            instances,
            root_services,
        };
        match outcome {
            Ok(()) => Ok(running),
            Err(error) => {
                running.stop().await;
                Err(error)
            }
        }
    }

    /// The units that parameters are derived from, such as the configuration, and what those need.
    fn needed_by_derivations(&self) -> Vec<bool> {
        let mut needed = vec![false; self.units.all.len()];
        let mut open = Vec::new();
        for unit in &self.units.all {
            let dependencies = self.graph.nodes[unit.node].meta.dependencies;
            for (dependency, source) in dependencies.iter().zip(&unit.sources) {
                if matches!(dependency.need(), Need::Derived(_)) {
                    open.extend(*source);
                }
            }
        }
        while let Some(unit) = open.pop() {
            if !std::mem::replace(&mut needed[unit], true) {
                open.extend(self.units.all[unit].sources.iter().flatten().copied());
            }
        }
        needed
    }

    /// Checks everything that is derived, for all units, and gives all mistakes at once.
    fn check_derivations(&mut self) -> Result<(), StartError> {
        let mut mistakes = Vec::new();
        let mut warnings = Vec::new();
        for unit in &self.units.all {
            let plugin = unit.plugin.map(|plugin| self.root.plugins()[plugin].id());
            let dependencies = self.graph.nodes[unit.node].meta.dependencies;
            for (dependency, source) in dependencies.iter().zip(&unit.sources) {
                if let (Need::Derived(derivation), Some(source)) = (dependency.need(), source)
                    && let Some(instance) = self.instances.get(*source)
                {
                    let found = (derivation.check)(instance, plugin);
                    mistakes.extend(found.mistakes);
                    warnings.extend(found.warnings);
                }
            }
        }
        // Two functions of a plugin may take the same settings.
        let mut seen = HashSet::new();
        mistakes.retain(|mistake: &BoxError| seen.insert(mistake.to_string()));
        warnings.retain(|warning| seen.insert(warning.clone()));
        if !mistakes.is_empty() {
            return Err(StartError::Settings { mistakes, warnings });
        }
        self.warnings = warnings;
        Ok(())
    }

    /// Starts the units that are admitted, as soon as each can be, until none is left.
    async fn round(&mut self, admitted: impl Fn(usize) -> bool) -> Result<(), StartError> {
        for unit in 0..self.units.all.len() {
            if self.units.all[unit].waits == 0 && admitted(unit) && !self.is_begun(unit) {
                self.begin(unit);
            }
        }
        let mut stop = self.root.stop_requests();
        loop {
            tokio::select! {
                biased;
                done = self.tasks.join_next_with_id() => match done {
                    Some(done) => {
                        for next in self.settle(done) {
                            if admitted(next) {
                                self.begin(next);
                            }
                        }
                    }
                    None => return Ok(()),
                },
                _ = stop.wait_for(|&asked| asked) => return Err(StartError::Interrupted),
            }
        }
    }

    fn is_begun(&self, unit: usize) -> bool {
        self.instances.get(unit).is_some() || self.doomed[unit].is_some()
    }

    fn begin(&mut self, unit: usize) {
        let Self {
            graph,
            units,
            root,
            instances,
            ..
        } = self;
        let this = &units.all[unit];
        let node = &graph.nodes[this.node];
        let context = this
            .plugin
            .map(|plugin| Arc::clone(&root.plugins()[plugin]));
        let brought = this
            .sources
            .iter()
            .map(|&source| instances.get(source?).cloned())
            .collect();
        let injector = Injector::new(
            node.meta.dependencies,
            brought,
            context.as_ref().map(|context| context.id()),
        );
        let kind = node.meta.kind;
        let own = match (node.run, &context) {
            (Some(run), _) => Err(run),
            (None, Some(context)) => Ok(Instance::new(Arc::clone(context))),
            (None, None) => Ok(Instance::new(Arc::clone(root))),
        };
        let dispatch = root.dispatch();
        let span = dispatcher::with_default(&dispatch, || match &context {
            Some(context) => tracing::info_span!("start", plugin = context.id()),
            None => tracing::Span::none(),
        });
        let work = async move {
            let instance = match own {
                Ok(instance) => instance,
                Err(run) => run(injector).await?,
            };
            if let (Kind::Plugin, Some(context)) = (kind, context) {
                complete(&context).await?;
            }
            Ok(instance)
        };
        let task = self
            .tasks
            .spawn(work.instrument(span).with_subscriber(dispatch));
        self.running.insert(task.id(), unit);
    }

    /// Takes in what a task came to; gives the units that can begin now.
    fn settle(&mut self, done: Result<(Id, Result<Instance, BoxError>), JoinError>) -> Vec<usize> {
        let id = match &done {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(unit) = self.running.remove(&id) else {
            return Vec::new();
        };
        let cause = match done {
            Ok((_, Ok(instance))) => {
                self.instances.fill(unit, instance);
                self.say_warnings();
                return self.count_down(unit);
            }
            Ok((_, Err(error))) => Cause::Error(error),
            Err(error) => Cause::Panic(match error.try_into_panic() {
                Ok(payload) => panic::message(&*payload),
                Err(_) => "its task was aborted".to_owned(),
            }),
        };
        self.fail(unit, cause);
        Vec::new()
    }

    /// Logs the warnings as soon as there is a log.
    fn say_warnings(&mut self) {
        if let Some(dispatch) = self.root.own_dispatch() {
            dispatcher::with_default(dispatch, || {
                for warning in self.warnings.drain(..) {
                    tracing::warn!(target: "greenroom", "{warning}");
                }
            });
        }
    }

    fn count_down(&mut self, unit: usize) -> Vec<usize> {
        let dependents = self.units.all[unit].dependents.clone();
        dependents
            .into_iter()
            .filter(|&dependent| {
                let waits = &mut self.units.all[dependent].waits;
                *waits -= 1;
                *waits == 0 && self.doomed[dependent].is_none()
            })
            .collect()
    }

    fn fail(&mut self, unit: usize, cause: Cause) {
        let this = &self.units.all[unit];
        let meta = self.graph.nodes[this.node].meta;
        let owner = this.plugin.map(|plugin| self.root.plugins()[plugin].id());
        let failure = match meta.provides {
            Some(service) => Failure {
                kind: "service",
                id: service.id,
                plugin: owner,
                place: meta.place,
                cause,
                stopped: Vec::new(),
            },
            None => Failure {
                kind: "plugin",
                id: meta.id,
                plugin: None,
                place: meta.place,
                cause,
                stopped: Vec::new(),
            },
        };
        dispatcher::with_default(&self.root.dispatch(), || {
            tracing::error!(target: "greenroom", plugin = owner, error = %failure.cause, "{} `{}` failed to start",
                failure.kind, failure.id);
        });
        self.failures.push(failure);
        let position = self.failures.len() - 1;
        self.doomed[unit] = Some(position);
        self.mark_failed(unit);
        self.doom_dependents(unit, position);
    }

    /// Marks everything that waits for the unit, once, without starting it.
    fn doom_dependents(&mut self, unit: usize, failure: usize) {
        let mut open = self.units.all[unit].dependents.clone();
        while let Some(dependent) = open.pop() {
            if self.doomed[dependent].is_some() {
                continue;
            }
            self.doomed[dependent] = Some(failure);
            let meta = self.graph.nodes[self.units.all[dependent].node].meta;
            if meta.kind == Kind::Plugin {
                self.failures[failure].stopped.push(meta.id);
            }
            self.mark_failed(dependent);
            open.extend(&self.units.all[dependent].dependents);
        }
    }

    fn mark_failed(&self, unit: usize) {
        let this = &self.units.all[unit];
        if let (Some(plugin), Kind::Plugin) = (this.plugin, self.graph.nodes[this.node].meta.kind) {
            self.root.plugins()[plugin].advance(PluginState::Failed);
        }
    }
}

/// What follows a plugin's init: failures that its services recorded, its startup hooks, and the news
/// that it is up.
async fn complete(context: &PluginContext) -> Result<(), BoxError> {
    if let Some(error) = context.take_failure() {
        return Err(error);
    }
    let hooks = context.hooks().begin(Phase::Startup);
    stop::run_in_order(hooks, Phase::Startup, Some(context.id())).await;
    context.advance(PluginState::Started);
    Ok(())
}
