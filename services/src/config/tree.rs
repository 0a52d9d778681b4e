//! The configuration as a tree in which every value knows its place.
//!
//! It is what the parser makes, what layers are merged into and what the deserializer reads. It has
//! the shape of JSON, because that is all that the formats have in common, and it keeps the order
//! of the file. `Node` has neither `Debug` nor `Display` on purpose: half of what it holds are
//! credentials.

use indexmap::IndexMap;
use serde_json::{Number, Value as Json};

use super::place::{Place, Source};

/// A value and where it was written.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
    pub(super) echo: Echo,
}

/// What a node holds.
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// An object, in the order of its file.
pub(super) type Map = IndexMap<String, Entry>;

/// A value of an object, with the place of its key.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key_place: Place,
    pub(super) node: Node,
}

/// Whether a message may repeat the value.
///
/// What came out of the environment or of a `$file` is likely to be a credential, and what stands
/// in the configuration file itself is on the operator's screen already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    Shown,
    Hidden,
}

impl Node {
    /// A value whose text a message may repeat.
    pub(super) fn shown(value: Value, place: Place) -> Self {
        Self {
            value,
            place,
            echo: Echo::Shown,
        }
    }

    /// A value that no message repeats.
    pub(super) fn hidden(value: Value, place: Place) -> Self {
        Self {
            value,
            place,
            echo: Echo::Hidden,
        }
    }

    /// An object without entries.
    pub(super) fn empty(place: Place) -> Self {
        Self::shown(Value::Map(Map::new()), place)
    }

    /// A tree whose values all stand at `place`.
    pub(super) fn from_json(json: Json, place: &Place, echo: Echo) -> Self {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(value) => Value::Number(value),
            Json::String(value) => Value::Text(value),
            Json::Array(items) => Value::List(
                items
                    .into_iter()
                    .map(|item| Self::from_json(item, place, echo))
                    .collect(),
            ),
            Json::Object(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let node = Self::from_json(value, place, echo);
                        (
                            key,
                            Entry {
                                key_place: place.clone(),
                                node,
                            },
                        )
                    })
                    .collect(),
            ),
        };
        Self {
            value,
            place: place.clone(),
            echo,
        }
    }

    /// The tree of a value that the program itself made.
    pub(super) fn from_program(json: Json) -> Self {
        Self::from_json(json, &Place::start(Source::Program), Echo::Shown)
    }

    /// The tree without its places, which is what constants of a schema are compared with.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(value) => Json::Number(value.clone()),
            Value::Text(value) => Json::String(value.clone()),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, entry)| (key.clone(), entry.node.to_json()))
                .collect(),
        }
    }

    /// How many nodes the tree has, itself included.
    pub(super) fn size(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.values().map(|entry| entry.node.size()).sum(),
            _ => 0,
        }
    }

    /// Whether something in the tree must not be repeated in a message.
    pub(super) fn holds_hidden(&self) -> bool {
        self.echo == Echo::Hidden
            || match &self.value {
                Value::List(items) => items.iter().any(Self::holds_hidden),
                Value::Map(entries) => entries.values().any(|entry| entry.node.holds_hidden()),
                _ => false,
            }
    }

    /// What was found here, for a message; `echo` is what the place of reading allows.
    pub(super) fn describe(&self, echo: Echo) -> String {
        let hidden = echo == Echo::Hidden || self.echo == Echo::Hidden;
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Text(text) if text.is_empty() => "an empty text".to_owned(),
            Value::Bool(_) if hidden => "true or false (not shown)".to_owned(),
            Value::Number(_) if hidden => "a number (not shown)".to_owned(),
            Value::Text(_) if hidden => "a text (not shown)".to_owned(),
            Value::Bool(value) => format!("the truth value {value}"),
            Value::Number(value) => format!("the number {value}"),
            Value::Text(text) => format!("the text {:?}", shorten(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "an object".to_owned(),
        }
    }
}

/// The beginning of a long text, so that a certificate in the wrong place does not fill the screen.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}
