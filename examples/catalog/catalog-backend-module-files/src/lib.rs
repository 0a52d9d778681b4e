//! A module of the catalog: entities from descriptor files in YAML.
//!
//! It knows the catalog by `catalog-node` alone.

mod descriptor;
mod provider;
mod settings;
mod yaml;

use std::sync::Arc;

use catalog_node::EntityProviders;
use greenroom::prelude::*;

pub use provider::FileProvider;
pub use settings::{FilesSettings, Location, LocationType};

/// The module.
///
/// # Errors
///
/// When there is no working directory, from which relative paths begin.
#[backend_module(plugin = "catalog", id = "files")]
pub async fn module(
    providers: &mut EntityProviders,
    settings: Settings<FilesSettings>,
    logger: Logger,
) -> Result<()> {
    let targets = settings.locations.iter().map(|it| it.target.clone());
    let targets: Vec<_> = targets.collect();
    if targets.is_empty() {
        logger.warn("`catalog.locations` is empty, so no entity comes from a file");
    }
    let directory = std::env::current_dir()?;
    providers.add(Arc::new(FileProvider::new(directory, targets)));
    Ok(())
}
