//! How a start went, as a value: for the log, for the command that checks a backend, and for tests.

use std::fmt::{self, Write as _};
use std::time::Duration;

use tracing::Level;

use super::starter::{Round, Stage, Starter};
use crate::error::{Failure, indented};
use crate::feature::Kind;
use crate::name::{self, Name, milliseconds};
use crate::place::Place;

/// How many features the record in the log names as the slowest.
const SLOWEST: usize = 3;
/// How many steps of the critical path that record names: the last ones.
const STEPS: usize = 6;

/// How a start went.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct StartReport {
    /// How long it took.
    pub duration: Duration,
    /// The plugins, modules and services that took part, in the order in which they began.
    pub features: Vec<FeatureReport>,
    /// The chain of features that the start could not be faster than, first to last, as positions in
    /// `features`: each waited for the one before it.
    pub critical_path: Vec<usize>,
    /// The ids of the plugins that are switched off.
    pub disabled: Vec<&'static str>,
    /// What failed. Of a backend that started, the policy tolerates all of it.
    pub failures: Vec<Failure>,
}

/// How one plugin, module or service started.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FeatureReport {
    /// What it is; a service is a [`Kind::Factory`].
    pub kind: Kind,
    /// The id of the plugin, module or service.
    pub id: &'static str,
    /// The plugin of a module, or for which a service is; none for a plugin itself and at the root.
    pub plugin: Option<&'static str>,
    /// The path of the function, where its service has several: a decorator's, or a multiton's factory.
    pub function: Option<&'static str>,
    /// Where its function stands.
    pub place: Place,
    /// When all that it waited for was there, since the start began; zero if that never was.
    pub began: Duration,
    /// How long it then took; for a plugin with its startup hooks.
    pub duration: Duration,
    /// What became of it.
    pub outcome: FeatureOutcome,
}

/// What became of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeatureOutcome {
    /// It is up.
    Started,
    /// It failed.
    Failed,
    /// It did not get its turn, because of something else that failed or because the start was broken off.
    Skipped,
}

impl StartReport {
    /// The features of the critical path, first to last.
    pub fn critical_path(&self) -> impl Iterator<Item = &FeatureReport> {
        self.critical_path.iter().map(|&at| &self.features[at])
    }

    /// The features that took longest themselves, slowest first.
    #[must_use]
    pub fn slowest(&self, count: usize) -> Vec<&FeatureReport> {
        let mut slowest: Vec<&FeatureReport> = Vec::with_capacity(count + 1);
        for feature in self.features.iter().filter(|one| !one.duration.is_zero()) {
            let at = slowest.partition_point(|one| one.duration >= feature.duration);
            if at < count {
                slowest.insert(at, feature);
                slowest.truncate(count);
            }
        }
        slowest
    }

    /// The plugins that are up.
    pub fn started(&self) -> impl Iterator<Item = &'static str> {
        self.plugins(FeatureOutcome::Started)
    }

    /// The plugins that are not up although they are not switched off.
    pub fn failed(&self) -> impl Iterator<Item = &'static str> {
        let failed = self.plugins(FeatureOutcome::Failed);
        failed.chain(self.plugins(FeatureOutcome::Skipped))
    }

    fn plugins(&self, outcome: FeatureOutcome) -> impl Iterator<Item = &'static str> {
        let plugins = self.features.iter();
        let plugins = plugins.filter(move |one| one.kind == Kind::Plugin && one.outcome == outcome);
        plugins.map(|plugin| plugin.id)
    }

    /// Whether the plugin is not up because no more of it was needed.
    fn ended_early(&self, plugin: &str) -> bool {
        let mut failures = self.failures.iter();
        failures.any(|failure| {
            let own = failure.plugin.unwrap_or(&failure.id);
            failure.cause.is_enough() && (own == plugin || failure.stopped.contains(&plugin))
        })
    }

    /// One record for the start, and one in detail for each feature.
    pub(super) fn log(&self) {
        let duration = milliseconds(self.duration);
        let path = self.path_text();
        let slowest = self.slowest_text();
        if self.failures.iter().any(|failure| !failure.tolerated) {
            let failures = self.failures.len();
            tracing::error!(target: "greenroom",
                failures,
                durationMs = duration,
                criticalPath = path,
                slowest,
                "Backend failed to start"
            );
        } else {
            let plugins = self.started().count();
            let failed = listed(self.failed().filter(|plugin| !self.ended_early(plugin)));
            let disabled = listed(self.disabled.iter().copied());
            tracing::info!(target: "greenroom",
                plugins,
                durationMs = duration,
                criticalPath = path,
                slowest,
                failed,
                disabled,
                "Backend started"
            );
        }
        if !tracing::enabled!(target: "greenroom", Level::DEBUG) {
            return;
        }
        for feature in &self.features {
            let (began, duration) = (milliseconds(feature.began), milliseconds(feature.duration));
            let outcome = feature.outcome.word();
            tracing::debug!(target: "greenroom",
                plugin = feature.plugin,
                beganMs = began,
                durationMs = duration,
                "{feature} {outcome}"
            );
        }
    }

    fn path_text(&self) -> String {
        let from = self.critical_path.len().saturating_sub(STEPS);
        let mut text = String::from(if from > 0 { "… > " } else { "" });
        for (at, feature) in self.critical_path().skip(from).enumerate() {
            let arrow = if at == 0 { "" } else { " > " };
            let _ = write!(text, "{arrow}{}", Timed(feature));
        }
        text
    }

    fn slowest_text(&self) -> String {
        let slowest = self.slowest(SLOWEST);
        let texts = slowest.iter().map(|feature| Timed(feature).to_string());
        texts.collect::<Vec<_>>().join(", ")
    }
}

/// A table of the features in the order in which they began, with what is on the critical path marked, and
/// then what is switched off or failed.
impl fmt::Display for StartReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:>12}  {:>12}", "began (ms)", "took (ms)")?;
        for (at, feature) in self.features.iter().enumerate() {
            let mark = if self.critical_path.contains(&at) {
                '*'
            } else {
                ' '
            };
            match feature.outcome {
                FeatureOutcome::Skipped => write!(formatter, "{:>12}  {:>12}", "-", "-")?,
                FeatureOutcome::Started | FeatureOutcome::Failed => write!(
                    formatter,
                    "{:>12.1}  {:>12.1}",
                    fraction(feature.began),
                    fraction(feature.duration)
                )?,
            }
            write!(formatter, "  {mark} {feature}")?;
            if feature.outcome != FeatureOutcome::Started {
                write!(formatter, " ({})", feature.outcome.word())?;
            }
            writeln!(formatter)?;
        }
        write!(
            formatter,
            "{:>12}  {:>12.1}    in all; `*` is on the critical path",
            "",
            fraction(self.duration)
        )?;
        if let Some(disabled) = listed(self.disabled.iter().copied()) {
            write!(formatter, "\nswitched off: {disabled}")?;
        }
        if !self.failures.is_empty() {
            write!(formatter, "\nfailed:\n{}", indented(&self.failures))?;
        }
        Ok(())
    }
}

impl fmt::Display for FeatureReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id, plugin) = (self.kind, self.id, self.plugin);
        let kind = Name { kind, id, plugin }.kind();
        name::write(formatter, kind, id, plugin)?;
        match self.function {
            Some(function) => write!(formatter, " (`{function}`)"),
            None => Ok(()),
        }
    }
}

impl FeatureOutcome {
    fn word(self) -> &'static str {
        match self {
            FeatureOutcome::Started => "started",
            FeatureOutcome::Failed => "failed",
            FeatureOutcome::Skipped => "did not get its turn",
        }
    }
}

/// A feature with the time that it took.
struct Timed<'a>(&'a FeatureReport);

impl fmt::Display for Timed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:.1} ms", self.0, fraction(self.0.duration))
    }
}

fn fraction(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn listed(ids: impl Iterator<Item = &'static str>) -> Option<String> {
    let ids: Vec<_> = ids.collect();
    (!ids.is_empty()).then(|| ids.join(", "))
}

/// The report of a start; takes its failures.
pub(super) fn of(starter: &mut Starter<'_>) -> StartReport {
    let failures = std::mem::take(&mut starter.failures);
    let disabled = std::mem::take(&mut starter.disabled);
    let takes_part =
        |&unit: &usize| !starter.is_built_in(unit) && starter.states[unit].stage != Stage::LeftOut;
    let mut units: Vec<usize> = (0..starter.states.len()).filter(takes_part).collect();
    // What never began comes last.
    units.sort_by_key(|&unit| {
        let state = &starter.states[unit];
        (state.task.is_none(), state.began, state.round)
    });
    let mut position = vec![usize::MAX; starter.states.len()];
    for (at, &unit) in units.iter().enumerate() {
        position[unit] = at;
    }
    let path = critical_path(starter);
    let path = path.iter().map(|&unit| position[unit]);
    StartReport {
        duration: starter.began.elapsed(),
        features: units.iter().map(|&unit| feature(starter, unit)).collect(),
        critical_path: path.filter(|&at| at != usize::MAX).collect(),
        disabled,
        failures,
    }
}

fn feature(starter: &Starter<'_>, unit: usize) -> FeatureReport {
    let state = &starter.states[unit];
    let Name { kind, id, plugin } = starter.name(unit);
    let meta = starter.meta(unit);
    let is_multiton = meta.provides.is_some_and(|service| service.multiton);
    FeatureReport {
        kind,
        id,
        plugin,
        function: (is_multiton || meta.kind == Kind::Decorator).then_some(meta.id),
        place: meta.place,
        began: state.began,
        duration: state.ended.saturating_sub(state.began),
        outcome: match state.stage {
            Stage::Started => FeatureOutcome::Started,
            Stage::Failed => FeatureOutcome::Failed,
            _ => FeatureOutcome::Skipped,
        },
    }
}

/// From the unit that ended last back to what it waited for longest, first to last. What waited for nothing in
/// its own round waited for the last unit of the rounds before.
fn critical_path(starter: &Starter<'_>) -> Vec<usize> {
    let states = &starter.states;
    let has_ended = |unit: &usize| matches!(states[*unit].stage, Stage::Started | Stage::Failed);
    let ended = |unit: &usize| (states[*unit].ended, *unit);
    let last_up_to = |round: Option<Round>| {
        let units = (0..states.len()).filter(has_ended);
        units
            .filter(|&unit| Some(states[unit].round) <= round)
            .max_by_key(ended)
    };
    let mut path = Vec::new();
    let mut next = last_up_to(Some(Round::Plugins));
    while let Some(unit) = next {
        path.push(unit);
        let round = states[unit].round;
        let awaited = starter.units.awaited.row(unit).iter();
        next = awaited
            .map(|&awaited| awaited as usize)
            .filter(|awaited| has_ended(awaited) && states[*awaited].round == round)
            .max_by_key(ended)
            .or_else(|| last_up_to(round.before()));
    }
    path.reverse();
    path
}
