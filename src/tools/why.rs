//! Why something is in a backend: the shortest way to it from each plugin, module and eager service.
//!
//! One way for each of those, because the question is "who would miss it?"; all ways of a real backend are
//! thousands, and say no more.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use greenroom_di_core::feature::Kind;
use greenroom_di_core::graph::{FeatureView, Graph, Standing};
use greenroom_di_core::inject::Need;
use greenroom_di_core::service::PointMeta;

use super::links::{How, Listed, links, name};
use super::unknown::Unknown;

/// What is known of an id.
pub(crate) struct Why<'a> {
    id: String,
    /// The features that have the id, or provide the service that has it.
    pub(crate) subjects: Vec<FeatureView<'a>>,
    /// The ways to it, the shortest first.
    pub(crate) ways: Vec<Way<'a>>,
}

/// A way from something that runs in any case.
pub(crate) struct Way<'a> {
    pub(crate) from: FeatureView<'a>,
    pub(crate) steps: Vec<Step<'a>>,
}

/// A step on a way.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    how: How<'a>,
    /// None for what is asked for and provided by nobody: an optional service, or an extension point.
    pub(crate) to: Option<FeatureView<'a>>,
}

/// The first step of the shortest way from a feature, and how many steps are left.
struct Found<'a> {
    step: Step<'a>,
    left: usize,
}

/// Looks an id up: of a service, an extension point, a plugin, a module (`plugin/module`, or its own id), or
/// the path of a factory's or decorator's function.
pub(crate) fn why<'a>(graph: &Graph<'a>, id: &str) -> Result<Why<'a>, Unknown> {
    let is_meant = |feature: &FeatureView<'_>| {
        let service = feature.service().map(|service| service.id);
        service == Some(id) || feature.id() == id || name(*feature) == id
    };
    let subjects: Vec<_> = graph.features().filter(is_meant).collect();
    let first = first_steps(graph, id, &subjects);
    let is_asked_for = || {
        let mut all = graph.features().flat_map(|feature| feature.dependencies());
        all.any(|dependency| dependency.id() == id)
    };
    if subjects.is_empty() && first.is_empty() && !is_asked_for() {
        return Err(Unknown::new(graph, id));
    }
    let mut ways = ways(graph, first);
    ways.retain(|way| {
        !subjects
            .iter()
            .any(|subject| subject.position() == way.from.position())
    });
    let id = id.to_owned();
    Ok(Why { id, subjects, ways })
}

/// The features from which it is one step, with that step.
fn first_steps<'a>(
    graph: &Graph<'a>,
    id: &str,
    subjects: &[FeatureView<'a>],
) -> BTreeMap<usize, Found<'a>> {
    let wanted: BTreeSet<usize> = subjects.iter().map(FeatureView::position).collect();
    let mut first = BTreeMap::new();
    for feature in graph.features().filter(FeatureView::is_reached) {
        let linked = links(feature).find(|link| wanted.contains(&link.to.position()));
        let linked = linked.map(|link| (link.how, Some(link.to)));
        let asked = || {
            let mut all = feature.dependencies();
            let dependency = all.find(|dependency| dependency.id() == id)?;
            Some((How::Takes(dependency), dependency.providers().next()))
        };
        if let Some((how, to)) = linked.or_else(asked) {
            let step = Step { how, to };
            first.insert(feature.position(), Found { step, left: 1 });
        }
    }
    first
}

/// Breadth first against the arrows, so that each feature is met on its shortest way.
fn ways<'a>(graph: &Graph<'a>, first: BTreeMap<usize, Found<'a>>) -> Vec<Way<'a>> {
    let mut dependants: BTreeMap<usize, Vec<(usize, Step<'a>)>> = BTreeMap::new();
    for feature in graph.features().filter(FeatureView::is_reached) {
        for link in links(feature) {
            let step = Step {
                how: link.how,
                to: Some(link.to),
            };
            let of = dependants.entry(link.to.position()).or_default();
            of.push((feature.position(), step));
        }
    }
    let mut open: VecDeque<(usize, usize)> = first.keys().map(|&position| (position, 1)).collect();
    let mut next = first;
    while let Some((position, left)) = open.pop_front() {
        for &(dependant, step) in dependants.get(&position).into_iter().flatten() {
            next.entry(dependant).or_insert_with(|| {
                let left = left + 1;
                open.push_back((dependant, left));
                Found { step, left }
            });
        }
    }
    let mut ways: Vec<_> = graph
        .features()
        .filter(runs_in_any_case)
        .filter_map(|from| way(from, &next))
        .collect();
    ways.sort_by_cached_key(|way| (way.steps.len(), name(way.from)));
    ways
}

fn runs_in_any_case(feature: &FeatureView<'_>) -> bool {
    let listed = matches!(feature.kind(), Kind::Plugin | Kind::Module) || feature.is_eager();
    listed && feature.is_reached()
}

fn way<'a>(from: FeatureView<'a>, next: &BTreeMap<usize, Found<'a>>) -> Option<Way<'a>> {
    let mut steps = Vec::new();
    let mut position = from.position();
    loop {
        let Found { step, left } = next.get(&position)?;
        steps.push(*step);
        if *left == 1 {
            return Some(Way { from, steps });
        }
        position = step.to?.position();
    }
}

impl Why<'_> {
    /// The declarations of the extension point that it is, from the steps that end with it.
    fn points(&self) -> impl Iterator<Item = &'static PointMeta> {
        let last = self.ways.iter().filter_map(|way| way.steps.last());
        last.filter_map(|step| match step.how {
            How::Takes(dependency) => dependency.need().point(),
            How::RunsAfter => None,
        })
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.id)?;
        if self.subjects.is_empty() {
            match self.points().next() {
                Some(point) => writeln!(
                    formatter,
                    "  extension point of plugin `{}`, made from its `Default`, at {}",
                    point.plugin, point.service.place
                )?,
                None => writeln!(formatter, "  nothing provides it")?,
            }
        }
        for &subject in &self.subjects {
            write_subject(subject, formatter)?;
        }
        let runs = self.subjects.iter().any(runs_in_any_case);
        if self.ways.is_empty() && !runs {
            return writeln!(formatter, "\nNothing that runs needs it.");
        }
        for way in &self.ways {
            write!(formatter, "\n{way}")?;
        }
        Ok(())
    }
}

fn write_subject(subject: FeatureView<'_>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let verb = match (subject.standing(), subject.kind()) {
        (Standing::Used, Kind::Factory | Kind::BuiltIn) => "provided by ",
        (Standing::Used, Kind::Decorator) => "wrapped by ",
        _ => "",
    };
    writeln!(formatter, "  {verb}{subject} at {}", subject.place())?;
    if subject.kind() != Kind::BuiltIn {
        writeln!(formatter, "    listed in {}", Listed(subject))?;
    }
    match subject.standing() {
        Standing::ReplacedBy(other) => {
            writeln!(formatter, "    replaced by {other} at {}", other.place())
        }
        Standing::Repeats(_) => writeln!(formatter, "    listed once more"),
        _ if subject.is_eager() => writeln!(formatter, "    built in any case"),
        _ if runs_in_any_case(&subject) => writeln!(formatter, "    runs in any case"),
        _ => Ok(()),
    }
}

/// What it begins with, then a line for each step: what is taken, what it comes to, and where.
impl fmt::Display for Way<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, place) = (self.from, self.from.place());
        match from.service() {
            Some(service) => writeln!(formatter, "service `{}` at {place}", service.id)?,
            None => writeln!(formatter, "{from} at {place}")?,
        }
        for step in &self.steps {
            match (step.how, step.to) {
                (How::Takes(dependency), to) => {
                    let verb = match dependency.need() {
                        Need::Extend(_) => "extends",
                        Need::Offer(_) => "offers",
                        _ => "takes",
                    };
                    let (place, id) = (dependency.place(), dependency.id());
                    write!(formatter, "  {verb} `{dependency}` at {place}\n    -> {id}")?;
                    match to.filter(|to| to.kind() == Kind::Decorator) {
                        Some(decorator) => writeln!(formatter, ", wrapped by {}", decorator.id())?,
                        None => writeln!(formatter)?,
                    }
                }
                (How::RunsAfter, Some(to)) => {
                    writeln!(formatter, "  runs after {to} at {}", to.place())?
                }
                (How::RunsAfter, None) => {}
            }
        }
        Ok(())
    }
}
