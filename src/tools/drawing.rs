//! A graph as figures and arrows, before it is written in the language of a tool that draws.

use std::collections::BTreeSet;

use greenroom_di_core::Scope;
use greenroom_di_core::feature::Kind;
use greenroom_di_core::graph::{FeatureView, Standing};
use greenroom_di_core::inject::Need;

use super::links::{How, links, name};

/// A feature, to be drawn.
pub(crate) struct Figure {
    /// A name that every language takes as it is.
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) shape: Shape,
}

/// What tells the kinds of features apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Plugin,
    Module,
    RootService,
    PluginService,
    Decorator,
}

/// An arrow from a feature to what it needs.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) label: String,
    pub(crate) line: Line,
}

/// How firm an arrow is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Line {
    /// Without the other there is no backend.
    Solid,
    /// It would do without the other.
    Dashed,
}

/// The figures, and the arrows between them, each once.
pub(crate) fn draw(features: &[FeatureView<'_>]) -> (Vec<Figure>, BTreeSet<Arrow>) {
    let shown: BTreeSet<usize> = features.iter().map(FeatureView::position).collect();
    let mut arrows = BTreeSet::new();
    for &feature in features {
        let mut add = |to: FeatureView<'_>, label: String, line| {
            if shown.contains(&to.position()) {
                let (from, to) = (key(feature), key(to));
                arrows.insert(Arrow {
                    from,
                    to,
                    label,
                    line,
                });
            }
        };
        for link in links(feature) {
            let (label, line) = match link.how {
                How::RunsAfter => {
                    add(link.to, after(feature, link.to), Line::Solid);
                    continue;
                }
                How::Takes(dependency) => match dependency.need() {
                    Need::Optional(_) => ("optional", Line::Dashed),
                    Need::Derived(_) => ("settings", Line::Solid),
                    Need::Extend(_) => ("extends", Line::Solid),
                    Need::Offer(_) => ("offers", Line::Solid),
                    _ => ("", Line::Solid),
                },
            };
            add(link.to, label.to_owned(), line);
        }
        if let Standing::ReplacedBy(other) = feature.standing() {
            add(other, "replaced by".to_owned(), Line::Dashed);
        }
    }
    let figures = features.iter().map(|&feature| Figure {
        key: key(feature),
        label: label(feature),
        shape: shape(feature),
    });
    (figures.collect(), arrows)
}

/// What makes a feature run after a module: the extension points that it offers and the module writes to.
fn after(feature: FeatureView<'_>, module: FeatureView<'_>) -> String {
    let offered: BTreeSet<&str> = feature
        .dependencies()
        .filter(|dependency| matches!(dependency.need(), Need::Offer(_)))
        .map(|dependency| dependency.id())
        .collect();
    let written: BTreeSet<&str> = module
        .dependencies()
        .filter(|dependency| matches!(dependency.need(), Need::Extend(_)))
        .map(|dependency| dependency.id())
        .filter(|id| offered.contains(id))
        .collect();
    match written.is_empty() {
        true => "after".to_owned(),
        false => format!(
            "after, {}",
            written.into_iter().collect::<Vec<_>>().join(", ")
        ),
    }
}

fn key(feature: FeatureView<'_>) -> String {
    format!("f{}", feature.position())
}

fn label(feature: FeatureView<'_>) -> String {
    match (feature.kind(), feature.service()) {
        (Kind::Plugin | Kind::Module, _) => format!("{} {}", feature.kind_word(), name(feature)),
        // Which of them it is says the function alone.
        (kind, Some(service)) if service.multiton || kind == Kind::Decorator => {
            format!("{}\n{}", service.id, feature.id())
        }
        _ if !matches!(feature.standing(), Standing::Used) => {
            format!("{}\n{}", name(feature), feature.id())
        }
        _ => name(feature),
    }
}

fn shape(feature: FeatureView<'_>) -> Shape {
    match (feature.kind(), feature.service()) {
        (Kind::Plugin, _) => Shape::Plugin,
        (Kind::Module, _) => Shape::Module,
        (Kind::Decorator, _) => Shape::Decorator,
        (_, Some(service)) if service.scope == Scope::Root => Shape::RootService,
        _ => Shape::PluginService,
    }
}
