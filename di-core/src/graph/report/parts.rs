//! The parts that reports are made of: features, parameters, places, and who needs whom.

use super::super::Graph;
use super::super::node::Node;
use super::super::state::NONE;
use super::super::text::Text;
use super::super::walk::{Cursor, successor};
use crate::feature::{Dependency, Kind};
use crate::service::ServiceMeta;

pub(super) const fn write_needed_by(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    text: &mut Text,
) {
    text.line("needed by");
    write_feature(&graph.nodes[node], text);
    text.push(", parameter ");
    write_parameter(dependency, text);
    text.line("at");
    text.place(&graph.nodes[node].meta.place_of(dependency));
    if matches!(graph.nodes[node].meta.kind, Kind::Factory | Kind::Decorator) {
        write_reached_by(graph, node, text);
    }
    write_chain(&graph.nodes[node], text);
}

/// Who makes the backend need a factory: a plugin or module, or nobody when it is eager.
const fn write_reached_by(graph: &Graph<'_>, factory: usize, text: &mut Text) {
    let mut node = factory;
    let mut steps = 0;
    while steps < graph.nodes.len() && !is_init(&graph.nodes[node]) {
        match dependant(graph, node) {
            Some(next) => node = next,
            None => return,
        }
        steps += 1;
    }
    if is_init(&graph.nodes[node]) {
        text.line("reached by");
        write_feature(&graph.nodes[node], text);
    }
}

/// A reached node that depends on the given one: a plugin or module if there is one, else the first.
const fn dependant(graph: &Graph<'_>, of: usize) -> Option<usize> {
    let mut found = None;
    let mut node = 0;
    while node < graph.nodes.len() {
        if graph.is_reached(node) && waits_for(graph, node, of) {
            if is_init(&graph.nodes[node]) {
                return Some(node);
            }
            if found.is_none() && node != of {
                found = Some(node);
            }
        }
        node += 1;
    }
    found
}

const fn is_init(node: &Node) -> bool {
    matches!(node.meta.kind, Kind::Plugin | Kind::Module)
}

const fn waits_for(graph: &Graph<'_>, node: usize, of: usize) -> bool {
    let view = graph.view();
    let mut cursor = Cursor::START;
    loop {
        match successor(graph.nodes, &view, node, &mut cursor) {
            NONE => return false,
            next if next as usize == of => return true,
            _ => {}
        }
    }
}

pub(super) const fn write_factory(label: &str, node: &Node, text: &mut Text) {
    text.line(label);
    write_feature(node, text);
    text.line("at");
    text.place(&node.meta.place);
    write_chain(node, text);
}

pub(super) const fn write_feature(node: &Node, text: &mut Text) {
    match node.meta.kind {
        Kind::Plugin => text.push("plugin "),
        Kind::Module => {
            text.push("module ");
            text.code(node.meta.id);
            text.push(" of plugin ");
            text.code(node.meta.plugin);
            return;
        }
        Kind::Factory => text.push("factory "),
        Kind::Decorator => text.push("decorator "),
        Kind::BuiltIn => text.push("greenroom itself, "),
    }
    text.code(node.meta.id);
}

pub(super) const fn write_chain(node: &Node, text: &mut Text) {
    if node.chain.len() == 0 {
        return;
    }
    text.line("listed in");
    let mut at = 0;
    while at < node.chain.len() {
        text.push(node.chain.name(at));
        text.push(" > ");
        at += 1;
    }
    text.push(node.spelled);
}

pub(super) const fn write_declared(label: &str, service: &ServiceMeta, text: &mut Text) {
    text.line(label);
    text.code(service.type_name);
    text.push(" of ");
    text.push(service.module);
    text.push(" ");
    text.push(service.place.version);
    text.push(", ");
    text.place(&service.place);
}

pub(super) const fn write_parameter(dependency: &Dependency, text: &mut Text) {
    text.push("`");
    text.push(dependency.name);
    text.push(": ");
    text.push(dependency.spelled);
    text.push("`");
}

/// The id of the service that a node provides, or of the plugin that it is.
pub(super) const fn id(node: &Node) -> &'static str {
    match node.meta.provides {
        Some(service) => service.id,
        None => node.meta.id,
    }
}

impl Text {
    /// A service as a factory writes it.
    pub(super) const fn code_arc(&mut self, service: &ServiceMeta) {
        self.push("`Arc<");
        self.push(service.type_name);
        self.push(">`");
    }
}
