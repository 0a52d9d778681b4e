//! From nodes to units: a root service is one unit, a plugin service one for each plugin that reaches it.
//!
//! A unit is what the runner starts as one task. What it waits for is a count, fixed before anything
//! runs; nothing is looked up or locked while the backend starts.

use crate::feature::{Initialization, Kind};
use crate::graph::{Graph, NONE};
use crate::service::Scope;

/// A service or plugin that is to be started.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The node that it comes from.
    pub(crate) node: usize,
    /// The plugin that it belongs to, as a position in [`Units::plugins`].
    pub(crate) plugin: Option<usize>,
    /// The unit that brings each parameter; none for an optional service that is not provided.
    pub(crate) sources: Vec<Option<usize>>,
    /// How many units it still waits for.
    pub(crate) waits: usize,
    /// The units that wait for it.
    pub(crate) dependents: Vec<usize>,
}

/// All units of a backend.
#[derive(Debug)]
pub(crate) struct Units {
    pub(crate) all: Vec<Unit>,
    /// The nodes of the plugins.
    pub(crate) plugins: Vec<usize>,
}

impl Units {
    pub(crate) fn of(graph: &Graph<'_>) -> Self {
        let mut units = Self {
            all: Vec::new(),
            plugins: Vec::new(),
        };
        let mut root = vec![None; graph.nodes.len()];
        // Each node comes after all that it depends on, so its sources are there already.
        let order = graph.order.iter().map(|&node| node as usize);
        for node in order
            .clone()
            .filter(|&node| is_in(graph, node, Scope::Root))
        {
            root[node] = Some(units.add(graph, node, None, &root, &[]));
        }
        let shared: Vec<usize> = order
            .clone()
            .filter(|&node| is_in(graph, node, Scope::Plugin))
            .collect();
        for plugin in order.filter(|&node| graph.nodes[node].meta.kind == Kind::Plugin) {
            units.add_plugin(graph, plugin, &shared, &root);
        }
        units
    }

    fn add_plugin(
        &mut self,
        graph: &Graph<'_>,
        plugin: usize,
        shared: &[usize],
        root: &[Option<usize>],
    ) {
        let position = Some(self.plugins.len());
        self.plugins.push(plugin);
        let mut wanted = vec![false; graph.nodes.len()];
        let mut open = vec![plugin];
        open.extend(shared.iter().copied().filter(|&node| is_eager(graph, node)));
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut wanted[node], true) {
                let providers = graph.providers(node).iter().filter(|&&node| node != NONE);
                open.extend(
                    providers
                        .map(|&node| node as usize)
                        .filter(|&n| root[n].is_none()),
                );
            }
        }
        let mut own = root.to_vec();
        let mut eager = Vec::new();
        for &node in shared.iter().filter(|&&node| wanted[node]) {
            let unit = self.add(graph, node, position, &own, &[]);
            own[node] = Some(unit);
            if is_eager(graph, node) {
                eager.push(unit);
            }
        }
        self.add(graph, plugin, position, &own, &eager);
    }

    fn add(
        &mut self,
        graph: &Graph<'_>,
        node: usize,
        plugin: Option<usize>,
        built: &[Option<usize>],
        besides: &[usize],
    ) -> usize {
        let unit = self.all.len();
        let sources: Vec<Option<usize>> = graph
            .providers(node)
            .iter()
            .map(|&provider| {
                if provider == NONE {
                    None
                } else {
                    built[provider as usize]
                }
            })
            .collect();
        let mut awaited: Vec<usize> = sources.iter().flatten().chain(besides).copied().collect();
        awaited.sort_unstable();
        awaited.dedup();
        for &source in &awaited {
            self.all[source].dependents.push(unit);
        }
        let waits = awaited.len();
        self.all.push(Unit {
            node,
            plugin,
            sources,
            waits,
            dependents: Vec::new(),
        });
        unit
    }
}

fn is_in(graph: &Graph<'_>, node: usize, scope: Scope) -> bool {
    graph.nodes[node]
        .meta
        .provides
        .is_some_and(|service| service.scope == scope)
}

fn is_eager(graph: &Graph<'_>, node: usize) -> bool {
    graph.nodes[node].meta.initialization == Initialization::Eager
}
