//! Which features a drawing or a document shows: all that are used, those on the way to a service, or
//! those that are not used.

use std::collections::BTreeSet;

use greenroom_di_core::feature::Kind;
use greenroom_di_core::graph::{FeatureView, Graph, Standing};

use super::links::links;
use super::why::Why;

/// What is used. The container's own services are a part of it where somebody takes them.
pub(crate) fn used<'a>(graph: &Graph<'a>) -> Vec<FeatureView<'a>> {
    let reached = || graph.features().filter(FeatureView::is_reached);
    let taken: BTreeSet<usize> = reached()
        .flat_map(links)
        .map(|link| link.to.position())
        .collect();
    let shown = |feature: &FeatureView<'_>| {
        feature.kind() != Kind::BuiltIn || taken.contains(&feature.position())
    };
    reached().filter(shown).collect()
}

/// What lies on the ways to a service, and what it is.
pub(crate) fn on_the_way<'a>(why: &Why<'a>) -> Vec<FeatureView<'a>> {
    let steps = why.ways.iter().flat_map(|way| {
        let on = way.steps.iter().filter_map(|step| step.to);
        std::iter::once(way.from).chain(on)
    });
    in_order(steps.chain(why.subjects.iter().copied()))
}

/// What is listed and not used, and what is used in its place.
pub(crate) fn unused<'a>(graph: &Graph<'a>) -> Vec<FeatureView<'a>> {
    in_order(
        graph
            .features()
            .flat_map(|feature| match feature.standing() {
                Standing::Used => vec![],
                Standing::ReplacedBy(other) | Standing::Repeats(other) => vec![feature, other],
                _ => vec![feature],
            }),
    )
}

/// Each feature once, in the order of the entries.
fn in_order<'a>(features: impl Iterator<Item = FeatureView<'a>>) -> Vec<FeatureView<'a>> {
    let mut all: Vec<_> = features.collect();
    all.sort_by_key(FeatureView::position);
    all.dedup_by_key(|feature| feature.position());
    all
}
