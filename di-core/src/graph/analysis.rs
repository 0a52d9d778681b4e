//! The analysis: who provides what, what is reached, in which order, and whether anything is wrong.
//!
//! The compiler counts every loop turn and call of a constant, so nothing here is quadratic in the size of
//! a backend: services are found by a binary search over sorted hashes, and the search for the shortest
//! cycle runs only once it is known that there is one. No verdict depends on the order of the entries;
//! only which of two rivals is called the first one does.

use super::node::Node;
use super::plan::Tables;
use super::rules::hold;
use super::select::{assign, resolve, select};
use super::sort::sort;
use super::walk::{mark_cycles, walk};

/// What is known of the graph as a whole.
pub(crate) struct Verdict {
    /// How many nodes are in the order.
    pub(crate) ordered: usize,
    /// Whether nothing is wrong.
    pub(crate) sound: bool,
}

/// Fills the columns.
pub(crate) const fn analyse(nodes: &[Node], tables: &mut Tables<'_>) -> Verdict {
    sort(nodes, tables.columns.sorted);
    let selection = select(nodes, tables);
    resolve(nodes, tables, selection.services);
    assign(nodes, tables);
    let walk = walk(nodes, tables);
    if walk.cyclic {
        mark_cycles(nodes, tables);
    }
    Verdict {
        ordered: walk.ordered,
        sound: !selection.rivals && !walk.cyclic && hold(nodes, &tables.columns.view()),
    }
}
