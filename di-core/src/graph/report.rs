//! The words for every wiring mistake: one voice and one layout, for the compiler and at run time.
//!
//! A report names both ends and both places, and says what to do. It is written only when something is
//! wrong, so it may search where the analysis may not.

use super::Graph;
use super::analysis::{
    HEAD, NONE, is_missing, is_other_declaration, is_settings_at_root, is_too_narrow,
};
use super::near::nearest;
use super::node::Node;
use super::text::Text;
use crate::feature::{Dependency, Kind, Precedence};
use crate::place::same;
use crate::service::ServiceMeta;

/// Stops the compiler with a report when something is wrong with an entry of `backend!`.
///
/// # Panics
///
/// With the report, when the entry is wrong. In a constant this is a compile error.
#[track_caller]
pub const fn verdict(graph: &Graph<'_>, entry: u32) {
    if graph.sound {
        return;
    }
    let mut text = Text::new();
    write_report(graph, entry, &mut text);
    if !text.is_empty() {
        panic!("{}", text.as_str());
    }
}

/// Writes down all that is wrong with an entry: nothing when it is sound.
pub const fn write_report(graph: &Graph<'_>, entry: u32, text: &mut Text) {
    let mut node = 0;
    while node < graph.nodes.len() {
        if graph.nodes[node].entry == entry {
            write_node(graph, node, text);
        }
        node += 1;
    }
}

const fn write_node(graph: &Graph<'_>, node: usize, text: &mut Text) {
    if graph.rival[node] != NONE {
        write_rival(graph, node, graph.rival[node] as usize, text);
    }
    if !graph.is_reached(node) {
        return;
    }
    if graph.state[node] & HEAD != 0 {
        write_cycle(graph, node, text);
    }
    let dependencies = graph.nodes[node].meta.dependencies;
    let mut at = 0;
    while at < dependencies.len() {
        let provider = graph.providers(node)[at];
        let dependency = &dependencies[at];
        if is_missing(dependency.need(), provider) {
            write_missing(graph, node, dependency, text);
        } else if is_other_declaration(graph.nodes, dependency.need(), provider) {
            write_other_declaration(graph, node, dependency, provider as usize, text);
        }
        if is_settings_at_root(&graph.nodes[node], dependency.need()) {
            write_settings_at_root(graph, node, dependency, text);
        } else if is_too_narrow(&graph.nodes[node], dependency.need()) {
            write_too_narrow(graph, node, dependency, text);
        }
        at += 1;
    }
}

const fn write_missing(graph: &Graph<'_>, node: usize, dependency: &Dependency, text: &mut Text) {
    let service = dependency.need().service();
    text.headline("GR0001");
    text.push("no factory provides ");
    text.code(service.id);
    write_needed_by(graph, node, dependency, text);
    if let Some(near) = nearest(graph.nodes, service.id)
        && let Some(provided) = graph.nodes[near].meta.provides
    {
        text.line("near");
        text.push("did you mean ");
        text.code(provided.id);
        text.push("? ");
        write_feature(&graph.nodes[near], text);
        text.push(" provides it: ");
        text.code_arc(provided);
    }
    text.line("help");
    text.push("list ");
    if let Some(path) = service.provided_by {
        text.code(path);
        text.push(" in `backend!`, or a factory that");
        text.line("");
        text.push("returns ");
    } else {
        text.push("a factory in `backend!` that returns ");
    }
    text.code_arc(service);
}

const fn write_cycle(graph: &Graph<'_>, head: usize, text: &mut Text) {
    text.headline("GR0002");
    text.push("services wait for each other: ");
    let mut node = head;
    loop {
        text.code(id(&graph.nodes[node]));
        text.push(" -> ");
        node = graph.cycle[node] as usize;
        if node == head {
            break;
        }
    }
    text.code(id(&graph.nodes[head]));
    loop {
        let next = graph.cycle[node];
        let providers = graph.providers(node);
        let mut at = 0;
        while at + 1 < providers.len() && providers[at] != next {
            at += 1;
        }
        let dependency = &graph.nodes[node].meta.dependencies[at];
        text.line("needs");
        text.code(id(&graph.nodes[node]));
        text.push(" takes ");
        write_parameter(dependency, text);
        text.push(" at ");
        text.place(&graph.nodes[node].meta.place_of(dependency));
        node = next as usize;
        if node == head {
            break;
        }
    }
    text.line("help");
    text.push("move what they share into a service of its own, or let one of");
    text.line("");
    text.push("them take the other's data as an argument of a method");
}

const fn write_rival(graph: &Graph<'_>, node: usize, winner: usize, text: &mut Text) {
    let this = &graph.nodes[node];
    let first = &graph.nodes[winner];
    let Some(service) = this.meta.provides else {
        return write_second_plugin(this, first, text);
    };
    if let Some(provided) = first.meta.provides
        && !same(service.id, provided.id)
    {
        text.headline("GR0013");
        text.push("the ids ");
        text.code(provided.id);
        text.push(" and ");
        text.code(service.id);
        text.push(" have one hash");
        write_declared("declared", provided, text);
        write_declared("declared", service, text);
        text.line("help");
        text.push("rename one of them");
        return;
    }
    if service.sealed || matches!(first.meta.kind, Kind::BuiltIn) {
        text.headline("GR0011");
        text.code(service.id);
        text.push(" is sealed: nothing can replace it");
        write_factory("provided by", first, text);
        write_factory("replaced by", this, text);
        text.line("help");
        text.push("remove this factory from `backend!`");
        return;
    }
    text.headline("GR0003");
    text.push("two factories provide ");
    text.code(service.id);
    write_rivals(first, this, text);
    if this.meta.is(first.meta) {
        text.push("it is listed twice: remove one of the two entries");
    } else if matches!(this.precedence, Precedence::Overridable) {
        text.push("two lists of defaults provide it: list the one that you want in `backend!` too");
    } else {
        text.push("keep one of them; an entry of `backend!` replaces a default,");
        text.line("");
        text.push("not another entry");
    }
}

const fn write_second_plugin(this: &Node, first: &Node, text: &mut Text) {
    text.headline("GR0005");
    text.push("two plugins have the id ");
    text.code(this.meta.id);
    write_rivals(first, this, text);
    if this.meta.is(first.meta) {
        text.push("it is listed twice: remove one of the two entries");
    } else {
        text.push("change one of the ids: it is the plugin's path, database and settings key");
    }
}

const fn write_too_narrow(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    text: &mut Text,
) {
    text.headline("GR0004");
    text.push("root service ");
    text.code(id(&graph.nodes[node]));
    text.push(" needs ");
    text.code(dependency.need().service().id);
    text.push(", of which each plugin has its own");
    write_needed_by(graph, node, dependency, text);
    text.line("help");
    text.push("take a root service instead, or declare ");
    text.code(id(&graph.nodes[node]));
    text.line("");
    text.push("with `scope = \"plugin\"`");
}

const fn write_settings_at_root(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    text: &mut Text,
) {
    text.headline("GR0014");
    text.push("root service ");
    text.code(id(&graph.nodes[node]));
    text.push(" takes a plugin's settings, but belongs to no plugin");
    write_needed_by(graph, node, dependency, text);
    text.line("help");
    text.push("take `RootConfig` and read a key of its own, or declare ");
    text.code(id(&graph.nodes[node]));
    text.line("");
    text.push("with `scope = \"plugin\"`");
}

const fn write_other_declaration(
    graph: &Graph<'_>,
    node: usize,
    dependency: &Dependency,
    provider: usize,
    text: &mut Text,
) {
    let wanted = dependency.need().service();
    let Some(provided) = graph.nodes[provider].meta.provides else {
        return;
    };
    text.headline("GR0013");
    let copies = same(wanted.module, provided.module) && same(wanted.type_name, provided.type_name);
    if copies {
        text.push("two copies of ");
        text.code(wanted.id);
        text.push(" are in this program");
    } else {
        text.push("two services are declared with the id ");
        text.code(wanted.id);
    }
    write_needed_by(graph, node, dependency, text);
    write_declared("as", wanted, text);
    write_factory("provided by", &graph.nodes[provider], text);
    write_declared("as", provided, text);
    text.line("help");
    if !copies {
        text.push("rename one of the two");
    } else if same(wanted.place.version, provided.place.version) {
        text.push("one source file is compiled into a library and a binary: let the binary");
        text.line("");
        text.push("use the library's item instead of declaring the module again");
    } else {
        text.push("let both sides use one version (`cargo tree --duplicates`)");
    }
}

const fn write_needed_by(graph: &Graph<'_>, node: usize, dependency: &Dependency, text: &mut Text) {
    text.line("needed by");
    write_feature(&graph.nodes[node], text);
    text.push(", parameter ");
    write_parameter(dependency, text);
    text.line("at");
    text.place(&graph.nodes[node].meta.place_of(dependency));
    if matches!(graph.nodes[node].meta.kind, Kind::Factory) {
        write_reached_by(graph, node, text);
    }
    write_chain(&graph.nodes[node], text);
}

/// Who makes the backend need a factory: a plugin, or nobody when it is eager.
const fn write_reached_by(graph: &Graph<'_>, factory: usize, text: &mut Text) {
    let mut node = factory;
    let mut steps = 0;
    while steps < graph.nodes.len() && !matches!(graph.nodes[node].meta.kind, Kind::Plugin) {
        match dependant(graph, node) {
            Some(next) => node = next,
            None => return,
        }
        steps += 1;
    }
    if matches!(graph.nodes[node].meta.kind, Kind::Plugin) {
        text.line("reached by");
        write_feature(&graph.nodes[node], text);
    }
}

/// A reached node that depends on the given one: a plugin if there is one, else the first.
const fn dependant(graph: &Graph<'_>, of: usize) -> Option<usize> {
    let mut found = None;
    let mut node = 0;
    while node < graph.nodes.len() {
        if graph.is_reached(node) && depends(graph, node, of as u32) {
            if matches!(graph.nodes[node].meta.kind, Kind::Plugin) {
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

const fn depends(graph: &Graph<'_>, node: usize, on: u32) -> bool {
    let providers = graph.providers(node);
    let mut at = 0;
    while at < providers.len() {
        if providers[at] == on {
            return true;
        }
        at += 1;
    }
    false
}

const fn write_factory(label: &str, node: &Node, text: &mut Text) {
    text.line(label);
    write_feature(node, text);
    text.line("at");
    text.place(&node.meta.place);
    write_chain(node, text);
}

/// Both ends of a clash, and the beginning of its help: where the functions stand or, when it is one
/// function, where it is listed.
const fn write_rivals(first: &Node, second: &Node, text: &mut Text) {
    if first.meta.is(second.meta) {
        write_listed("first", first, text);
        write_listed("again", second, text);
    } else {
        write_factory("first", first, text);
        write_factory("second", second, text);
    }
    text.line("help");
}

const fn write_listed(label: &str, node: &Node, text: &mut Text) {
    text.line(label);
    text.push("entry ");
    text.code(node.spelled);
    text.line("at");
    text.place(&node.listed);
    write_chain(node, text);
}

const fn write_feature(node: &Node, text: &mut Text) {
    match node.meta.kind {
        Kind::Plugin => text.push("plugin "),
        Kind::Factory => text.push("factory "),
        Kind::BuiltIn => text.push("greenroom itself, "),
    }
    text.code(node.meta.id);
}

const fn write_chain(node: &Node, text: &mut Text) {
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

const fn write_declared(label: &str, service: &ServiceMeta, text: &mut Text) {
    text.line(label);
    text.code(service.type_name);
    text.push(" of ");
    text.push(service.module);
    text.push(" ");
    text.push(service.place.version);
    text.push(", ");
    text.place(&service.place);
}

const fn write_parameter(dependency: &Dependency, text: &mut Text) {
    text.push("`");
    text.push(dependency.name);
    text.push(": ");
    text.push(dependency.spelled);
    text.push("`");
}

/// The id of the service that a node provides, or of the plugin that it is.
const fn id(node: &Node) -> &'static str {
    match node.meta.provides {
        Some(service) => service.id,
        None => node.meta.id,
    }
}

impl Text {
    /// A service as a dependant or a factory writes it.
    const fn code_arc(&mut self, service: &ServiceMeta) {
        self.push("`Arc<");
        self.push(service.type_name);
        self.push(">`");
    }
}
