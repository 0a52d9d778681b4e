//! The order in which the analysis looks at nodes: what belongs together stands together.
//!
//! Providers come first, by their service, each service's factories before its decorators; then plugins;
//! then modules, by their plugin and their own id. So rivals are neighbours, the links of a chain of
//! decorators too, and the modules of a plugin, and all of them are found by a binary search.

use core::cmp::Ordering;

use super::node::Node;
use crate::feature::Kind;

pub(crate) const PROVIDERS: u8 = 0;
pub(crate) const PLUGINS: u8 = 1;
pub(crate) const MODULES: u8 = 2;

/// What a node belongs to: its class, and in it a service, the plugin that it is, or the plugin that it
/// extends.
pub(crate) const fn group(node: &Node) -> (u8, u64) {
    match (node.meta.provides, node.meta.kind) {
        (Some(service), _) => (PROVIDERS, service.key),
        (None, Kind::Module) => (MODULES, node.meta.plugin_key),
        (None, _) => (PLUGINS, node.meta.key),
    }
}

/// Whether two nodes stand for one thing: one service, one plugin, one module of a plugin.
pub(crate) const fn is_rival(left: &Node, right: &Node) -> bool {
    let (left_class, left_key) = group(left);
    let (right_class, right_key) = group(right);
    left_class == right_class
        && left_key == right_key
        && (left_class != MODULES || left.meta.key == right.meta.key)
}

const fn before(nodes: &[Node], left: u32, right: u32) -> bool {
    let (left_node, right_node) = (&nodes[left as usize], &nodes[right as usize]);
    let (left_class, left_key) = group(left_node);
    let (right_class, right_key) = group(right_node);
    if left_class != right_class {
        return left_class < right_class;
    }
    if left_key != right_key {
        return left_key < right_key;
    }
    if left_class == MODULES {
        // Modules run in the order of their ids where nothing else decides.
        match compare(left_node.meta.id.as_bytes(), right_node.meta.id.as_bytes()) {
            Ordering::Less => return true,
            Ordering::Greater => return false,
            Ordering::Equal => {}
        }
    }
    let left_wraps = matches!(left_node.meta.kind, Kind::Decorator);
    let right_wraps = matches!(right_node.meta.kind, Kind::Decorator);
    if left_wraps != right_wraps {
        return right_wraps;
    }
    left < right
}

const fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] < right[at] {
            return Ordering::Less;
        }
        if left[at] > right[at] {
            return Ordering::Greater;
        }
        at += 1;
    }
    if left.len() < right.len() {
        Ordering::Less
    } else if left.len() > right.len() {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

/// Heap sort: in place, and n log n whatever the input.
pub(crate) const fn sort(nodes: &[Node], sorted: &mut [u32]) {
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
