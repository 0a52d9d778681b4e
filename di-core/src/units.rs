//! From nodes to units: a root service is one unit; a plugin's init, its modules and the services that they
//! reach are units of that plugin.
//!
//! A unit is what the runner starts as one task. What it takes and what it waits for is fixed before
//! anything runs; nothing is looked up or locked while the backend starts. To wait is more than to take: a
//! module waits for the module before it, and a plugin for its modules and eager services.

use std::ops::Range;

use crate::feature::Kind;
use crate::graph::{Graph, NONE};
use crate::inject::Need;
use crate::instances::Instance;
use crate::rows::{Rows, narrow};
use crate::service::{PointMeta, Scope};

/// A service, module or plugin that is to be started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// The node that it comes from.
    pub(crate) node: u32,
    /// The plugin that it belongs to, as a position in [`Units::plugins`]; [`NONE`] at the root.
    plugin: u32,
}

impl Unit {
    pub(crate) fn plugin(self) -> Option<usize> {
        (self.plugin != NONE).then_some(self.plugin as usize)
    }
}

/// Where a parameter comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// From nowhere: an optional service that is not provided.
    Nothing,
    /// From a unit.
    Unit(u32),
    /// From all units of a group: a multiton service.
    Group(u32),
    /// From an extension point that starts from its default.
    Point(u32),
}

/// A plugin, as its units.
#[derive(Clone, Debug)]
pub(crate) struct PluginUnits {
    /// The node of its init.
    pub(crate) node: usize,
    /// Its units; the last one is its init.
    pub(crate) units: Range<usize>,
}

impl PluginUnits {
    pub(crate) fn init(&self) -> usize {
        self.units.end - 1
    }
}

/// All units of a backend, those of the root first.
#[derive(Debug, Default)]
pub(crate) struct Units {
    pub(crate) all: Vec<Unit>,
    pub(crate) plugins: Vec<PluginUnits>,
    /// For each unit the source of each parameter.
    pub(crate) sources: Rows<Source>,
    /// For each unit the units that it waits for.
    pub(crate) awaited: Rows<u32>,
    /// For each unit the units that wait for it.
    pub(crate) dependents: Rows<u32>,
    /// The units of each multiton service, as it is taken.
    pub(crate) groups: Rows<u32>,
    /// The extension points that start from their default, one for each plugin.
    pub(crate) points: Vec<Instance>,
}

impl Units {
    pub(crate) fn of(graph: &Graph<'_>) -> Self {
        let mut builder = Builder::new(graph);
        builder.add_root();
        for &node in graph.order {
            if graph.nodes[node as usize].meta.kind == Kind::Plugin {
                builder.add_plugin(node as usize);
            }
        }
        let mut units = builder.units;
        units.dependents = units.awaited.reversed();
        units
    }

    /// The units of the root.
    pub(crate) fn root(&self) -> Range<usize> {
        0..self
            .plugins
            .first()
            .map_or(self.all.len(), |plugin| plugin.units.start)
    }
}

/// The group of a multiton service that has no factory.
const EMPTY: u32 = 0;

struct Builder<'a> {
    graph: &'a Graph<'a>,
    units: Units,
    /// The position of each reached node in the order.
    position: Vec<u32>,
    /// The unit of each node, for the root and for the plugin at hand.
    built: Vec<u32>,
    /// The group that begins with a node, likewise.
    group: Vec<u32>,
    /// The plugin, counted from 1, that last wanted each node.
    wanted_by: Vec<u32>,
    /// The first module of each plugin, and the next one of each module.
    first_module: Vec<u32>,
    next_module: Vec<u32>,
    /// The services that each plugin has in any case.
    eager: Vec<u32>,
    /// The points of the plugin at hand.
    points: Vec<(u64, u32)>,
    awaited: Vec<u32>,
    open: Vec<u32>,
}

impl<'a> Builder<'a> {
    fn new(graph: &'a Graph<'a>) -> Self {
        let count = graph.nodes.len();
        let mut builder = Self {
            graph,
            units: Units::default(),
            position: vec![NONE; count],
            built: vec![NONE; count],
            group: vec![NONE; count],
            wanted_by: vec![0; count],
            first_module: vec![NONE; count],
            next_module: vec![NONE; count],
            eager: Vec::new(),
            points: Vec::new(),
            awaited: Vec::new(),
            open: Vec::new(),
        };
        builder.units.groups.close();
        // From the back, so that each module is put before those that come after it.
        for (position, &node) in graph.order.iter().enumerate().rev() {
            let at = node as usize;
            builder.position[at] = narrow(position);
            if let Some(owner) = graph.owner(at) {
                builder.next_module[at] = builder.first_module[owner];
                builder.first_module[owner] = node;
            }
            let is_shared = scope(graph, at) == Some(Scope::Plugin);
            if is_shared && graph.nodes[at].meta.kind != Kind::BuiltIn && graph.runs_in_any_case(at)
            {
                builder.eager.push(node);
            }
        }
        builder
    }

    fn add_root(&mut self) {
        for &node in self.graph.order {
            if scope(self.graph, node as usize) == Some(Scope::Root) {
                self.add(node as usize, NONE);
            }
        }
    }

    fn add_plugin(&mut self, plugin: usize) {
        let position = narrow(self.units.plugins.len());
        let first = self.units.all.len();
        self.points.clear();
        let mut nodes = self.wanted(plugin, position + 1);
        nodes.sort_unstable();
        let mut before = NONE;
        for at in nodes {
            let node = self.graph.order[at as usize] as usize;
            if node == plugin {
                continue;
            }
            let is_module = self.graph.nodes[node].meta.kind == Kind::Module;
            if is_module && before != NONE {
                self.awaited.push(before);
            }
            let unit = self.add(node, position);
            if is_module {
                before = unit;
            }
        }
        let mut module = self.first_module[plugin];
        while module != NONE {
            self.awaited.push(self.built[module as usize]);
            module = self.next_module[module as usize];
        }
        for &node in &self.eager {
            self.awaited.push(self.built[node as usize]);
        }
        self.add(plugin, position);
        self.units.plugins.push(PluginUnits {
            node: plugin,
            units: first..self.units.all.len(),
        });
    }

    /// The nodes of which a plugin has a unit of its own, as positions in the order.
    fn wanted(&mut self, plugin: usize, stamp: u32) -> Vec<u32> {
        let graph = self.graph;
        let mut wanted = Vec::new();
        self.open.push(narrow(plugin));
        self.open.extend_from_slice(&self.eager);
        let mut module = self.first_module[plugin];
        while module != NONE {
            self.open.push(module);
            module = self.next_module[module as usize];
        }
        while let Some(node) = self.open.pop() {
            let node = node as usize;
            let is_root = scope(graph, node) == Some(Scope::Root);
            if is_root || std::mem::replace(&mut self.wanted_by[node], stamp) == stamp {
                continue;
            }
            self.built[node] = NONE;
            self.group[node] = NONE;
            wanted.push(self.position[node]);
            let dependencies = graph.nodes[node].meta.dependencies;
            for (dependency, &provider) in dependencies.iter().zip(graph.providers(node)) {
                if provider == NONE {
                    continue;
                }
                self.open.push(provider);
                if matches!(dependency.need(), Need::Many(_)) {
                    self.open.extend(rest(graph, provider));
                }
            }
        }
        wanted
    }

    /// Adds a unit that waits for what it takes and for what is in `awaited` already.
    fn add(&mut self, node: usize, plugin: u32) -> u32 {
        let graph = self.graph;
        let unit = narrow(self.units.all.len());
        let dependencies = graph.nodes[node].meta.dependencies;
        for (dependency, &provider) in dependencies.iter().zip(graph.providers(node)) {
            let source = match dependency.need() {
                Need::Many(_) => self.group(provider),
                Need::Extend(point) | Need::Offer(point) if provider == NONE => self.point(point),
                _ if provider == NONE => Source::Nothing,
                _ => self.unit(provider),
            };
            match source {
                Source::Unit(unit) => self.awaited.push(unit),
                Source::Group(group) => self
                    .awaited
                    .extend_from_slice(self.units.groups.row(group as usize)),
                Source::Nothing | Source::Point(_) => {}
            }
            self.units.sources.push(source);
        }
        self.units.sources.close();
        self.awaited.sort_unstable();
        self.awaited.dedup();
        for awaited in self.awaited.drain(..) {
            self.units.awaited.push(awaited);
        }
        self.units.awaited.close();
        let node_number = narrow(node);
        self.units.all.push(Unit {
            node: node_number,
            plugin,
        });
        self.built[node] = unit;
        unit
    }

    fn unit(&self, node: u32) -> Source {
        match self.built[node as usize] {
            NONE => Source::Nothing,
            unit => Source::Unit(unit),
        }
    }

    fn group(&mut self, first: u32) -> Source {
        if first == NONE {
            return Source::Group(EMPTY);
        }
        if self.group[first as usize] == NONE {
            let graph = self.graph;
            for node in std::iter::once(first).chain(rest(graph, first)) {
                if let Source::Unit(unit) = self.unit(node) {
                    self.units.groups.push(unit);
                }
            }
            self.group[first as usize] = narrow(self.units.groups.close());
        }
        Source::Group(self.group[first as usize])
    }

    /// The value of a point that all functions of the plugin share.
    fn point(&mut self, point: &PointMeta) -> Source {
        let key = point.service.key;
        if let Some((_, at)) = self.points.iter().find(|(known, _)| *known == key) {
            return Source::Point(*at);
        }
        let Some(create) = point.create else {
            return Source::Nothing;
        };
        let at = narrow(self.units.points.len());
        self.units.points.push(create());
        self.points.push((key, at));
        Source::Point(at)
    }
}

fn scope(graph: &Graph<'_>, node: usize) -> Option<Scope> {
    graph.nodes[node].meta.provides.map(|service| service.scope)
}

/// The factories of a multiton service after the first one.
fn rest<'a>(graph: &'a Graph<'a>, first: u32) -> impl Iterator<Item = u32> + 'a {
    let next = |&node: &u32| graph.link(node as usize).map(narrow);
    std::iter::successors(Some(first), next).skip(1)
}
