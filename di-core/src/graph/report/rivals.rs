//! Two that claim one service, plugin or module.

use super::super::Graph;
use super::super::node::Node;
use super::super::select::is_sealed;
use super::super::text::Text;
use super::parts::{write_chain, write_declared, write_factory, write_feature};
use crate::feature::{Kind, Precedence};
use crate::place::same;

pub(super) const fn write_rival(graph: &Graph<'_>, node: usize, winner: usize, text: &mut Text) {
    let this = &graph.nodes[node];
    let first = &graph.nodes[winner];
    let Some(service) = this.meta.provides else {
        return write_second(this, first, text);
    };
    if matches!(this.meta.kind, Kind::Decorator) || service.multiton {
        return write_again(this, first, text);
    }
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
    if is_sealed(this) || is_sealed(first) {
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

const fn write_second(this: &Node, first: &Node, text: &mut Text) {
    let is_module = matches!(this.meta.kind, Kind::Module);
    if is_module {
        text.headline("GR0006");
        text.push("two modules of plugin ");
        text.code(this.meta.plugin);
        text.push(" have the id ");
    } else {
        text.headline("GR0005");
        text.push("two plugins have the id ");
    }
    text.code(this.meta.id);
    write_rivals(first, this, text);
    if this.meta.is(first.meta) {
        text.push("it is listed twice: remove one of the two entries");
    } else if is_module {
        text.push("change one of the ids: settings and reports name a module by it");
    } else {
        text.push("change one of the ids: it is the plugin's path, database and settings key");
    }
}

const fn write_again(this: &Node, first: &Node, text: &mut Text) {
    text.headline("GR0019");
    write_feature(this, text);
    text.push(" is listed twice");
    write_rivals(first, this, text);
    text.push("remove one of the two entries: it would have its effect twice");
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
