//! Follows `${…}`, `$env`, `$file` and `$include` in the tree of one file.
//!
//! It works before the layers are merged, because a value that a missing variable takes away must
//! let the lower layer's value through. A directive stands alone in its object; other keys that
//! begin with `$` are plain data. All mistakes of a file are collected. Relative paths start from
//! the file that holds them, also after an include.

use std::collections::HashMap;
use std::path::Path;

use super::environment::Environment;
use super::error::ConfigError;
use super::files::{self, Files};
use super::keys::join;
use super::load::load_file;
use super::place::Place;
use super::substitute::{Substituted, substitute};
use super::tree::{Echo, Entry, Map, Node, Value};

const DIRECTIVES: [&str; 3] = ["$env", "$file", "$include"];

/// How many files may include each other in a row.
const LONGEST_CHAIN: usize = 32;

/// The keys that went away, with the variable that was not set: they explain what is missing later.
pub(super) type Removed = HashMap<String, (String, Place)>;

/// What following the directives of a file needs, and what comes out besides the tree.
pub(super) struct Transform<'a> {
    pub(super) environment: &'a Environment,
    pub(super) files: &'a mut Files,
    pub(super) removed: &'a mut Removed,
    pub(super) errors: &'a mut Vec<ConfigError>,
    chain: Vec<String>,
}

/// The part of an object that is a directive.
struct Directive<'n> {
    name: &'static str,
    argument: &'n Node,
}

impl<'a> Transform<'a> {
    /// A transform that includes nothing yet.
    pub(super) fn new(
        environment: &'a Environment,
        files: &'a mut Files,
        removed: &'a mut Removed,
        errors: &'a mut Vec<ConfigError>,
    ) -> Self {
        Self {
            environment,
            files,
            removed,
            errors,
            chain: Vec::new(),
        }
    }

    /// The tree with all directives followed; `None` if an unset variable takes it away, or if it
    /// is wrong.
    ///
    /// `base` is the directory of the file, `key` the whole key of the node.
    pub(super) fn apply(&mut self, node: Node, base: &Path, key: &str) -> Option<Node> {
        let Node { value, place, echo } = node;
        match value {
            Value::Text(text) => match substitute(&text, self.environment) {
                Substituted::Plain => Some(Node {
                    value: Value::Text(text),
                    place,
                    echo,
                }),
                Substituted::Unescaped(text) => Some(Node {
                    value: Value::Text(text),
                    place,
                    echo,
                }),
                Substituted::Filled(text) => Some(Node::hidden(Value::Text(text), place)),
                Substituted::Unset(name) => self.unset(name, place, key),
            },
            Value::List(items) => {
                let items = items
                    .into_iter()
                    .enumerate()
                    .filter_map(|(index, item)| self.apply(item, base, &format!("{key}[{index}]")))
                    .collect();
                Some(Node {
                    value: Value::List(items),
                    place,
                    echo,
                })
            }
            Value::Map(map) => match directive(&map) {
                Ok(Some(Directive { name, argument })) => {
                    self.follow(name, argument, &place, base, key)
                }
                Ok(None) => {
                    let entries = self.entries(map, base, key);
                    Some(Node {
                        value: Value::Map(entries),
                        place,
                        echo,
                    })
                }
                Err(message) => self.wrong(key, &place, message),
            },
            scalar => Some(Node {
                value: scalar,
                place,
                echo,
            }),
        }
    }

    fn entries(&mut self, map: Map, base: &Path, parent: &str) -> Map {
        map.into_iter()
            .filter_map(|(key, Entry { key_place, node })| {
                let node = self.apply(node, base, &join(parent, &key))?;
                Some((key, Entry { key_place, node }))
            })
            .collect()
    }

    fn follow(
        &mut self,
        name: &str,
        argument: &Node,
        place: &Place,
        base: &Path,
        key: &str,
    ) -> Option<Node> {
        let argument = self.apply(argument.clone(), base, key)?;
        let text = match &argument.value {
            Value::Text(text) if !text.trim().is_empty() => text.trim(),
            _ => {
                return self.wrong(
                    key,
                    place,
                    format!("what follows `{name}` has to be a text"),
                );
            }
        };
        // A name that itself came from a variable is not repeated either.
        let shown = match argument.echo {
            Echo::Shown => text,
            Echo::Hidden => "(a name that is not shown)",
        };
        let result = match name {
            "$env" => match self.environment.variable(text) {
                Some(value) => Ok(Value::Text(value.trim().to_owned())),
                None => return self.unset(shown.to_owned(), place.clone(), key),
            },
            "$file" => match self.files.read(&base.join(text)) {
                Ok(content) => Ok(Value::Text(content.trim_end().to_owned())),
                Err(error) => Err(files::reason(&error)),
            },
            _ => match self.include(text, base, key)? {
                Ok(node) => return Some(node),
                Err(problem) => Err(problem),
            },
        };
        match result {
            Ok(value) => Some(Node::hidden(value, place.clone())),
            Err(problem) => self.wrong(key, place, format!("{name}: {shown}: {problem}")),
        }
    }

    /// The value that `target` names, with everything in it followed; the inner error is about
    /// `target`, and `None` is for what is told elsewhere.
    fn include(&mut self, target: &str, base: &Path, key: &str) -> Option<Result<Node, String>> {
        let (file, inner) = target.split_once('#').unwrap_or((target, ""));
        let path = base.join(file);
        if !has_parser(&path) {
            return Some(Err("only .yaml, .yml and .json can be included".to_owned()));
        }
        let link = format!("{}#{inner}", path.display());
        if self.chain.contains(&link) || self.chain.len() >= LONGEST_CHAIN {
            return Some(Err("this includes itself".to_owned()));
        }
        let root = match load_file(&path, self.environment, self.files) {
            Ok(root) => root,
            Err(ConfigError::File { message, .. }) => return Some(Err(message)),
            Err(error) => {
                self.errors.push(error);
                return None;
            }
        };
        let found = match pick(root, inner) {
            Ok(found) => found,
            Err(problem) => return Some(Err(problem)),
        };
        self.chain.push(link);
        let node = self.apply(found, path.parent().unwrap_or(base), key);
        self.chain.pop();
        node.map(Ok)
    }

    fn unset(&mut self, variable: String, place: Place, key: &str) -> Option<Node> {
        self.removed.insert(key.to_owned(), (variable, place));
        None
    }

    fn wrong(&mut self, key: &str, place: &Place, message: impl Into<String>) -> Option<Node> {
        self.errors.push(ConfigError::Directive {
            key: key.to_owned(),
            place: place.clone(),
            message: message.into(),
        });
        None
    }
}

fn directive(map: &Map) -> Result<Option<Directive<'_>>, String> {
    let Some(name) = DIRECTIVES.into_iter().find(|name| map.contains_key(*name)) else {
        return Ok(None);
    };
    if map.len() > 1 {
        return Err(format!("`{name}` has to be the only key of its object"));
    }
    Ok(Some(Directive {
        name,
        argument: &map[name].node,
    }))
}

fn has_parser(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// The value at `inner`, a key with dots, in an included file.
fn pick(mut node: Node, inner: &str) -> Result<Node, String> {
    let mut walked = String::new();
    for part in inner.split('.').filter(|part| !part.is_empty()) {
        let Value::Map(mut map) = node.value else {
            return Err(match walked.as_str() {
                "" => "the file is not an object".to_owned(),
                _ => format!("the value at `{walked}` is not an object"),
            });
        };
        walked = join(&walked, part);
        let Some(entry) = map.swap_remove(part) else {
            return Err(format!("there is no `{walked}` in that file"));
        };
        node = entry.node;
    }
    Ok(node)
}
