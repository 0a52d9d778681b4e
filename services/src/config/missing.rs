//! Says where a key that is missing would belong, and what took it away.
//!
//! A missing key has no place of its own, so the nearest thing that has one is named. A variable
//! that is not set takes its key away silently, by rule; here that becomes visible, when the key is
//! missed.

use super::error::ConfigError;
use super::place::Place;
use super::snapshot::Config;
use super::tree::{Node, Value};

impl Config {
    /// The error with what only the whole configuration knows: where a missing key would belong,
    /// and which variable took it away.
    pub(super) fn explain(&self, error: ConfigError) -> ConfigError {
        let ConfigError::Missing { key, note } = error else {
            return error;
        };
        // A key within a list has no home by its name; what the reader of the list said stands.
        let mut note = if key.contains('[') {
            note
        } else {
            self.home(&key)
        };
        let mut parents = std::iter::successors(Some(key.as_str()), |key| {
            key.rsplit_once('.').map(|(parent, _)| parent)
        });
        if let Some((name, place)) = parents.find_map(|key| self.state.removed.get(key)) {
            note = format!("{place} sets it from the variable {name}, which is not set");
        }
        ConfigError::Missing { key, note }
    }

    /// Where a key that is missing would belong.
    fn home(&self, key: &str) -> String {
        let mut parent = key;
        while let Some((shorter, _)) = parent.rsplit_once('.') {
            parent = shorter;
            if let Some(place) = self.place_of_key(parent) {
                return format!("it belongs under `{parent}` ({place})");
            }
        }
        match self.state.files.first() {
            Some(file) => {
                let name = super::files::name(file, self.state.environment.directory());
                format!("it belongs at the top level of {name}")
            }
            None => "no configuration file was found; it belongs into app-config.yaml".to_owned(),
        }
    }

    fn place_of_key(&self, key: &str) -> Option<Place> {
        let (parent, name) = key.rsplit_once('.').unwrap_or(("", key));
        match self.find(parent) {
            Ok(Some(Node {
                value: Value::Map(map),
                ..
            })) => map.get(name).map(|entry| entry.key_place.clone()),
            _ => None,
        }
    }
}
