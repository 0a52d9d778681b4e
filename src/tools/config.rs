//! The configuration as a backend reads it, for people: what holds in the end, with secrets hidden.
//!
//! It is read by the backend's own factory of `core.rootConfig`, which need not be the default one: that
//! factory and what it takes are composed to a backend of their own, and nothing else is built.

use std::collections::BTreeSet;

use greenroom_di_core::feature::{Entry, Feature, Kind, Listing};
use greenroom_di_core::graph::{FeatureView, Graph};
use greenroom_di_core::{Backend, Inputs, Service};
use greenroom_services::config::{RootConfig, RootConfigService, Shown};

use super::links::links;
use super::schema::config_schema;
use crate::backend_plugin;

/// How the configuration is written.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum ConfigFormat {
    /// With the place of every value
    #[default]
    Yaml,
    /// Without the places
    Json,
}

/// Makes the configuration reached, and does nothing with it.
#[backend_plugin(id = "config-print")]
fn reader(_config: RootConfig) {}

/// A backend that reads the configuration as another one does.
#[derive(Debug)]
pub(crate) struct Printed {
    backend: Option<Backend>,
    schema: serde_json::Value,
}

impl Printed {
    pub(crate) fn of(graph: &Graph<'_>) -> Self {
        let mut entries: Vec<_> = what_reads(graph).filter_map(entry).collect();
        entries.push(Entry::of::<reader>());
        Self {
            // It cannot be composed only if there is no such factory.
            backend: Backend::compose(&entries).ok(),
            schema: config_schema(graph),
        }
    }
}

/// The configuration as text, or why it cannot be read.
pub(crate) async fn print_config(
    printed: Printed,
    inputs: Inputs,
    format: ConfigFormat,
) -> Result<String, String> {
    const NONE: &str = "nothing in this backend reads a configuration";
    let backend = printed.backend.ok_or(NONE)?;
    let running = backend.start(inputs).await;
    let running = running.map_err(|error| error.to_string())?;
    let config = running.root_service::<dyn RootConfigService>();
    let shown = config.map(|config| Shown::of(&config.current(), &printed.schema));
    running.stop().await;
    let shown = shown.ok_or(NONE)?;
    Ok(match format {
        ConfigFormat::Yaml => shown.to_yaml(),
        ConfigFormat::Json => format!("{:#}\n", shown.to_json()),
    })
}

/// The factory of the configuration, what wraps it, and all that those take.
fn what_reads<'a>(graph: &Graph<'a>) -> impl Iterator<Item = FeatureView<'a>> + use<'a> {
    let config = <dyn RootConfigService as Service>::META;
    let provides = |feature: &FeatureView<'_>| {
        let service = feature.service().map(|service| service.key);
        feature.kind() == Kind::Factory && feature.is_reached() && service == Some(config.key)
    };
    let mut open: Vec<_> = graph.features().filter(provides).collect();
    let mut seen = BTreeSet::new();
    while let Some(feature) = open.pop() {
        if seen.insert(feature.position()) {
            open.extend(links(feature).map(|link| link.to));
        }
    }
    graph
        .features()
        .filter(move |feature| seen.contains(&feature.position()))
}

fn entry(feature: FeatureView<'_>) -> Option<Entry> {
    let (spelled, place) = feature.entry()?;
    let meta = feature.meta();
    let run = feature.node().run?;
    Some(Entry {
        spelled,
        listing: Listing::Feature(Feature { meta, run }),
        place,
        position: 0,
    })
}
