//! The words for every wiring mistake: one voice and one layout, for the compiler and at run time.
//!
//! A report names both ends and both places, and says what to do. It is written only when something is
//! wrong, so it may search where the analysis may not.

mod cycles;
mod modules;
mod parts;
mod rivals;
mod services;

use super::Graph;
use super::rules::{is_missing, is_orphan, is_settings_at_root, is_too_narrow, other_declaration};
use super::state::{HEAD, NONE};
use super::text::Text;
use cycles::write_cycle;
use modules::{write_orphan, write_point};
use rivals::write_rival;
use services::{
    write_decorator, write_missing, write_other_declaration, write_settings_at_root,
    write_too_narrow,
};

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
    let (nodes, view) = (graph.nodes, &graph.view());
    write_decorator(graph, node, text);
    if !graph.is_reached(node) {
        return;
    }
    if graph.state[node] & HEAD != 0 {
        write_cycle(graph, node, text);
    }
    if is_orphan(nodes, view, node) {
        write_orphan(graph, node, text);
    }
    let dependencies = nodes[node].meta.dependencies;
    let mut at = 0;
    while at < dependencies.len() {
        let dependency = &dependencies[at];
        let other = other_declaration(nodes, view, node, at);
        if is_missing(nodes, view, node, at) {
            write_missing(graph, node, dependency, text);
        } else if other != NONE {
            write_other_declaration(graph, node, dependency, other as usize, text);
        }
        if is_settings_at_root(nodes, node, at) {
            write_settings_at_root(graph, node, dependency, text);
        } else if is_too_narrow(nodes, node, at) {
            write_too_narrow(graph, node, dependency, text);
        }
        write_point(graph, node, at, text);
        at += 1;
    }
}
