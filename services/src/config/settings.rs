//! A plugin's own section of the configuration, as a type of its own.
//!
//! The type is the documentation, the check and the schema at once. The check runs at start and
//! tells all mistakes of the section together, because one mistake per restart is a waste of an
//! afternoon. The engine calls these functions with a plugin's id; a plugin only sees [`Settings`].

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::error::{ConfigError, ConfigErrors, UnknownKey};
use super::keys::{is_below, parent};
use super::read;
use super::schema;
use super::snapshot::Config;
use super::tree::Node;

/// The plugin's own section, the top-level key `<plugin id>`, read and checked when the backend
/// starts.
///
/// A section that is absent is an empty object: a type whose fields all have defaults needs no
/// configuration. Use `#[serde(default)]`, not `#[serde(alias)]`: an alias is unknown to the
/// schema.
pub struct Settings<T>(Arc<T>);

impl<T> Settings<T> {
    /// Settings that do not come from a configuration, as a test has them.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Settings<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Settings<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Settings").field(&self.0).finish()
    }
}

/// What is to be said about a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SectionReport {
    /// All mistakes; with one of them the plugin cannot start.
    pub errors: Vec<ConfigError>,
    /// Keys that the type does not know: warnings at start, mistakes in a strict check.
    pub unknown: Vec<UnknownKey>,
}

impl SectionReport {
    /// All mistakes of a strict check, in which an unknown key is one.
    #[must_use]
    pub fn into_strict(self) -> Vec<ConfigError> {
        self.errors
            .into_iter()
            .chain(self.unknown.into_iter().map(ConfigError::Unknown))
            .collect()
    }
}

/// Checks the section of a plugin against its type, without keeping the value.
#[must_use]
pub fn check_section<T: DeserializeOwned + JsonSchema>(
    config: &Config,
    plugin_id: &str,
) -> SectionReport {
    examine::<T>(config, plugin_id).0
}

/// Reads the section of a plugin. Unknown keys do not stand in its way; see [`check_section`] for
/// those.
///
/// # Errors
/// All mistakes of the section at once.
pub fn read_section<T: DeserializeOwned + JsonSchema>(
    config: &Config,
    plugin_id: &str,
) -> Result<Settings<T>, ConfigErrors> {
    let (report, value) = examine::<T>(config, plugin_id);
    match (ConfigErrors::collect(report.errors), value) {
        (None, Some(value)) => Ok(Settings::new(value)),
        (Some(errors), _) => Err(errors),
        (None, None) => unreachable!("a section without mistakes has a value"),
    }
}

/// The JSON Schema (draft 2020-12) of a section, for editors and for `config schema`.
#[must_use]
pub fn section_schema<T: JsonSchema>() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

fn examine<T: DeserializeOwned + JsonSchema>(
    config: &Config,
    plugin_id: &str,
) -> (SectionReport, Option<T>) {
    let section = config.section(plugin_id);
    let mut node = match section.node() {
        Ok(node) => node,
        Err(error) => {
            return (
                SectionReport {
                    errors: vec![error],
                    unknown: Vec::new(),
                },
                None,
            );
        }
    };
    let found = schema::check(&section_schema::<T>(), &mut node, section.prefix());
    let (mut errors, mut unknown) = (found.errors, found.unknown);
    let value = match read::read::<T>(&node, section.prefix(), &BTreeSet::new()) {
        Ok(value) => {
            // serde got all that it needs: a key that the schema misses had another name or a
            // default.
            errors.retain(|error| match error {
                ConfigError::Missing { .. } => false,
                ConfigError::Unknown(key) => {
                    unknown.push(key.clone());
                    false
                }
                _ => true,
            });
            errors.is_empty().then_some(value)
        }
        Err(first) => {
            collect::<T>(&node, section.prefix(), first, &mut errors);
            None
        }
    };
    let errors = errors.into_iter().map(|error| section.explain(error));
    let errors = ConfigErrors::collect(errors)
        .map(ConfigErrors::into_vec)
        .unwrap_or_default();
    unknown.sort_by(|a, b| a.place.cmp(&b.place));
    (SectionReport { errors, unknown }, value)
}

/// Adds the mistakes that only serde sees, one after the other: what was refused is passed over, so
/// that serde gets as far as the next.
fn collect<T: DeserializeOwned>(
    node: &Node,
    prefix: &str,
    first: ConfigError,
    errors: &mut Vec<ConfigError>,
) {
    let mut skip: BTreeSet<String> = errors
        .iter()
        .filter(|error| !matches!(error, ConfigError::Missing { .. }))
        .filter_map(|error| error.key().map(str::to_owned))
        .collect();
    let mut told: BTreeSet<String> = errors
        .iter()
        .filter_map(|error| error.key().map(str::to_owned))
        .collect();
    let mut next = Some(first);
    while let Some(error) = next {
        let Some(key) = error.key().map(str::to_owned) else {
            return errors.push(error);
        };
        let missing = matches!(error, ConfigError::Missing { .. });
        // What was passed over further in is not a mistake of its parent.
        if !told
            .iter()
            .any(|earlier| *earlier == key || is_below(earlier, &key))
        {
            errors.push(error);
            told.insert(key.clone());
        }
        let passed_over = if missing {
            parent(&key).to_owned()
        } else {
            key
        };
        if !is_below(&passed_over, prefix) || !skip.insert(passed_over) {
            return;
        }
        next = read::read::<T>(node, prefix, &skip).err();
    }
}
