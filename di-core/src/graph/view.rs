//! The graph for people and tools: the features, what each takes, and who brings it.
//!
//! The columns of a [`Graph`] are laid out for the compiler. Here is the same knowledge as questions that a
//! tool asks, each answered by one feature at a time. Nothing here decides anything: what the analysis found
//! out is only read.

use core::fmt;

use super::state::NONE;
use super::walk::{Cursor, successor};
use super::{Graph, Node};
use crate::feature::{Dependency, FeatureMeta, Initialization, Kind};
use crate::inject::Need;
use crate::place::Place;
use crate::service::ServiceMeta;

impl<'a> Graph<'a> {
    /// The features: the container's own, then all that is listed, in the order of the entries.
    pub fn features(&self) -> impl Iterator<Item = FeatureView<'a>> + use<'a> {
        let graph = *self;
        (0..graph.nodes.len()).map(move |position| FeatureView { graph, position })
    }

    /// The features that provide what a parameter of a node asks for: none, one, or several of a multiton.
    fn providers_of(&self, node: usize, parameter: usize) -> Vec<usize> {
        self.sources(node, parameter).collect()
    }

    /// The modules of a plugin, in the order in which they run.
    fn modules_of(&self, plugin: usize) -> Vec<usize> {
        let order = self.order.iter().map(|&node| node as usize);
        order
            .filter(|&node| self.owner(node) == Some(plugin))
            .collect()
    }

    /// The modules that a node waits for: all of a plugin's, and those that write to what a module offers.
    fn awaited_modules(&self, node: usize) -> Vec<usize> {
        let mut cursor = Cursor::START;
        let successors =
            core::iter::from_fn(
                || match successor(self.nodes, &self.view(), node, &mut cursor) {
                    NONE => None,
                    next => Some(next as usize),
                },
            );
        successors
            .filter(|&next| self.nodes[next].meta.kind == Kind::Module)
            .collect()
    }
}

fn provides(meta: &FeatureMeta, service: &ServiceMeta) -> bool {
    meta.provides
        .is_some_and(|provided| provided.key == service.key)
}

/// A feature in its place in a backend's graph.
#[derive(Clone, Copy, Debug)]
pub struct FeatureView<'a> {
    graph: Graph<'a>,
    position: usize,
}

/// What became of a feature that is listed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Standing<'a> {
    /// It runs in any case, or something that runs needs it.
    Used,
    /// Nothing that runs needs it.
    Unused,
    /// It is a default, and gave way to this feature.
    ReplacedBy(FeatureView<'a>),
    /// The same function is listed twice, and this one counts.
    Repeats(FeatureView<'a>),
}

impl<'a> FeatureView<'a> {
    /// The position in the graph, which tells features of one graph apart.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.meta().kind
    }

    /// What it is, as a word: `plugin`, `module`, `factory`, `decorator` or `built-in`.
    #[must_use]
    pub fn kind_word(&self) -> &'static str {
        match self.kind() {
            Kind::Plugin => "plugin",
            Kind::Module => "module",
            Kind::Factory => "factory",
            Kind::Decorator => "decorator",
            Kind::BuiltIn => "built-in",
        }
    }

    /// The plugin's or module's id; for a factory or decorator, the path of its function.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.meta().id
    }

    /// The id of the plugin that a module extends.
    #[must_use]
    pub fn owner(&self) -> Option<&'static str> {
        (self.kind() == Kind::Module).then_some(self.meta().plugin)
    }

    /// The service that it provides, or wraps.
    #[must_use]
    pub fn service(&self) -> Option<&'static ServiceMeta> {
        self.meta().provides
    }

    /// Whether it is built even if nothing needs it.
    #[must_use]
    pub fn is_eager(&self) -> bool {
        self.kind() == Kind::Factory && self.meta().initialization == Initialization::Eager
    }

    /// Where its function stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.meta().place
    }

    /// The entry that lists it, as written, and where that stands; none for what is in every backend.
    #[must_use]
    pub fn entry(&self) -> Option<(&'static str, Place)> {
        (self.kind() != Kind::BuiltIn).then_some((self.node().spelled, self.node().listed))
    }

    /// The lists that it came by, outermost first; none for an entry of `backend!` itself.
    pub fn lists(&self) -> impl Iterator<Item = &'static str> + use<> {
        let chain = self.node().chain;
        (0..chain.len()).map(move |at| chain.name(at))
    }

    /// Whether something that runs needs it, or it runs in any case.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.graph.is_reached(self.position)
    }

    /// Whether it is used and, if it is not, what took its place.
    #[must_use]
    pub fn standing(&self) -> Standing<'a> {
        if self.is_reached() {
            return Standing::Used;
        }
        match self.winner() {
            Some(winner) if winner.meta().is(self.meta()) => Standing::Repeats(winner),
            Some(winner) => Standing::ReplacedBy(winner),
            None => Standing::Unused,
        }
    }

    /// The feature that provides the service in place of this one.
    fn winner(&self) -> Option<Self> {
        let service = self.service().filter(|service| !service.multiton)?;
        if self.kind() != Kind::Factory || self.graph.is_selected(self.position) {
            return None;
        }
        self.graph.features().find(|other| {
            let can_provide = matches!(other.kind(), Kind::Factory | Kind::BuiltIn);
            can_provide && self.graph.is_selected(other.position) && provides(other.meta(), service)
        })
    }

    /// What it takes, in the order of its parameters.
    pub fn dependencies(&self) -> impl Iterator<Item = DependencyView<'a>> + use<'a> {
        let feature = *self;
        (0..self.meta().dependencies.len())
            .map(move |parameter| DependencyView { feature, parameter })
    }

    /// The modules of a plugin, in the order in which they run.
    pub fn modules(&self) -> impl Iterator<Item = FeatureView<'a>> + use<'a> {
        let modules = match self.kind() {
            Kind::Plugin => self.graph.modules_of(self.position),
            _ => Vec::new(),
        };
        self.others(modules)
    }

    /// The modules that run before it: all of a plugin, and for a module those that write to an extension point
    /// which it offers.
    pub fn runs_after(&self) -> impl Iterator<Item = FeatureView<'a>> + use<'a> {
        self.others(self.graph.awaited_modules(self.position))
    }

    /// The description that the feature's macro wrote.
    #[must_use]
    pub fn meta(&self) -> &'static FeatureMeta {
        self.node().meta
    }

    /// The node of the graph.
    #[must_use]
    pub fn node(&self) -> &'a Node {
        &self.graph.nodes[self.position]
    }

    fn others(&self, positions: Vec<usize>) -> impl Iterator<Item = Self> + use<'a> {
        let graph = self.graph;
        positions
            .into_iter()
            .map(move |position| FeatureView { graph, position })
    }
}

/// ``plugin `example` ``, ``module `extra` of plugin `example` ``, ``factory `acme::pool` ``.
impl fmt::Display for FeatureView<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::BuiltIn => formatter.write_str("greenroom itself"),
            _ => write!(formatter, "{} `{}`", self.kind_word(), self.id()),
        }?;
        match self.owner() {
            Some(plugin) => write!(formatter, " of plugin `{plugin}`"),
            None => Ok(()),
        }
    }
}

/// A parameter of a feature's function.
#[derive(Clone, Copy, Debug)]
pub struct DependencyView<'a> {
    feature: FeatureView<'a>,
    parameter: usize,
}

impl<'a> DependencyView<'a> {
    /// The feature that takes it.
    #[must_use]
    pub fn feature(&self) -> FeatureView<'a> {
        self.feature
    }

    /// The parameter's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.dependency().name
    }

    /// The parameter's type, as written.
    #[must_use]
    pub fn spelled(&self) -> &'static str {
        self.dependency().spelled
    }

    /// Where the parameter stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.feature.meta().place_of(self.dependency())
    }

    /// What the parameter's type asks for.
    #[must_use]
    pub fn need(&self) -> &'static Need {
        self.dependency().need()
    }

    /// What the parameter's type asks for, as a word: `required`, `optional` or `many` for a service,
    /// `settings` for a value that is made from one, `extend` or `offer` for an extension point.
    #[must_use]
    pub fn need_word(&self) -> &'static str {
        match self.need() {
            Need::Required(_) => "required",
            Need::Optional(_) => "optional",
            Need::Many(_) => "many",
            Need::Derived(_) => "settings",
            Need::Extend(_) => "extend",
            Need::Offer(_) => "offer",
        }
    }

    /// The id of the service or extension point; for settings, of the service that they are made from.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.need().service().id
    }

    /// The features that bring it: none, one, or several of a multiton.
    pub fn providers(&self) -> impl Iterator<Item = FeatureView<'a>> + use<'a> {
        let FeatureView { graph, position } = self.feature;
        self.feature
            .others(graph.providers_of(position, self.parameter))
    }

    fn dependency(&self) -> &'static Dependency {
        &self.feature.meta().dependencies[self.parameter]
    }
}

/// `logger: Logger`, as in the source.
impl fmt::Display for DependencyView<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name(), self.spelled())
    }
}
