//! What can be wrong with a node and with each of its dependencies. The analysis asks whether anything is,
//! the report says what; both ask here.

use super::node::Node;
use super::plan::View;
use super::points::{PointFault, point_fault};
use super::select::wraps;
use super::state::{NONE, REACHED};
use crate::feature::{FeatureMeta, Kind};
use crate::inject::{Audience, Need};
use crate::service::Scope;

/// Whether nothing is wrong with any node that counts, beyond rivals and cycles.
pub(crate) const fn hold(nodes: &[Node], view: &View<'_>) -> bool {
    let mut node = 0;
    while node < nodes.len() {
        if !node_holds(nodes, view, node) {
            return false;
        }
        node += 1;
    }
    true
}

const fn node_holds(nodes: &[Node], view: &View<'_>, node: usize) -> bool {
    if !matches!(decorator_fault(nodes, view, node), DecoratorFault::None) {
        return false;
    }
    if view.state[node] & REACHED == 0 {
        return true;
    }
    if is_orphan(nodes, view, node) {
        return false;
    }
    let mut at = 0;
    while at < nodes[node].meta.dependencies.len() {
        if is_missing(nodes, view, node, at)
            || other_declaration(nodes, view, node, at) != NONE
            || is_too_narrow(nodes, node, at)
            || is_settings_at_root(nodes, node, at)
            || !matches!(point_fault(nodes, view, node, at), PointFault::None)
        {
            return false;
        }
        at += 1;
    }
    true
}

/// GR0007: a module whose plugin is not there.
pub(crate) const fn is_orphan(nodes: &[Node], view: &View<'_>, node: usize) -> bool {
    matches!(nodes[node].meta.kind, Kind::Module) && view.owner[node] == NONE
}

/// What is wrong with a decorator, reached or not.
pub(crate) enum DecoratorFault {
    None,
    /// GR0011.
    OfSealed,
    /// GR0012.
    OfNothing,
    /// GR0017.
    TakesNothing,
    /// GR0018.
    OfMultiton,
}

pub(crate) const fn decorator_fault(
    nodes: &[Node],
    view: &View<'_>,
    node: usize,
) -> DecoratorFault {
    let meta = nodes[node].meta;
    let (Kind::Decorator, Some(service)) = (meta.kind, meta.provides) else {
        return DecoratorFault::None;
    };
    // One that is listed again has no part in the chain; that is its mistake.
    if view.rival[node] != NONE {
        return DecoratorFault::None;
    }
    if service.multiton {
        return DecoratorFault::OfMultiton;
    }
    if service.sealed {
        return DecoratorFault::OfSealed;
    }
    if !takes(nodes[node].meta, service.key) {
        return DecoratorFault::TakesNothing;
    }
    if view.link[node] == NONE {
        return DecoratorFault::OfNothing;
    }
    DecoratorFault::None
}

/// Whether a function takes the service itself, and not merely what is made from it.
const fn takes(meta: &FeatureMeta, key: u64) -> bool {
    let mut at = 0;
    while at < meta.dependencies.len() {
        let need = meta.dependencies[at].need();
        if need.service().key == key && !matches!(need, Need::Derived(_)) {
            return true;
        }
        at += 1;
    }
    false
}

/// GR0001.
pub(crate) const fn is_missing(nodes: &[Node], view: &View<'_>, node: usize, at: usize) -> bool {
    let need = nodes[node].meta.dependencies[at].need();
    if view.provider[view.first[node] as usize + at] != NONE {
        return false;
    }
    match need {
        // What a decorator wraps is missed by a code of its own.
        Need::Required(service) => !wraps(&nodes[node], service.key),
        Need::Derived(_) => true,
        Need::Extend(point) | Need::Offer(point) => point.create.is_none(),
        Need::Optional(_) | Need::Many(_) => false,
    }
}

/// GR0013: the node that provides another declaration of what the dependency asks for.
pub(crate) const fn other_declaration(
    nodes: &[Node],
    view: &View<'_>,
    node: usize,
    at: usize,
) -> u32 {
    let wanted = nodes[node].meta.dependencies[at].need().service();
    let mut provider = view.provider[view.first[node] as usize + at];
    while provider != NONE {
        if let Some(provided) = nodes[provider as usize].meta.provides
            && !wanted.is(provided)
        {
            return provider;
        }
        provider = view.sibling(nodes, provider as usize);
    }
    NONE
}

/// GR0004: a root service that depends on one of which there are many.
pub(crate) const fn is_too_narrow(nodes: &[Node], node: usize, at: usize) -> bool {
    let need = nodes[node].meta.dependencies[at].need();
    is_root(&nodes[node]) && matches!(need.service().scope, Scope::Plugin) && need.point().is_none()
}

/// GR0014: a root service has no plugin whose settings it could take.
pub(crate) const fn is_settings_at_root(nodes: &[Node], node: usize, at: usize) -> bool {
    match nodes[node].meta.dependencies[at].need() {
        Need::Derived(derivation) => {
            is_root(&nodes[node]) && matches!(derivation.audience, Audience::Plugin)
        }
        _ => false,
    }
}

const fn is_root(node: &Node) -> bool {
    match node.meta.provides {
        Some(service) => matches!(service.scope, Scope::Root),
        None => false,
    }
}
