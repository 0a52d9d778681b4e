//! Extension points: who offers one, who writes to it, and what can be wrong with that.

use super::node::Node;
use super::plan::View;
use super::state::{NONE, SELECTED};
use crate::feature::{Dependency, Kind};
use crate::inject::Need;
use crate::service::PointMeta;

/// What is wrong with a parameter that is an extension point.
pub(crate) enum PointFault {
    None,
    /// GR0008.
    OfAnotherPlugin,
    /// GR0009.
    OfferedByNobody,
    /// GR0009; the node that offers it first.
    OfferedTwice(u32),
    /// GR0013; the node that offers another declaration of the same id.
    OtherDeclaration(u32),
    /// GR0015.
    InAFactory,
    /// GR0015.
    BorrowedByItsPlugin,
    /// GR0016; the position of the earlier parameter.
    TakenTwice(usize),
}

/// What is wrong with a parameter, if it is an extension point.
pub(crate) const fn point_fault(
    nodes: &[Node],
    view: &View<'_>,
    node: usize,
    at: usize,
) -> PointFault {
    let dependency = &nodes[node].meta.dependencies[at];
    let Some(point) = dependency.need().point() else {
        return PointFault::None;
    };
    let is_lent = matches!(dependency.need(), Need::Extend(_));
    let plugin_key = match nodes[node].meta.kind {
        Kind::Plugin => nodes[node].meta.key,
        Kind::Module => nodes[node].meta.plugin_key,
        Kind::Factory | Kind::Decorator | Kind::BuiltIn => return PointFault::InAFactory,
    };
    if point.plugin_key != plugin_key {
        return PointFault::OfAnotherPlugin;
    }
    let earlier = position_of(&nodes[node], point, at);
    if earlier < at {
        return PointFault::TakenTwice(earlier);
    }
    if is_lent && matches!(nodes[node].meta.kind, Kind::Plugin) {
        return PointFault::BorrowedByItsPlugin;
    }
    let plugin = view.owner[node];
    if plugin == NONE {
        // A plugin that comes this far offers the point itself, and a module without plugin has another
        // mistake.
        return PointFault::None;
    }
    let owner = owner_of(nodes, view, plugin as usize, point);
    if owner == NONE {
        let of_plugin = &nodes[plugin as usize];
        let all = of_plugin.meta.dependencies.len();
        // That the plugin borrows it where it should offer it is the mistake.
        return match position_of(of_plugin, point, all) < all {
            true => PointFault::None,
            false => PointFault::OfferedByNobody,
        };
    }
    if owner as usize == node {
        return PointFault::None;
    }
    if !is_lent {
        return PointFault::OfferedTwice(owner);
    }
    if let Some(offered) = offered(&nodes[owner as usize], point)
        && !offered.service.is(&point.service)
    {
        return PointFault::OtherDeclaration(owner);
    }
    PointFault::None
}

/// The position of the first parameter, before `end`, that is this point, else `end`.
const fn position_of(node: &Node, point: &PointMeta, end: usize) -> usize {
    let mut at = 0;
    while at < end {
        if let Some(other) = node.meta.dependencies[at].need().point()
            && other.service.key == point.service.key
        {
            return at;
        }
        at += 1;
    }
    end
}

/// Who offers a point to the modules of a plugin: the plugin, else the first of its modules that takes it by
/// value.
const fn owner_of(nodes: &[Node], view: &View<'_>, plugin: usize, point: &PointMeta) -> u32 {
    if offered(&nodes[plugin], point).is_some() {
        return plugin as u32;
    }
    if view.region[plugin] == NONE {
        return NONE;
    }
    let mut at = view.region[plugin] as usize;
    while at < nodes.len() {
        let module = view.sorted[at];
        if view.owner[module as usize] != plugin as u32 {
            break;
        }
        let selected = view.state[module as usize] & SELECTED != 0;
        if selected && offered(&nodes[module as usize], point).is_some() {
            return module;
        }
        at += 1;
    }
    NONE
}

/// The declaration of the point that the node offers, going by the id.
pub(crate) const fn offered(node: &Node, point: &PointMeta) -> Option<&'static PointMeta> {
    match offering(node, point) {
        Some(dependency) => dependency.need().point(),
        None => None,
    }
}

/// The parameter by which the node offers a point.
pub(crate) const fn offering(node: &Node, point: &PointMeta) -> Option<&'static Dependency> {
    let dependencies = node.meta.dependencies;
    let mut at = 0;
    while at < dependencies.len() {
        if let Need::Offer(offered) = dependencies[at].need()
            && offered.service.key == point.service.key
        {
            return Some(&dependencies[at]);
        }
        at += 1;
    }
    None
}

/// Whether the node offers a point at all.
pub(crate) const fn offers_any(node: &Node) -> bool {
    let mut at = 0;
    while at < node.meta.dependencies.len() {
        if matches!(node.meta.dependencies[at].need(), Need::Offer(_)) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether one module writes to a point that the other offers.
pub(crate) const fn writes_to_what_is_offered(writer: &Node, owner: &Node) -> bool {
    shared(writer, owner).is_some()
}

/// The parameters by which one module writes to a point that the other offers.
pub(crate) const fn shared(
    writer: &Node,
    owner: &Node,
) -> Option<(&'static Dependency, &'static Dependency)> {
    let dependencies = writer.meta.dependencies;
    let mut at = 0;
    while at < dependencies.len() {
        if let Need::Extend(point) = dependencies[at].need()
            && let Some(offer) = offering(owner, point)
        {
            return Some((&dependencies[at], offer));
        }
        at += 1;
    }
    None
}
