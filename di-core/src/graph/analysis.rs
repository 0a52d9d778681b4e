//! Who provides what, what is reached, in which order, and what is wrong: one pass over the nodes.
//!
//! The compiler counts every loop turn and call of a constant, so nothing here is quadratic: services
//! are found by a binary search over sorted hashes, and the search for the shortest cycle runs only once
//! it is known that there is one. No verdict depends on the order of the entries; only which of two
//! rivals is called the first one does.

use super::node::Node;
use super::plan::Tables;
use crate::feature::{Initialization, Kind, Precedence};
use crate::inject::{Audience, Need};
use crate::service::Scope;

/// No node.
pub const NONE: u32 = u32::MAX;

/// The node provides its service, or is the plugin of its id.
pub(crate) const SELECTED: u8 = 1;
/// Something that runs needs the node.
pub(crate) const REACHED: u8 = 2;
/// The node is the one at which its cycle is reported.
pub(crate) const HEAD: u8 = 4;
const OPEN: u8 = 8;
const CLOSED: u8 = 16;

pub(crate) struct Verdict {
    pub(crate) ordered: usize,
    pub(crate) sound: bool,
}

pub(crate) const fn analyse(nodes: &[Node], tables: &mut Tables<'_>) -> Verdict {
    sort(nodes, tables.sorted);
    let (services, rivals) = select(nodes, tables);
    resolve(nodes, tables, services);
    let walk = walk(nodes, tables);
    if walk.cyclic {
        mark_cycles(nodes, tables);
    }
    let sound = !rivals && !walk.cyclic && edges_hold(nodes, tables);
    Verdict {
        ordered: walk.ordered,
        sound,
    }
}

/// Providers first, then plugins; among those by key, so that rivals are neighbours.
const fn before(nodes: &[Node], left: u32, right: u32) -> bool {
    let (left_kind, left_key) = sort_key(&nodes[left as usize]);
    let (right_kind, right_key) = sort_key(&nodes[right as usize]);
    if left_kind != right_kind {
        return left_kind < right_kind;
    }
    if left_key != right_key {
        return left_key < right_key;
    }
    left < right
}

const fn sort_key(node: &Node) -> (u8, u64) {
    match node.meta.provides {
        Some(service) => (0, service.key),
        None => (1, node.meta.key),
    }
}

/// Heap sort: in place, and n log n whatever the input.
const fn sort(nodes: &[Node], sorted: &mut [u32]) {
    let mut at = 0;
    while at < sorted.len() {
        sorted[at] = at as u32;
        at += 1;
    }
    let mut root = sorted.len() / 2;
    while root > 0 {
        root -= 1;
        sift(nodes, sorted, root, sorted.len());
    }
    let mut end = sorted.len();
    while end > 1 {
        end -= 1;
        sorted.swap(0, end);
        sift(nodes, sorted, 0, end);
    }
}

const fn sift(nodes: &[Node], heap: &mut [u32], mut root: usize, end: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= end {
            return;
        }
        if child + 1 < end && before(nodes, heap[child], heap[child + 1]) {
            child += 1;
        }
        if !before(nodes, heap[root], heap[child]) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

/// Decides who provides each service and who is the plugin of each id. Gives how many services there
/// are, and whether anything stands in another's way.
const fn select(nodes: &[Node], tables: &mut Tables<'_>) -> (usize, bool) {
    let mut services = 0;
    let mut rivals = false;
    let mut from = 0;
    while from < nodes.len() {
        let (kind, key) = sort_key(&nodes[tables.sorted[from] as usize]);
        let mut to = from + 1;
        let mut winner = tables.sorted[from];
        while to < nodes.len() {
            let (next_kind, next_key) = sort_key(&nodes[tables.sorted[to] as usize]);
            if next_kind != kind || next_key != key {
                break;
            }
            if yields(&nodes[winner as usize], &nodes[tables.sorted[to] as usize]) {
                winner = tables.sorted[to];
            }
            to += 1;
        }
        tables.columns.state[winner as usize] |= SELECTED;
        let mut at = from;
        while at < to {
            let other = tables.sorted[at];
            if other != winner && clash(&nodes[winner as usize], &nodes[other as usize]) {
                tables.columns.rival[other as usize] = winner;
                rivals = true;
            }
            at += 1;
        }
        if kind == 0 {
            tables.keys[services] = key;
            tables.winners[services] = winner;
            services += 1;
        }
        from = to;
    }
    (services, rivals)
}

/// An explicit factory replaces a default, unless the service is sealed: then the default stays, and the
/// explicit one is the mistake. The container's own services come first and are explicit, so they never
/// yield.
const fn yields(winner: &Node, other: &Node) -> bool {
    match (winner.precedence, other.precedence) {
        (Precedence::Overridable, Precedence::Explicit) => !is_sealed(winner),
        (Precedence::Explicit, Precedence::Overridable) => {
            is_sealed(other) && !matches!(winner.meta.kind, Kind::BuiltIn)
        }
        (Precedence::Explicit, Precedence::Explicit)
        | (Precedence::Overridable, Precedence::Overridable) => false,
    }
}

const fn clash(winner: &Node, other: &Node) -> bool {
    match (winner.precedence, other.precedence) {
        (Precedence::Explicit, Precedence::Explicit) => true,
        // A default that an explicit factory replaces; but plugins replace nothing.
        (Precedence::Explicit, Precedence::Overridable) => {
            other.meta.provides.is_none() || matches!(winner.meta.kind, Kind::BuiltIn)
        }
        // Only a sealed default, or a plugin, wins over something explicit.
        (Precedence::Overridable, Precedence::Explicit) => true,
        // Two lists may share a default; two defaults may not share a service.
        (Precedence::Overridable, Precedence::Overridable) => {
            other.meta.provides.is_none() || !winner.meta.is(other.meta)
        }
    }
}

const fn is_sealed(node: &Node) -> bool {
    match node.meta.provides {
        Some(service) => service.sealed,
        None => false,
    }
}

/// Finds the provider of every dependency. That there is none is a mistake only for what is reached.
const fn resolve(nodes: &[Node], tables: &mut Tables<'_>, services: usize) {
    let mut cell = 0;
    let mut node = 0;
    while node < nodes.len() {
        tables.columns.first[node] = cell as u32;
        let dependencies = nodes[node].meta.dependencies;
        let mut at = 0;
        while at < dependencies.len() {
            let key = dependencies[at].need().service().key;
            let mut low = 0;
            let mut high = services;
            while low < high {
                let middle = usize::midpoint(low, high);
                if tables.keys[middle] < key {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            if low < services && tables.keys[low] == key {
                tables.columns.provider[cell] = tables.winners[low];
            }
            cell += 1;
            at += 1;
        }
        node += 1;
    }
}

struct Walk {
    ordered: usize,
    cyclic: bool,
}

/// Depth first from all that runs in any case: marks what is reached and writes down the order.
const fn walk(nodes: &[Node], tables: &mut Tables<'_>) -> Walk {
    let mut ordered = 0;
    let mut cyclic = false;
    let mut root = 0;
    while root < nodes.len() {
        let state = tables.columns.state[root];
        if state & SELECTED == 0 || state & CLOSED != 0 || !runs_in_any_case(&nodes[root]) {
            root += 1;
            continue;
        }
        let mut depth = 0;
        tables.stack[0] = root as u32;
        tables.cursor[0] = 0;
        tables.columns.state[root] |= REACHED | OPEN;
        loop {
            let node = tables.stack[depth] as usize;
            let next = tables.cursor[depth] as usize;
            if next == nodes[node].meta.dependencies.len() {
                tables.columns.state[node] = (tables.columns.state[node] & !OPEN) | CLOSED;
                tables.columns.order[ordered] = node as u32;
                ordered += 1;
                if depth == 0 {
                    break;
                }
                depth -= 1;
                continue;
            }
            tables.cursor[depth] += 1;
            let provider = tables.columns.provider[tables.columns.first[node] as usize + next];
            if provider == NONE {
                continue;
            }
            let provider = provider as usize;
            if tables.columns.state[provider] & OPEN != 0 {
                cyclic = true;
            } else if tables.columns.state[provider] & CLOSED == 0 {
                tables.columns.state[provider] |= REACHED | OPEN;
                depth += 1;
                tables.stack[depth] = provider as u32;
                tables.cursor[depth] = 0;
            }
        }
        root += 1;
    }
    Walk { ordered, cyclic }
}

const fn runs_in_any_case(node: &Node) -> bool {
    match node.meta.kind {
        Kind::Plugin | Kind::BuiltIn => true,
        Kind::Factory => matches!(node.meta.initialization, Initialization::Eager),
    }
}

/// Whether every dependency of what is reached is there, is the declaration that was meant, and has a
/// scope that its dependant can hold.
const fn edges_hold(nodes: &[Node], tables: &Tables<'_>) -> bool {
    let mut node = 0;
    while node < nodes.len() {
        if tables.columns.state[node] & REACHED != 0 {
            let first = tables.columns.first[node] as usize;
            let mut at = 0;
            while at < nodes[node].meta.dependencies.len() {
                let provider = tables.columns.provider[first + at];
                if !edge_holds(nodes, node, at, provider) {
                    return false;
                }
                at += 1;
            }
        }
        node += 1;
    }
    true
}

const fn edge_holds(nodes: &[Node], node: usize, at: usize, provider: u32) -> bool {
    let need = nodes[node].meta.dependencies[at].need();
    !is_missing(need, provider)
        && !is_other_declaration(nodes, need, provider)
        && !is_too_narrow(&nodes[node], need)
        && !is_settings_at_root(&nodes[node], need)
}

/// GR0001.
pub(crate) const fn is_missing(need: &Need, provider: u32) -> bool {
    provider == NONE && !matches!(need, Need::Optional(_))
}

/// GR0013.
pub(crate) const fn is_other_declaration(nodes: &[Node], need: &Need, provider: u32) -> bool {
    if provider == NONE {
        return false;
    }
    match nodes[provider as usize].meta.provides {
        Some(provided) => !need.service().is(provided),
        None => false,
    }
}

/// GR0004: a root service that depends on one of which there are many.
pub(crate) const fn is_too_narrow(node: &Node, need: &Need) -> bool {
    is_root_factory(node) && matches!(need.service().scope, Scope::Plugin)
}

/// GR0014: a root service has no plugin whose settings it could take.
pub(crate) const fn is_settings_at_root(node: &Node, need: &Need) -> bool {
    match need {
        Need::Derived(derivation) => {
            is_root_factory(node) && matches!(derivation.audience, Audience::Plugin)
        }
        Need::Required(_) | Need::Optional(_) => false,
    }
}

const fn is_root_factory(node: &Node) -> bool {
    match node.meta.provides {
        Some(service) => matches!(service.scope, Scope::Root),
        None => false,
    }
}

/// Finds a shortest cycle through each node that has one and is in none that was found before, going by
/// key and not by position, and marks where it is reported: at an explicit entry if it has one.
const fn mark_cycles(nodes: &[Node], tables: &mut Tables<'_>) {
    let mut at = 0;
    while at < nodes.len() {
        let start = tables.sorted[at] as usize;
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
/// `cursor`; nodes of other cycles are passed over.
const fn shortest_way_back(nodes: &[Node], tables: &mut Tables<'_>, start: usize) -> u32 {
    let mut node = 0;
    while node < nodes.len() {
        tables.cursor[node] = NONE;
        node += 1;
    }
    let mut head = 0;
    let mut tail = 1;
    tables.stack[0] = start as u32;
    while head < tail {
        let node = tables.stack[head] as usize;
        head += 1;
        let first = tables.columns.first[node] as usize;
        let mut at = 0;
        while at < nodes[node].meta.dependencies.len() {
            let provider = tables.columns.provider[first + at];
            at += 1;
            if provider == NONE {
                continue;
            }
            if provider as usize == start {
                return node as u32;
            }
            let unseen = tables.cursor[provider as usize] == NONE;
            if unseen && tables.columns.cycle[provider as usize] == NONE {
                tables.cursor[provider as usize] = node as u32;
                tables.stack[tail] = provider;
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
        node = tables.cursor[node as usize];
    }
    tables.columns.state[head] |= HEAD;
}
