//! What an operator can set: the list `catalog.locations` of the configuration.

use schemars::JsonSchema;
use serde::Deserialize;

/// The section `catalog`, as far as this module reads it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FilesSettings {
    /// Where to begin. What is in a descriptor of kind `Location` is followed from there.
    pub locations: Vec<Location>,
}

/// A place to begin.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Location {
    /// What `target` is.
    #[serde(rename = "type")]
    pub kind: LocationType,
    /// A path or a glob; a relative one starts from the working directory.
    pub target: String,
}

/// What a location can be.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LocationType {
    /// Files.
    File,
}
