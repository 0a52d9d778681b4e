//! One state of the configuration, as the rest of the program sees it.
//!
//! A snapshot never changes: who wants to follow changes subscribes to the service and gets a new
//! one. It knows which section it shows, so errors name whole keys however deep the reader stands.
//! It gives out values by type only; there is no way to ask for the tree.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::environment::{Environment, Mode, READABLE};
use super::error::ConfigError;
use super::keys::join;
use super::place::{Place, Source};
use super::read;
use super::transform::Removed;
use super::tree::{Echo, Map, Node, Value};

/// An immutable snapshot of the configuration, or of one section of it. Cloning is cheap.
///
/// Keys have dots: `backend.listen.port`. Numbers and truth values may be written as text
/// (`"7007"`, `yes`), as `${PORT}` always is.
///
/// ```
/// # use greenroom_services::config::Config;
/// let config = Config::from_json(serde_json::json!({ "backend": { "listen": { "port": "7007" } } }));
/// assert_eq!(config.get::<u16>("backend.listen.port")?, 7007);
/// assert_eq!(config.section("backend").get_optional::<String>("baseUrl")?, None);
/// # Ok::<(), greenroom_services::config::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Config {
    pub(super) state: Arc<State>,
    /// The whole key of the section that is shown; empty at the root.
    prefix: String,
}

/// What all sections of one snapshot share.
pub(super) struct State {
    pub(super) root: Node,
    pub(super) environment: Environment,
    pub(super) removed: Removed,
    pub(super) files: Vec<PathBuf>,
}

impl Config {
    pub(super) fn new(state: State) -> Self {
        Self {
            state: Arc::new(state),
            prefix: String::new(),
        }
    }

    /// A configuration without any key, in production mode.
    #[must_use]
    pub fn empty() -> Self {
        Self::from_json(serde_json::json!({}))
    }

    /// The configuration that a program brings itself, in production mode. What is not an object
    /// counts as an empty one, and `null` hides a key, as in a file.
    #[must_use]
    pub fn from_json(value: serde_json::Value) -> Self {
        let root = super::merge::without_nulls(Node::from_program(value));
        let root = match root.value {
            Value::Map(_) => root,
            _ => Node::empty(Place::start(Source::Program)),
        };
        Self::new(State {
            root,
            environment: Environment::default(),
            removed: Removed::default(),
            files: Vec::new(),
        })
    }

    /// The same values under another environment, and so perhaps in another mode.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Self {
        let state = State {
            root: self.state.root.clone(),
            environment,
            removed: self.state.removed.clone(),
            files: self.state.files.clone(),
        };
        Self {
            state: Arc::new(state),
            prefix: self.prefix,
        }
    }

    /// Whether the key holds something.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        matches!(self.find(&self.whole(key)), Ok(Some(_)))
    }

    /// The keys of this section, without their parents, in the order of the files.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.entries().map(|(name, _)| name.to_owned()).collect()
    }

    /// The value of a key, as a `T`. The empty key is the section itself.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] if the key holds nothing, and what
    /// [`get_optional`](Self::get_optional) returns.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<T, ConfigError> {
        if let Some(value) = self.get_optional(key)? {
            return Ok(value);
        }

        let missing = ConfigError::Missing {
            key: self.whole(key),
            note: String::new(),
        };
        Err(self.explain(missing))
    }

    /// The value of a key, as a `T`, or `None` if the key holds nothing.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] or another error with key and place if the value does not fit the
    /// type, or if a parent of the key is not an object; [`ConfigError::Missing`] for a field of
    /// `T`.
    pub fn get_optional<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        let whole = self.whole(key);
        let Some(node) = self.find(&whole)? else {
            return Ok(None);
        };
        let value = read::read(node, &whole, &BTreeSet::new());
        value.map(Some).map_err(|error| self.explain(error))
    }

    /// A mistake in the value of a key that no type can see, told like all others: with key and place. The
    /// message must not repeat what may be a credential.
    #[must_use]
    pub fn refusal(&self, key: &str, message: impl Into<String>) -> ConfigError {
        let key = self.whole(key);
        let found = self.find(&key).ok().flatten();
        let place = found.unwrap_or(&self.state.root).place.clone();
        ConfigError::Refused {
            key,
            place,
            message: message.into(),
        }
    }

    /// The section at a key; it is empty if the key holds nothing. Errors still name whole keys.
    #[must_use]
    pub fn section(&self, key: &str) -> Self {
        Self {
            state: Arc::clone(&self.state),
            prefix: self.whole(key),
        }
    }

    /// A section for each item of the list at a key, none if the key holds nothing. Their errors name the item,
    /// such as `backend.auth.externalAccess[1].type`.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] if the key holds something else than a list.
    pub fn sections(&self, key: &str) -> Result<Vec<Self>, ConfigError> {
        let whole = self.whole(key);
        let Some(node) = self.find(&whole)? else {
            return Ok(Vec::new());
        };
        let Value::List(items) = &node.value else {
            return Err(ConfigError::Wrong {
                key: whole,
                place: node.place.clone(),
                found: node.describe(Echo::Shown),
                wanted: "a list".to_owned(),
            });
        };
        let section = |index| self.section(&format!("{key}[{index}]"));
        Ok((0..items.len()).map(section).collect())
    }

    /// What the program is run for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.state.environment.mode()
    }

    /// A variable of the environment: one of [`READABLE`], and `None` for every other.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&str> {
        if READABLE.contains(&name) {
            self.state.environment.variable(name)
        } else {
            None
        }
    }

    /// The working directory, from which relative paths of the configuration start.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.state.environment.directory()
    }

    /// The files that this snapshot was read from, the later ones winning, without the included
    /// ones.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.state.files
    }

    /// The keys of this section with their places.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Place)> {
        let map = match self.find(&self.prefix) {
            Ok(Some(Node {
                value: Value::Map(map),
                ..
            })) => Some(map),
            _ => None,
        };
        map.into_iter()
            .flatten()
            .map(|(name, entry)| (name.as_str(), &entry.key_place))
    }

    /// The node of this section, and an empty object where the section would be if there is none.
    pub(super) fn node(&self) -> Result<Node, ConfigError> {
        let found = self.find(&self.prefix)?.cloned();
        Ok(found.unwrap_or_else(|| Node::empty(self.state.root.place.clone())))
    }

    /// The whole key of this section.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    fn whole(&self, key: &str) -> String {
        match key {
            "" => self.prefix.clone(),
            key => join(&self.prefix, key),
        }
    }

    /// The node at a whole key.
    pub(super) fn find(&self, key: &str) -> Result<Option<&Node>, ConfigError> {
        let mut node = &self.state.root;
        let mut walked = String::new();
        for part in key.split('.').filter(|_| !key.is_empty()) {
            let Value::Map(map) = &node.value else {
                return Err(ConfigError::Wrong {
                    key: walked,
                    place: node.place.clone(),
                    found: node.describe(Echo::Shown),
                    wanted: format!("an object (for `{key}`)"),
                });
            };
            let entry = map.get(part).map(|entry| &entry.node);
            let Some(found) = entry.or_else(|| item(map, part)) else {
                return Ok(None);
            };
            node = found;
            walked = join(&walked, part);
        }
        Ok(Some(node))
    }
}

/// The item of a list, for a part of a key such as `externalAccess[1]`.
fn item<'a>(map: &'a Map, part: &str) -> Option<&'a Node> {
    let (name, index) = part.strip_suffix(']')?.rsplit_once('[')?;
    match &map.get(name)?.node.value {
        Value::List(items) => items.get(index.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Shows which keys there are, never a value.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("section", &self.prefix)
            .field("keys", &self.keys())
            .finish_non_exhaustive()
    }
}
