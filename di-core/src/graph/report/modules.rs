//! Modules and extension points.

use super::super::Graph;
use super::super::near::nearest_plugin;
use super::super::node::Node;
use super::super::points::{PointFault, offering, point_fault};
use super::super::text::Text;
use super::parts::{write_chain, write_declared, write_feature, write_needed_by, write_parameter};
use super::services::{write_declarations_headline, write_declarations_help};
use crate::feature::{Dependency, Kind};
use crate::service::PointMeta;

pub(super) const fn write_orphan(graph: &Graph<'_>, node: usize, text: &mut Text) {
    let meta = graph.nodes[node].meta;
    text.headline("GR0007");
    write_feature(&graph.nodes[node], text);
    text.push(" has no plugin to extend");
    text.line("at");
    text.place(&meta.place);
    write_chain(&graph.nodes[node], text);
    if let Some(near) = nearest_plugin(graph.nodes, meta.plugin) {
        text.line("near");
        text.push("did you mean plugin ");
        text.code(graph.nodes[near].meta.id);
        text.push("? It stands at ");
        text.place(&graph.nodes[near].meta.place);
    }
    text.line("help");
    text.push("list the plugin ");
    text.code(meta.plugin);
    text.push(" in `backend!`, or remove the module");
}

pub(super) const fn write_point(graph: &Graph<'_>, node: usize, at: usize, text: &mut Text) {
    let this = &graph.nodes[node];
    let dependency = &this.meta.dependencies[at];
    let Some(point) = dependency.need().point() else {
        return;
    };
    match point_fault(graph.nodes, &graph.view(), node, at) {
        PointFault::None => {}
        PointFault::OfAnotherPlugin => {
            text.headline("GR0008");
            write_point_id(point, text);
            text.push(" belongs to plugin ");
            text.code(point.plugin);
            write_needed_by(graph, node, dependency, text);
            text.line("declared at");
            text.place(&point.service.place);
            text.line("help");
            text.push("only plugin ");
            text.code(point.plugin);
            text.push(" and its modules can take it;");
            text.line("");
            text.push("what plugins share is a service");
        }
        PointFault::OfferedByNobody => {
            text.headline("GR0009");
            text.push("nobody offers ");
            write_point_id(point, text);
            write_needed_by(graph, node, dependency, text);
            text.line("help");
            text.push("let plugin ");
            text.code(point.plugin);
            text.push(" take ");
            text.code(point.service.type_name);
            text.push(" by value;");
            text.line("");
            text.push("else what modules write to it is lost");
        }
        PointFault::OfferedTwice(other) => {
            let first = &graph.nodes[other as usize];
            text.headline("GR0009");
            text.push("two offer ");
            write_point_id(point, text);
            text.line("first");
            write_feature(first, text);
            if let Some(offer) = offering(first, point) {
                text.push(", parameter ");
                write_parameter(offer, text);
                text.line("at");
                text.place(&first.meta.place_of(offer));
            }
            text.line("second");
            write_feature(this, text);
            text.push(", parameter ");
            write_parameter(dependency, text);
            text.line("at");
            text.place(&this.meta.place_of(dependency));
            write_chain(this, text);
            text.line("help");
            text.push("one takes it by value; the others can write to it by `&mut`");
        }
        PointFault::OtherDeclaration(owner) => {
            let owner = &graph.nodes[owner as usize];
            if let Some(offer) = offering(owner, point) {
                write_two_points(graph, node, dependency, owner, offer, text);
            }
        }
        PointFault::InAFactory => {
            text.headline("GR0015");
            text.push("a ");
            text.push(match this.meta.kind {
                Kind::Decorator => "decorator",
                _ => "factory",
            });
            text.push(" takes ");
            write_point_id(point, text);
            write_needed_by(graph, node, dependency, text);
            text.line("help");
            text.push("only plugins and modules take extension points");
        }
        PointFault::BorrowedByItsPlugin => {
            text.headline("GR0015");
            text.push("a plugin borrows ");
            write_point_id(point, text);
            write_needed_by(graph, node, dependency, text);
            text.line("help");
            text.push("a plugin takes it by value, when its modules are done with it: ");
            text.code(point.service.type_name);
        }
        PointFault::TakenTwice(earlier) => {
            let earlier = &this.meta.dependencies[earlier];
            text.headline("GR0016");
            write_feature(this, text);
            text.push(" takes ");
            write_point_id(point, text);
            text.push(" twice");
            text.line("first");
            write_parameter(earlier, text);
            text.push(" at ");
            text.place(&this.meta.place_of(earlier));
            text.line("again");
            write_parameter(dependency, text);
            text.push(" at ");
            text.place(&this.meta.place_of(dependency));
            write_chain(this, text);
            text.line("help");
            text.push("take it once: by value to offer it, by `&mut` to write to it");
        }
    }
}

const fn write_two_points(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    owner: &Node,
    offer: &Dependency,
    text: &mut Text,
) {
    let (wanted, provided) = (dependency.need().service(), offer.need().service());
    write_declarations_headline(dependency, provided, text);
    write_needed_by(graph, node, dependency, text);
    write_declared("as", wanted, text);
    text.line("offered by");
    write_feature(owner, text);
    text.push(", parameter ");
    write_parameter(offer, text);
    text.line("at");
    text.place(&owner.meta.place_of(offer));
    write_declared("as", provided, text);
    write_declarations_help(wanted, provided, text);
}

pub(super) const fn write_point_id(point: &PointMeta, text: &mut Text) {
    text.push("extension point ");
    text.code(point.service.id);
}
