//! What an operator can set for the plugin: the section `example` of the configuration.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ExampleSettings {
    /// How many things there may be to do.
    #[schemars(range(min = 1, max = 10_000))]
    pub max_todos: u16,
    /// What there is to do at first.
    pub welcome: Vec<String>,
}

impl Default for ExampleSettings {
    fn default() -> Self {
        Self {
            max_todos: 1_000,
            welcome: Vec::new(),
        }
    }
}
