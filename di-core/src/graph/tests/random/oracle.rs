//! What should be told of a backend, worked out in another way than the check does: with sets and maps,
//! from the rules of the documentation, and with petgraph for everything that waits. It shares no code
//! with the check.
//!
//! A mistake is known by its code and the lines that its report names.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;

use super::case::Case;
use super::listing::Seat;
use super::model::Model;
use super::universe::Universe;
use crate::graph::NONE;

/// A mistake, under an entry of `backend!`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) position: u32,
    pub(super) code: String,
    pub(super) lines: Vec<u32>,
}

pub(super) struct Oracle {
    pub(super) reached: Vec<usize>,
    /// All mistakes but cycles, sorted.
    pub(super) findings: Vec<Finding>,
    /// The sets of nodes that wait for each other.
    pub(super) knots: Vec<BTreeSet<usize>>,
    /// An arrow from what waits to what it waits for.
    waits: DiGraph<(), ()>,
}

impl Oracle {
    pub(super) fn of(universe: &Universe, case: &Case, seats: &[Seat]) -> Self {
        let mut model = Model::of(universe, case, seats);
        model.select_services();
        model.select_inits();
        let waits = model.waits();
        let reached = reach(&waits, &model.roots());
        model.judge(&reached);
        let mut findings = model.findings;
        findings.sort();
        let knots = knots(&waits, &reached);
        Self {
            reached: reached.into_iter().collect(),
            findings,
            knots,
            waits,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.knots.is_empty()
    }

    pub(super) fn waits(&self, node: usize, on: usize) -> bool {
        self.waits
            .contains_edge(NodeIndex::new(node), NodeIndex::new(on))
    }

    /// Whether each node of the order stands after all that it waits for.
    pub(super) fn follows(&self, order: &[usize]) -> Result<(), String> {
        let places: BTreeMap<usize, usize> = order.iter().copied().zip(0..).collect();
        for (&node, place) in &places {
            for on in self.waits.neighbors(NodeIndex::new(node)) {
                if places.get(&on.index()).is_none_or(|before| before >= place) {
                    return Err(format!("{node} starts before {} in {order:?}", on.index()));
                }
            }
        }
        Ok(())
    }
}

fn reach(waits: &DiGraph<(), ()>, roots: &[usize]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut search = Dfs::empty(waits);
    for &root in roots {
        search.move_to(NodeIndex::new(root));
        while let Some(node) = search.next(waits) {
            reached.insert(node.index());
        }
    }
    reached
}

fn knots(waits: &DiGraph<(), ()>, reached: &BTreeSet<usize>) -> Vec<BTreeSet<usize>> {
    let knots = tarjan_scc(waits).into_iter().filter(|component| {
        let first = component[0];
        reached.contains(&first.index())
            && (component.len() > 1 || waits.contains_edge(first, first))
    });
    knots
        .map(|component| component.into_iter().map(NodeIndex::index).collect())
        .collect()
}

/// The nodes of a cycle that a column of the check describes, from one of them on.
pub(super) fn steps(cycle: &[u32], head: usize) -> Vec<usize> {
    let mut steps = vec![head];
    let mut next = cycle[head];
    while next != NONE && next as usize != head && steps.len() <= cycle.len() {
        steps.push(next as usize);
        next = cycle[next as usize];
    }
    steps
}
