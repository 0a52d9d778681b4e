//! What every backend can tell about itself: how it is wired, what it is made of, how it is configured.
//!
//! The graph is a constant of the program, so its commands need neither configuration nor network. Each
//! function here answers with a text, which the command line prints; nothing prints by itself, and nothing
//! starts a plugin.

mod config;
mod dot;
mod drawing;
mod features;
mod json;
mod links;
mod mermaid;
mod schema;
mod selection;
#[cfg(test)]
mod tests;
mod tree;
mod unknown;
mod unused;
mod why;

use greenroom_di_core::graph::Graph;

pub(crate) use config::{ConfigFormat, Printed, print_config};
pub(crate) use features::features;
pub(crate) use schema::config_schema;
pub(crate) use unknown::Unknown;

/// How a graph is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum GraphFormat {
    /// Text for people
    #[default]
    Tree,
    /// A flowchart that Markdown pages render
    Mermaid,
    /// A drawing for Graphviz
    Dot,
    /// All of it, for programs
    Json,
}

/// What is asked of a graph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'q> {
    /// What is used, and what it takes.
    All,
    /// How this service, plugin, module or extension point comes to be used.
    Why(&'q str),
    /// What is listed and not used.
    Unused,
}

/// The answer, in the format that was asked for.
pub(crate) fn graph(
    graph: &Graph<'_>,
    format: GraphFormat,
    question: Question<'_>,
) -> Result<String, Unknown> {
    let why = match question {
        Question::Why(id) => Some(why::why(graph, id)?),
        Question::All | Question::Unused => None,
    };
    if format == GraphFormat::Tree {
        return Ok(match (question, why) {
            (_, Some(why)) => why.to_string(),
            (Question::Unused, None) => unused::unused(graph),
            _ => tree::tree(graph),
        });
    }
    let chosen = match (question, &why) {
        (_, Some(why)) => selection::on_the_way(why),
        (Question::Unused, None) => selection::unused(graph),
        _ => selection::used(graph),
    };
    Ok(match format {
        GraphFormat::Mermaid => mermaid::mermaid(&chosen),
        GraphFormat::Dot => dot::dot(&chosen),
        GraphFormat::Tree | GraphFormat::Json => json::json(&chosen),
    })
}
