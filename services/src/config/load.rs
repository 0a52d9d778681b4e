//! Puts one state of the configuration together: find, read, follow, merge.
//!
//! A load either gives a whole configuration or all the mistakes that it met. What it asked the
//! file system is kept either way, because a configuration that could not be read is watched most
//! of all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::Environment;
use super::error::{ConfigError, ConfigErrors};
use super::files::{self, Files};
use super::merge::{merge, without_nulls};
use super::place::{Place, Source};
use super::snapshot::{Config, State};
use super::transform::{Removed, Transform};
use super::tree::{Echo, Node, Value};
use super::{overrides, sources, yaml};

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The files that were named, in their order, the later ones winning; relative ones start from
    /// the working directory. Empty: the customary files, see [`config`](super).
    pub files: Vec<PathBuf>,
    /// What the process was given from outside.
    pub environment: Environment,
    /// What options of the command line set, above all else.
    pub options: Vec<SetByOption>,
}

/// A key that an option of the command line sets.
#[derive(Clone, Debug)]
pub struct SetByOption {
    /// The option, as it is typed.
    pub option: &'static str,
    /// The key, with dots between its parts.
    pub key: String,
    /// Its value.
    pub value: serde_json::Value,
}

impl SetByOption {
    /// The layer that it adds.
    fn layer(&self) -> Node {
        let place = Place::start(Source::Option(self.option));
        let json = self.key.rsplit('.').fold(
            self.value.clone(),
            |value, part| serde_json::json!({ part: value }),
        );
        Node::from_json(json, &place, Echo::Shown)
    }
}

/// The configuration as it is now.
pub(super) fn assemble(options: &LoadOptions, files: &mut Files) -> Result<Config, ConfigErrors> {
    let environment = &options.environment;
    let paths = sources::find(&options.files, environment, files);
    let mut errors = Vec::new();
    let mut removed = Removed::new();
    let mut root = None;
    for path in &paths {
        let layer = match load_file(path, environment, files) {
            Ok(layer) => layer,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let place = layer.place.clone();
        let mistakes = errors.len();
        let mut transform = Transform::new(environment, files, &mut removed, &mut errors);
        let layer = match transform.apply(layer, &directory, "") {
            Some(layer) if is_layer(&layer) => layer,
            Some(layer) => {
                let found = layer.describe(layer.echo);
                let message = format!("found {found}, wanted an object at the root of the file");
                errors.push(ConfigError::Syntax {
                    place: layer.place,
                    message,
                });
                continue;
            }
            None if errors.len() > mistakes => continue,
            None => Node::empty(place),
        };
        root = Some(match root {
            Some(root) => merge(root, as_object(layer)),
            None => as_object(layer),
        });
    }
    let overrides = overrides::layer(environment, &mut errors);
    if let Some(errors) = ConfigErrors::collect(errors) {
        return Err(errors);
    }
    let base = root.unwrap_or_else(|| Node::empty(Place::start(Source::Program)));
    let options = options.options.iter().map(SetByOption::layer);
    let root = without_nulls(options.fold(merge(base, overrides), merge));
    Ok(Config::new(State {
        root,
        environment: environment.clone(),
        removed,
        files: paths,
    }))
}

fn is_layer(node: &Node) -> bool {
    matches!(node.value, Value::Map(_) | Value::Null)
}

/// A layer as an object; an empty file is one without keys.
fn as_object(node: Node) -> Node {
    match node.value {
        Value::Map(_) => node,
        _ => Node::empty(node.place),
    }
}

/// The tree of one file, with nothing in it followed yet.
pub(super) fn load_file(
    path: &Path,
    environment: &Environment,
    files: &mut Files,
) -> Result<Node, ConfigError> {
    let name = files::name(path, environment.directory());
    match files.read(path) {
        Ok(text) => yaml::parse(&text, &Arc::new(Source::File(name))),
        Err(error) => Err(ConfigError::File {
            file: name,
            message: files::reason(&error),
        }),
    }
}
