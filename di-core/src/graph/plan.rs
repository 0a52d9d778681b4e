//! The outcome of the analysis: columns of numbers beside the nodes, in arrays or in vectors.

use super::analysis::{NONE, analyse};
use super::node::Node;

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
    /// The node that stands in each node's way: another factory or plugin of the same id.
    pub rival: [u32; N],
    /// The next node of the cycle that a node is a part of.
    pub cycle: [u32; N],
    /// The reached nodes, each after all that it depends on.
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
            cycle: [NONE; N],
            order: [NONE; N],
            ordered: 0,
            sound: true,
        };
        let mut sorted = [0; N];
        let mut keys = [0; N];
        let mut winners = [NONE; N];
        let mut stack = [0; N];
        let mut cursor = [0; N];
        let mut tables = Tables {
            columns: Columns {
                first: &mut plan.first,
                provider: &mut plan.provider,
                state: &mut plan.state,
                rival: &mut plan.rival,
                cycle: &mut plan.cycle,
                order: &mut plan.order,
            },
            sorted: &mut sorted,
            keys: &mut keys,
            winners: &mut winners,
            stack: &mut stack,
            cursor: &mut cursor,
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
    /// See [`Plan::cycle`].
    pub cycle: &'a [u32],
    /// The reached nodes, each after all that it depends on.
    pub order: &'a [u32],
    /// Whether nothing is wrong.
    pub sound: bool,
}

impl<'a> Graph<'a> {
    /// Whether something that runs needs the node.
    #[must_use]
    pub const fn is_reached(&self, node: usize) -> bool {
        self.state[node] & super::REACHED != 0
    }

    /// Whether the node is the one that provides its service.
    #[must_use]
    pub const fn is_selected(&self, node: usize) -> bool {
        self.state[node] & super::SELECTED != 0
    }

    /// The nodes that provide a node's dependencies, in the order of its parameters.
    #[must_use]
    pub const fn providers(&self, node: usize) -> &'a [u32] {
        let from = self.first[node] as usize;
        let rest = self.provider.split_at(from).1;
        rest.split_at(self.nodes[node].meta.dependencies.len()).0
    }
}

/// The columns that the analysis fills and a plan keeps.
pub(crate) struct Columns<'a> {
    pub(crate) first: &'a mut [u32],
    pub(crate) provider: &'a mut [u32],
    pub(crate) state: &'a mut [u8],
    pub(crate) rival: &'a mut [u32],
    pub(crate) cycle: &'a mut [u32],
    pub(crate) order: &'a mut [u32],
}

/// The columns and what the analysis needs besides while it works: one cell for each node.
pub(crate) struct Tables<'a> {
    pub(crate) columns: Columns<'a>,
    /// The nodes by kind and key.
    pub(crate) sorted: &'a mut [u32],
    /// The keys of the provided services, ascending.
    pub(crate) keys: &'a mut [u64],
    /// The node that provides the service of the same position in `keys`.
    pub(crate) winners: &'a mut [u32],
    pub(crate) stack: &'a mut [u32],
    pub(crate) cursor: &'a mut [u32],
}
