//! What waits for what, what is reached, in which order, and which nodes wait for each other.
//!
//! Services wait for services, modules for modules of their plugin, plugins for both. One function says
//! what a node waits for; the order, the cycles of services and the cycles of modules all come from it.

use super::node::Node;
use super::plan::{Tables, View};
use super::points::{offers_any, writes_to_what_is_offered};
use super::state::{ALWAYS, CLOSED, HEAD, NONE, OPEN, REACHED, SELECTED};
use crate::feature::{Kind, Precedence};

/// How far one node's successors have been looked at.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    /// The dependency or, beyond those, the module.
    at: u32,
    /// The factory of a multiton that is next, within a dependency.
    sibling: u32,
}

impl Cursor {
    pub(crate) const START: Self = Self {
        at: 0,
        sibling: NONE,
    };
}

/// The next node that a node waits for, or [`NONE`] after the last: the providers of its dependencies, all
/// of them for a multiton, then modules. A plugin waits for all of its modules, a module for those that
/// write to a point that it offers.
pub(crate) const fn successor(
    nodes: &[Node],
    view: &View<'_>,
    node: usize,
    cursor: &mut Cursor,
) -> u32 {
    let dependencies = nodes[node].meta.dependencies.len();
    while (cursor.at as usize) < dependencies {
        let provider = if cursor.sibling == NONE {
            view.provider[view.first[node] as usize + cursor.at as usize]
        } else {
            cursor.sibling
        };
        cursor.sibling = if provider == NONE {
            NONE
        } else {
            view.sibling(nodes, provider as usize)
        };
        if cursor.sibling == NONE {
            cursor.at += 1;
        }
        if provider != NONE {
            return provider;
        }
    }
    let plugin = match nodes[node].meta.kind {
        Kind::Plugin => node as u32,
        Kind::Module if offers_any(&nodes[node]) => view.owner[node],
        _ => NONE,
    };
    if plugin == NONE || view.region[plugin as usize] == NONE {
        return NONE;
    }
    loop {
        let at = view.region[plugin as usize] as usize + cursor.at as usize - dependencies;
        if at >= nodes.len() || view.owner[view.sorted[at] as usize] != plugin {
            return NONE;
        }
        cursor.at += 1;
        let module = view.sorted[at];
        let waits = match nodes[node].meta.kind {
            // One that writes to a point of its own has made another mistake than to wait.
            Kind::Module => {
                module as usize != node
                    && writes_to_what_is_offered(&nodes[module as usize], &nodes[node])
            }
            _ => true,
        };
        if waits && view.state[module as usize] & SELECTED != 0 {
            return module;
        }
    }
}

/// What the walk came to.
pub(crate) struct Walk {
    pub(crate) ordered: usize,
    pub(crate) cyclic: bool,
}

/// Depth first from all that runs in any case: marks what is reached and writes down the order. Modules
/// come by their plugin, so that their order is theirs and not that of the entries.
pub(crate) const fn walk(nodes: &[Node], tables: &mut Tables<'_>) -> Walk {
    let mut walk = Walk {
        ordered: 0,
        cyclic: false,
    };
    let mut root = 0;
    while root < nodes.len() {
        let begins = ALWAYS | SELECTED;
        let is_root = tables.columns.state[root] & begins == begins;
        if is_root && tables.columns.owner[root] == NONE {
            walk_from(nodes, tables, root, &mut walk);
        }
        root += 1;
    }
    walk
}

const fn walk_from(nodes: &[Node], tables: &mut Tables<'_>, root: usize, walk: &mut Walk) {
    if tables.columns.state[root] & CLOSED != 0 {
        return;
    }
    let mut depth = 0;
    tables.stack[0] = root as u32;
    tables.cursor[0] = Cursor::START;
    tables.columns.state[root] |= REACHED | OPEN;
    loop {
        let node = tables.stack[depth] as usize;
        let mut cursor = tables.cursor[depth];
        let next = successor(nodes, &tables.columns.view(), node, &mut cursor);
        tables.cursor[depth] = cursor;
        if next == NONE {
            tables.columns.state[node] = (tables.columns.state[node] & !OPEN) | CLOSED;
            tables.columns.order[walk.ordered] = node as u32;
            walk.ordered += 1;
            if depth == 0 {
                return;
            }
            depth -= 1;
        } else if tables.columns.state[next as usize] & OPEN != 0 {
            walk.cyclic = true;
        } else if tables.columns.state[next as usize] & CLOSED == 0 {
            tables.columns.state[next as usize] |= REACHED | OPEN;
            depth += 1;
            tables.stack[depth] = next;
            tables.cursor[depth] = Cursor::START;
        }
    }
}

/// Finds a shortest cycle through each node that has one and is in none that was found before, going by
/// key and not by position, and marks where it is reported: at an explicit entry if it has one.
pub(crate) const fn mark_cycles(nodes: &[Node], tables: &mut Tables<'_>) {
    let mut at = 0;
    while at < nodes.len() {
        let start = tables.columns.sorted[at] as usize;
        let in_none = tables.columns.cycle[start] == NONE;
        if in_none && tables.columns.state[start] & REACHED != 0 {
            let last = shortest_way_back(nodes, tables, start);
            if last != NONE {
                mark_cycle(nodes, tables, start, last);
            }
        }
        at += 1;
    }
}

/// Breadth first from `start` to the node that depends on it, leaving each node's predecessor in
/// `previous`; nodes of other cycles are passed over.
const fn shortest_way_back(nodes: &[Node], tables: &mut Tables<'_>, start: usize) -> u32 {
    let mut node = 0;
    while node < nodes.len() {
        tables.previous[node] = NONE;
        node += 1;
    }
    let mut head = 0;
    let mut tail = 1;
    tables.stack[0] = start as u32;
    while head < tail {
        let node = tables.stack[head] as usize;
        head += 1;
        let mut cursor = Cursor::START;
        loop {
            let next = successor(nodes, &tables.columns.view(), node, &mut cursor);
            if next == NONE {
                break;
            }
            if next as usize == start {
                return node as u32;
            }
            let unseen = tables.previous[next as usize] == NONE;
            if unseen && tables.columns.cycle[next as usize] == NONE {
                tables.previous[next as usize] = node as u32;
                tables.stack[tail] = next;
                tail += 1;
            }
        }
    }
    NONE
}

const fn mark_cycle(nodes: &[Node], tables: &mut Tables<'_>, start: usize, last: u32) {
    let mut next = start as u32;
    let mut node = last;
    let mut head = start;
    loop {
        tables.columns.cycle[node as usize] = next;
        let default = matches!(nodes[head].precedence, Precedence::Overridable);
        if default && matches!(nodes[node as usize].precedence, Precedence::Explicit) {
            head = node as usize;
        }
        if node as usize == start {
            break;
        }
        next = node;
        node = tables.previous[node as usize];
    }
    tables.columns.state[head] |= HEAD;
}
