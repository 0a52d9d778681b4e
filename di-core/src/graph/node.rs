//! From nested lists to a flat row of nodes, each of which remembers the entry it came by.

use crate::builtin;
use crate::feature::{Entry, FeatureMeta, Listing, Precedence, Run};
use crate::place::Place;

/// A feature in its place in a backend.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// The feature's description.
    pub meta: &'static FeatureMeta,
    /// What runs it; none for what the container itself provides and for what nobody reaches.
    pub run: Option<Run>,
    /// The position of the entry of `backend!` that brought it; [`Node::OWN`] for the container's own.
    pub entry: u32,
    /// Whether it gives way to an explicit entry.
    pub precedence: Precedence,
    /// The entry that names it, as written.
    pub spelled: &'static str,
    /// Where that entry stands.
    pub listed: Place,
    /// The lists that it came through, outermost first; empty for an entry of `backend!` itself.
    pub chain: Chain,
}

impl Node {
    /// The entry of what is in every backend.
    pub const OWN: u32 = u32::MAX;

    /// A node to be overwritten.
    pub(crate) const BLANK: Node = Node::own(builtin::ALL[0]);

    const fn own(meta: &'static FeatureMeta) -> Self {
        Self {
            meta,
            run: None,
            entry: Self::OWN,
            precedence: Precedence::Explicit,
            spelled: meta.id,
            listed: meta.place,
            chain: Chain::EMPTY,
        }
    }
}

/// The names of the lists around an entry. Deeper nesting than it holds drops the innermost names.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    names: [&'static str; Chain::DEPTH],
    length: usize,
}

impl Chain {
    const DEPTH: usize = 4;
    const EMPTY: Chain = Chain {
        names: [""; Self::DEPTH],
        length: 0,
    };

    const fn within(mut self, name: &'static str) -> Self {
        if self.length < Self::DEPTH {
            self.names[self.length] = name;
            self.length += 1;
        }
        self
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    pub(crate) const fn name(&self, at: usize) -> &'static str {
        self.names[at]
    }
}

/// How many nodes the entries of a backend come to.
#[must_use]
pub const fn count(entries: &[Entry]) -> usize {
    builtin::ALL.len() + count_listed(entries)
}

const fn count_listed(entries: &[Entry]) -> usize {
    let mut total = 0;
    let mut at = 0;
    while at < entries.len() {
        total += match &entries[at].listing {
            Listing::Feature(_) => 1,
            Listing::Set(set) => count_listed(set.entries),
        };
        at += 1;
    }
    total
}

/// The nodes of a backend: the container's own, then those of each entry in turn.
#[must_use]
pub const fn flatten<const N: usize>(entries: &[Entry]) -> [Node; N] {
    let mut nodes = [Node::BLANK; N];
    fill(&mut nodes, entries);
    nodes
}

/// Writes the nodes into `nodes`, which has room for [`count`] of them.
pub(crate) const fn fill(nodes: &mut [Node], entries: &[Entry]) {
    let mut at = 0;
    while at < builtin::ALL.len() {
        nodes[at] = Node::own(builtin::ALL[at]);
        at += 1;
    }
    let mut entry = 0;
    while entry < entries.len() {
        at = fill_entry(
            nodes,
            at,
            &entries[entry],
            entries[entry].position,
            Precedence::Explicit,
            Chain::EMPTY,
        );
        entry += 1;
    }
}

const fn fill_entry(
    nodes: &mut [Node],
    mut at: usize,
    entry: &Entry,
    position: u32,
    precedence: Precedence,
    chain: Chain,
) -> usize {
    match &entry.listing {
        Listing::Feature(feature) => {
            nodes[at] = Node {
                meta: feature.meta,
                run: Some(feature.run),
                entry: position,
                precedence,
                spelled: entry.spelled,
                listed: entry.place,
                chain,
            };
            at + 1
        }
        Listing::Set(set) => {
            // A list inside an overridable list is overridable, whatever it says of itself.
            let precedence = match precedence {
                Precedence::Overridable => Precedence::Overridable,
                Precedence::Explicit => set.precedence,
            };
            let mut inner = 0;
            while inner < set.entries.len() {
                at = fill_entry(
                    nodes,
                    at,
                    &set.entries[inner],
                    position,
                    precedence,
                    chain.within(set.name),
                );
                inner += 1;
            }
            at
        }
    }
}

/// The nodes with the functions of those alone that are reached: what a program keeps, so that the
/// linker can drop a default that nobody needs.
#[must_use]
pub const fn prune<const N: usize>(nodes: &[Node; N], state: &[u8; N]) -> [Node; N] {
    let mut kept = *nodes;
    let mut at = 0;
    while at < N {
        if state[at] & super::state::REACHED == 0 {
            kept[at].run = None;
        }
        at += 1;
    }
    kept
}
