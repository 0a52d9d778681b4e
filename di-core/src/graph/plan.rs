//! The outcome of the analysis: columns of numbers beside the nodes, in arrays or in vectors.

use super::analysis::analyse;
use super::node::Node;
use super::state::{ALWAYS, NONE, REACHED, SELECTED};
use super::walk::Cursor;
use crate::feature::Kind;

/// How many dependencies the nodes have together.
#[must_use]
pub const fn dependencies(nodes: &[Node]) -> usize {
    let mut total = 0;
    let mut at = 0;
    while at < nodes.len() {
        total += nodes[at].meta.dependencies.len();
        at += 1;
    }
    total
}

/// The analysis of `N` nodes with `D` dependencies, as a constant.
#[derive(Debug)]
pub struct Plan<const N: usize, const D: usize> {
    /// The position in `provider` of each node's first dependency.
    pub first: [u32; N],
    /// The node that provides each dependency; [`NONE`] when there is none.
    pub provider: [u32; D],
    /// What the analysis found out about each node, as flags.
    pub state: [u8; N],
    /// The node that stands in each node's way: another factory, plugin or module of the same id.
    pub rival: [u32; N],
    /// What each decorator wraps; for a factory of a multiton, the next one in listed order.
    pub link: [u32; N],
    /// The plugin of each module; [`NONE`] when it is not in the backend.
    pub owner: [u32; N],
    /// Where in `sorted` the modules of each plugin begin; [`NONE`] when it has none.
    pub region: [u32; N],
    /// The nodes, so that what belongs together stands together.
    pub sorted: [u32; N],
    /// The next node of the cycle that a node is a part of.
    pub cycle: [u32; N],
    /// The reached nodes, each after all that it waits for.
    pub order: [u32; N],
    /// How many entries of `order` count.
    pub ordered: usize,
    /// Whether nothing is wrong.
    pub sound: bool,
}

impl<const N: usize, const D: usize> Plan<N, D> {
    /// Analyses the nodes.
    #[must_use]
    pub const fn of(nodes: &[Node; N]) -> Self {
        let mut plan = Self {
            first: [0; N],
            provider: [NONE; D],
            state: [0; N],
            rival: [NONE; N],
            link: [NONE; N],
            owner: [NONE; N],
            region: [NONE; N],
            sorted: [0; N],
            cycle: [NONE; N],
            order: [NONE; N],
            ordered: 0,
            sound: true,
        };
        let mut keys = [0; N];
        let mut winners = [NONE; N];
        let mut stack = [0; N];
        let mut cursor = [Cursor::START; N];
        let mut previous = [NONE; N];
        let mut tables = Tables {
            columns: Columns {
                first: &mut plan.first,
                provider: &mut plan.provider,
                state: &mut plan.state,
                rival: &mut plan.rival,
                link: &mut plan.link,
                owner: &mut plan.owner,
                region: &mut plan.region,
                sorted: &mut plan.sorted,
                cycle: &mut plan.cycle,
                order: &mut plan.order,
            },
            keys: &mut keys,
            winners: &mut winners,
            stack: &mut stack,
            cursor: &mut cursor,
            previous: &mut previous,
        };
        let verdict = analyse(nodes, &mut tables);
        plan.ordered = verdict.ordered;
        plan.sound = verdict.sound;
        plan
    }

    /// The plan beside its nodes.
    #[must_use]
    pub const fn graph<'a>(&'a self, nodes: &'a [Node; N]) -> Graph<'a> {
        Graph {
            nodes,
            first: &self.first,
            provider: &self.provider,
            state: &self.state,
            rival: &self.rival,
            link: &self.link,
            owner: &self.owner,
            region: &self.region,
            sorted: &self.sorted,
            cycle: &self.cycle,
            order: self.order.as_slice().split_at(self.ordered).0,
            sound: self.sound,
        }
    }
}

/// Nodes and what is known about them: what reports are written from and backends started from.
#[derive(Clone, Copy, Debug)]
pub struct Graph<'a> {
    /// The nodes.
    pub nodes: &'a [Node],
    /// See [`Plan::first`].
    pub first: &'a [u32],
    /// See [`Plan::provider`].
    pub provider: &'a [u32],
    /// See [`Plan::state`].
    pub state: &'a [u8],
    /// See [`Plan::rival`].
    pub rival: &'a [u32],
    /// See [`Plan::link`].
    pub link: &'a [u32],
    /// See [`Plan::owner`].
    pub owner: &'a [u32],
    /// See [`Plan::region`].
    pub region: &'a [u32],
    /// See [`Plan::sorted`].
    pub sorted: &'a [u32],
    /// See [`Plan::cycle`].
    pub cycle: &'a [u32],
    /// The reached nodes, each after all that it waits for.
    pub order: &'a [u32],
    /// Whether nothing is wrong.
    pub sound: bool,
}

impl<'a> Graph<'a> {
    /// Whether something that runs needs the node.
    #[must_use]
    pub const fn is_reached(&self, node: usize) -> bool {
        self.state[node] & REACHED != 0
    }

    /// Whether the node provides its service or wraps it, or is the plugin or module of its id.
    #[must_use]
    pub const fn is_selected(&self, node: usize) -> bool {
        self.state[node] & SELECTED != 0
    }

    /// Whether the node runs even if nothing needs it.
    #[must_use]
    pub const fn runs_in_any_case(&self, node: usize) -> bool {
        self.state[node] & ALWAYS != 0
    }

    /// The nodes that provide a node's dependencies, in the order of its parameters: [`NONE`] where there
    /// is none, the first factory of a multiton.
    #[must_use]
    pub const fn providers(&self, node: usize) -> &'a [u32] {
        let from = self.first[node] as usize;
        let rest = self.provider.split_at(from).1;
        rest.split_at(self.nodes[node].meta.dependencies.len()).0
    }

    /// What a decorator wraps; for a factory of a multiton, the next one in listed order.
    #[must_use]
    pub const fn link(&self, node: usize) -> Option<usize> {
        as_node(self.link[node])
    }

    /// The plugin of a module.
    #[must_use]
    pub const fn owner(&self, module: usize) -> Option<usize> {
        as_node(self.owner[module])
    }

    /// All nodes that provide a dependency: several for a multiton.
    pub fn sources(&self, node: usize, dependency: usize) -> impl Iterator<Item = usize> + use<'a> {
        let view = self.view();
        let nodes = self.nodes;
        let first = as_node(self.providers(node)[dependency]);
        std::iter::successors(first, move |&node| as_node(view.sibling(nodes, node)))
    }

    pub(crate) const fn view(&self) -> View<'a> {
        View {
            first: self.first,
            provider: self.provider,
            state: self.state,
            rival: self.rival,
            link: self.link,
            owner: self.owner,
            region: self.region,
            sorted: self.sorted,
        }
    }
}

const fn as_node(cell: u32) -> Option<usize> {
    match cell {
        NONE => None,
        node => Some(node as usize),
    }
}

/// The columns that the analysis fills and a plan keeps.
pub(crate) struct Columns<'a> {
    pub(crate) first: &'a mut [u32],
    pub(crate) provider: &'a mut [u32],
    pub(crate) state: &'a mut [u8],
    pub(crate) rival: &'a mut [u32],
    pub(crate) link: &'a mut [u32],
    pub(crate) owner: &'a mut [u32],
    pub(crate) region: &'a mut [u32],
    pub(crate) sorted: &'a mut [u32],
    pub(crate) cycle: &'a mut [u32],
    pub(crate) order: &'a mut [u32],
}

impl Columns<'_> {
    pub(crate) const fn view(&self) -> View<'_> {
        View {
            first: self.first,
            provider: self.provider,
            state: self.state,
            rival: self.rival,
            link: self.link,
            owner: self.owner,
            region: self.region,
            sorted: self.sorted,
        }
    }
}

/// The columns that say what a node waits for and whether that is right.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) first: &'a [u32],
    pub(crate) provider: &'a [u32],
    pub(crate) state: &'a [u8],
    pub(crate) rival: &'a [u32],
    pub(crate) link: &'a [u32],
    pub(crate) owner: &'a [u32],
    pub(crate) region: &'a [u32],
    pub(crate) sorted: &'a [u32],
}

impl View<'_> {
    /// The next factory of a multiton, in listed order.
    pub(crate) const fn sibling(&self, nodes: &[Node], node: usize) -> u32 {
        match nodes[node].meta.kind {
            Kind::Factory => self.link[node],
            _ => NONE,
        }
    }
}

/// The columns and what the analysis needs besides while it works: one cell for each node.
pub(crate) struct Tables<'a> {
    pub(crate) columns: Columns<'a>,
    /// The keys of the provided services, ascending.
    pub(crate) keys: &'a mut [u64],
    /// What dependants of the service of the same position in `keys` get: its provider or outermost
    /// decorator, or the first factory of a multiton.
    pub(crate) winners: &'a mut [u32],
    pub(crate) stack: &'a mut [u32],
    pub(crate) cursor: &'a mut [Cursor],
    pub(crate) previous: &'a mut [u32],
}
