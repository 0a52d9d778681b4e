//! Who provides each service, who wraps it, who is the plugin or module of each id, and who stands in
//! whose way.

use super::node::Node;
use super::plan::Tables;
use super::sort::{MODULES, PLUGINS, PROVIDERS, group, is_rival};
use super::state::{ALWAYS, NONE, SELECTED};
use crate::feature::{Initialization, Kind, Precedence};

/// What the selection came to.
pub(crate) struct Selection {
    /// How many services are provided.
    pub(crate) services: usize,
    /// Whether anything stands in another's way.
    pub(crate) rivals: bool,
}

/// Decides who provides each service and who is the plugin or module of each id.
pub(crate) const fn select(nodes: &[Node], tables: &mut Tables<'_>) -> Selection {
    let mut selection = Selection {
        services: 0,
        rivals: false,
    };
    let mut from = 0;
    while from < nodes.len() {
        let first = tables.columns.sorted[from];
        let mut to = from + 1;
        while to < nodes.len() {
            let next = tables.columns.sorted[to];
            if !is_rival(&nodes[first as usize], &nodes[next as usize]) {
                break;
            }
            to += 1;
        }
        select_one(nodes, tables, from, to, &mut selection);
        from = to;
    }
    selection
}

const fn select_one(
    nodes: &[Node],
    tables: &mut Tables<'_>,
    from: usize,
    to: usize,
    selection: &mut Selection,
) {
    let mut factories = from;
    let mut multiton = false;
    while factories < to {
        let node = &nodes[tables.columns.sorted[factories] as usize];
        if matches!(node.meta.kind, Kind::Decorator) {
            break;
        }
        if let Some(service) = node.meta.provides {
            multiton |= service.multiton;
        }
        factories += 1;
    }
    let provider = if from == factories {
        NONE
    } else if multiton {
        select_many(nodes, tables, from, factories, selection)
    } else {
        select_winner(nodes, tables, from, factories, selection)
    };
    // A multiton has no one thing inside that could be wrapped.
    let core = if multiton { NONE } else { provider };
    let outermost = wrap(nodes, tables, factories, to, core, selection);
    if provider == NONE {
        return;
    }
    if let (PROVIDERS, key) = group(&nodes[provider as usize]) {
        tables.keys[selection.services] = key;
        tables.winners[selection.services] = if multiton { provider } else { outermost };
        selection.services += 1;
    }
}

/// Takes one of the rivals.
const fn select_winner(
    nodes: &[Node],
    tables: &mut Tables<'_>,
    from: usize,
    to: usize,
    selection: &mut Selection,
) -> u32 {
    let prevailing = prevailing(nodes, tables.columns.sorted, from, to);
    let mut winner = tables.columns.sorted[from];
    let mut at = from + 1;
    while at < to {
        let other = tables.columns.sorted[at];
        if yields(&nodes[winner as usize], &nodes[other as usize], prevailing) {
            winner = other;
        }
        at += 1;
    }
    admit(nodes, tables, winner);
    at = from;
    while at < to {
        let other = tables.columns.sorted[at];
        if other != winner && clash(&nodes[winner as usize], &nodes[other as usize]) {
            tables.columns.rival[other as usize] = winner;
            selection.rivals = true;
        }
        at += 1;
    }
    winner
}

/// Takes all factories of a multiton, each of them once, and links them in listed order. Gives the first.
/// Lists may share a factory; naming one twice is a mistake, whatever lists have it besides.
const fn select_many(
    nodes: &[Node],
    tables: &mut Tables<'_>,
    from: usize,
    to: usize,
    selection: &mut Selection,
) -> u32 {
    let first = tables.columns.sorted[from];
    let mut last = NONE;
    let mut at = from;
    while at < to {
        let node = tables.columns.sorted[at];
        let earlier = same_function(nodes, tables.columns.sorted, from, at, Listed::Anyhow);
        if earlier == NONE {
            admit(nodes, tables, node);
            if last != NONE {
                tables.columns.link[last as usize] = node;
            }
            last = node;
        } else if is_explicit(&nodes[node as usize]) {
            let named = same_function(nodes, tables.columns.sorted, from, at, Listed::Explicitly);
            if named != NONE {
                tables.columns.rival[node as usize] = named;
                selection.rivals = true;
            }
        }
        at += 1;
    }
    first
}

/// Chains the decorators of a service around its provider, in listed order. Gives the outermost.
const fn wrap(
    nodes: &[Node],
    tables: &mut Tables<'_>,
    from: usize,
    to: usize,
    provider: u32,
    selection: &mut Selection,
) -> u32 {
    let mut last = provider;
    let mut at = from;
    while at < to {
        let node = tables.columns.sorted[at];
        let earlier = same_function(nodes, tables.columns.sorted, from, at, Listed::Anyhow);
        if earlier != NONE {
            tables.columns.rival[node as usize] = earlier;
            selection.rivals = true;
        } else if provider != NONE && can_wrap(&nodes[node as usize]) {
            tables.columns.state[node as usize] |= SELECTED;
            tables.columns.state[node as usize] |= tables.columns.state[provider as usize] & ALWAYS;
            tables.columns.link[node as usize] = last;
            last = node;
        }
        at += 1;
    }
    last
}

/// Whether what a decorator declares can have decorators. That something else is provided by the id is
/// for its dependants to tell.
const fn can_wrap(decorator: &Node) -> bool {
    match decorator.meta.provides {
        Some(service) => !service.sealed && !service.multiton,
        None => false,
    }
}

const fn admit(nodes: &[Node], tables: &mut Tables<'_>, node: u32) {
    let always = match nodes[node as usize].meta.kind {
        Kind::Plugin | Kind::Module | Kind::BuiltIn => ALWAYS,
        Kind::Factory | Kind::Decorator => match nodes[node as usize].meta.initialization {
            Initialization::Eager => ALWAYS,
            Initialization::Lazy => 0,
        },
    };
    tables.columns.state[node as usize] |= SELECTED | always;
}

/// Which listings of a function count.
#[derive(Clone, Copy)]
enum Listed {
    Anyhow,
    Explicitly,
}

/// The first node of the same function among those sorted before `at`.
const fn same_function(
    nodes: &[Node],
    sorted: &[u32],
    from: usize,
    at: usize,
    listed: Listed,
) -> u32 {
    let this = nodes[sorted[at] as usize].meta;
    let mut other = from;
    while other < at {
        let node = &nodes[sorted[other] as usize];
        let counts = matches!(listed, Listed::Anyhow) || is_explicit(node);
        if counts && this.is(node.meta) {
            return sorted[other];
        }
        other += 1;
    }
    NONE
}

const fn is_explicit(node: &Node) -> bool {
    matches!(node.precedence, Precedence::Explicit)
}

/// An explicit factory replaces a default, unless the service is sealed: then the default stays, and the
/// explicit one is the mistake. It is sealed if one of its declarations here says so, so that it does not
/// matter which of them comes first. The container's own services do come first, and are explicit.
const fn prevailing(nodes: &[Node], sorted: &[u32], from: usize, to: usize) -> Precedence {
    let mut at = from;
    while at < to {
        let node = &nodes[sorted[at] as usize];
        if matches!(node.meta.kind, Kind::BuiltIn) {
            return Precedence::Explicit;
        }
        if is_sealed(node) {
            return Precedence::Overridable;
        }
        at += 1;
    }
    Precedence::Explicit
}

const fn yields(winner: &Node, other: &Node, prevailing: Precedence) -> bool {
    winner.precedence as u8 != prevailing as u8 && other.precedence as u8 == prevailing as u8
}

const fn clash(winner: &Node, other: &Node) -> bool {
    match (winner.precedence, other.precedence) {
        (Precedence::Explicit, Precedence::Explicit) => true,
        // A default that an explicit factory replaces; but plugins and modules replace nothing.
        (Precedence::Explicit, Precedence::Overridable) => {
            other.meta.provides.is_none() || matches!(winner.meta.kind, Kind::BuiltIn)
        }
        // Only a sealed default, or a plugin or module, wins over something explicit.
        (Precedence::Overridable, Precedence::Explicit) => true,
        // Two lists may share a default; two defaults may not share a service.
        (Precedence::Overridable, Precedence::Overridable) => {
            other.meta.provides.is_none() || !winner.meta.is(other.meta)
        }
    }
}

pub(crate) const fn is_sealed(node: &Node) -> bool {
    match node.meta.provides {
        Some(service) => service.sealed,
        None => false,
    }
}

/// Finds the provider of every dependency. That there is none is a mistake only for what is reached.
pub(crate) const fn resolve(nodes: &[Node], tables: &mut Tables<'_>, services: usize) {
    let mut cell = 0;
    let mut node = 0;
    while node < nodes.len() {
        tables.columns.first[node] = cell as u32;
        let meta = nodes[node].meta;
        let mut at = 0;
        while at < meta.dependencies.len() {
            let key = meta.dependencies[at].need().service().key;
            tables.columns.provider[cell] = if wraps(&nodes[node], key) {
                tables.columns.link[node]
            } else {
                find(tables, services, key)
            };
            cell += 1;
            at += 1;
        }
        node += 1;
    }
}

/// Whether the node is a decorator of the service with this key.
pub(crate) const fn wraps(node: &Node, key: u64) -> bool {
    match (node.meta.kind, node.meta.provides) {
        (Kind::Decorator, Some(service)) => service.key == key,
        _ => false,
    }
}

const fn find(tables: &Tables<'_>, services: usize, key: u64) -> u32 {
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
        tables.winners[low]
    } else {
        NONE
    }
}

/// Finds the plugin of every module, and where in the sorted row the modules of a plugin begin.
pub(crate) const fn assign(nodes: &[Node], tables: &mut Tables<'_>) {
    let mut from = 0;
    while from < nodes.len() {
        let node = tables.columns.sorted[from] as usize;
        let (MODULES, plugin_key) = group(&nodes[node]) else {
            from += 1;
            continue;
        };
        let plugin = find_plugin(nodes, tables, plugin_key);
        if plugin != NONE {
            tables.columns.region[plugin as usize] = from as u32;
        }
        while from < nodes.len() {
            let module = tables.columns.sorted[from] as usize;
            if nodes[module].meta.plugin_key != plugin_key {
                break;
            }
            tables.columns.owner[module] = plugin;
            from += 1;
        }
    }
}

/// The first plugin of an id in the sorted row; rivals of it are reported on their own.
const fn find_plugin(nodes: &[Node], tables: &Tables<'_>, key: u64) -> u32 {
    let mut low = 0;
    let mut high = nodes.len();
    while low < high {
        let middle = usize::midpoint(low, high);
        let (class, found) = group(&nodes[tables.columns.sorted[middle] as usize]);
        if class < PLUGINS || (class == PLUGINS && found < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while low < nodes.len() {
        let node = tables.columns.sorted[low];
        let (class, found) = group(&nodes[node as usize]);
        if class != PLUGINS || found != key {
            return NONE;
        }
        if tables.columns.state[node as usize] & SELECTED != 0 {
            return node;
        }
        low += 1;
    }
    NONE
}
