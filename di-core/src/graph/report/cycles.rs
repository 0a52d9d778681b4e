//! Services, or modules, that wait for each other.

use super::super::Graph;
use super::super::points::shared;
use super::super::state::NONE;
use super::super::text::Text;
use super::parts::{id, write_feature, write_parameter};
use crate::feature::{Dependency, Kind};

pub(super) const fn write_cycle(graph: &Graph<'_>, head: usize, text: &mut Text) {
    let modules = matches!(graph.nodes[head].meta.kind, Kind::Module);
    if modules {
        text.headline("GR0010");
        text.push("modules of plugin ");
        text.code(graph.nodes[head].meta.plugin);
        text.push(" wait for each other: ");
    } else {
        text.headline("GR0002");
        text.push("services wait for each other: ");
    }
    let mut node = head;
    loop {
        write_step(graph, node, text);
        text.push(" -> ");
        node = graph.cycle[node] as usize;
        if node == head {
            break;
        }
    }
    write_step(graph, head, text);
    loop {
        let next = graph.cycle[node] as usize;
        write_edge(graph, node, next, text);
        node = next;
        if node == head {
            break;
        }
    }
    text.line("help");
    if modules {
        text.push("let one of the modules write to a point that the plugin offers");
    } else {
        text.push("move what they share into a service of its own, or let one of");
        text.line("");
        text.push("them take the other's data as an argument of a method");
    }
}

/// A step of a cycle: a service by its id, with the function where several wrap or make it up.
const fn write_step(graph: &Graph<'_>, node: usize, text: &mut Text) {
    let this = &graph.nodes[node];
    match this.meta.provides {
        Some(service) if service.multiton || matches!(this.meta.kind, Kind::Decorator) => {
            write_feature(this, text);
        }
        _ => text.code(id(this)),
    }
}

/// Why one node of a cycle waits for the next.
const fn write_edge(graph: &Graph<'_>, node: usize, next: usize, text: &mut Text) {
    let (this, other) = (&graph.nodes[node], &graph.nodes[next]);
    if let Some((write, offer)) = shared(other, this) {
        text.line("offers");
        text.code(this.meta.id);
        text.push(" takes ");
        write_parameter(offer, text);
        text.push(" at ");
        text.place(&this.meta.place_of(offer));
        text.line("writes");
        text.code(other.meta.id);
        text.push(" takes ");
        write_parameter(write, text);
        text.push(" at ");
        text.place(&other.meta.place_of(write));
        return;
    }
    let Some(dependency) = dependency_on(graph, node, next) else {
        return;
    };
    text.line("needs");
    write_step(graph, node, text);
    text.push(" takes ");
    write_parameter(dependency, text);
    text.push(" at ");
    text.place(&this.meta.place_of(dependency));
}

/// The parameter by which a node depends on another.
const fn dependency_on(graph: &Graph<'_>, node: usize, on: usize) -> Option<&'static Dependency> {
    let dependencies = graph.nodes[node].meta.dependencies;
    let mut at = 0;
    while at < dependencies.len() {
        let mut provider = graph.providers(node)[at];
        while provider != NONE {
            if provider as usize == on {
                return Some(&dependencies[at]);
            }
            provider = graph.view().sibling(graph.nodes, provider as usize);
        }
        at += 1;
    }
    None
}
