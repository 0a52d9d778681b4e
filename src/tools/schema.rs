//! The JSON Schema of all that a backend reads from its configuration.

use std::collections::BTreeSet;

use greenroom_di_core::Scope;
use greenroom_di_core::feature::Kind;
use greenroom_di_core::graph::{FeatureView, Graph};
use greenroom_di_core::inject::{Audience, Need};
use greenroom_services::config::ConfigSchema;
use serde_json::Value;

use super::links::links;

/// The schema; it follows from the graph alone, and no configuration has to exist.
pub(crate) fn config_schema(graph: &Graph<'_>) -> Value {
    let mut schema = ConfigSchema::new();
    let reached = || graph.features().filter(FeatureView::is_reached);
    for feature in reached() {
        describe(feature, Audience::Everyone, None, &mut schema);
    }
    let eager = || reached().filter(|feature| feature.is_eager());
    for plugin in reached().filter(|feature| feature.kind() == Kind::Plugin) {
        // What is built for the plugin: its modules, eager services, and all that those take.
        let mut open: Vec<_> = plugin.modules().chain(eager()).collect();
        open.push(plugin);
        let mut seen = BTreeSet::new();
        while let Some(feature) = open.pop() {
            if !is_of_root(feature) && seen.insert(feature.position()) {
                open.extend(links(feature).map(|link| link.to));
                describe(feature, Audience::Plugin, Some(plugin.id()), &mut schema);
            }
        }
    }
    schema.finish()
}

fn is_of_root(feature: FeatureView<'_>) -> bool {
    feature
        .service()
        .is_some_and(|service| service.scope == Scope::Root)
}

fn describe(
    feature: FeatureView<'_>,
    audience: Audience,
    plugin: Option<&str>,
    schema: &mut ConfigSchema,
) {
    for dependency in feature.dependencies() {
        if let Need::Derived(derivation) = dependency.need()
            && derivation.audience == audience
        {
            (derivation.describe)(schema, plugin);
        }
    }
}
