//! The error that serde builds while a value is read, before it knows its place.
//!
//! serde's own messages say "invalid type: string "hunter2", expected u16". Here only the second
//! half is kept: what was *found* is described by the tree, which knows what may be repeated, and
//! what was
//! *wanted* is put into words that someone without Rust understands.

use std::fmt::{self, Display};

use serde::de;

use crate::config::error::{ConfigError, UnknownKey};
use crate::config::keys::join;
use crate::config::secret;
use crate::config::tree::{Echo, Node, Value};
use crate::config::unknown::nearest;

/// What an error needs to know of the place where it happened.
pub(in crate::config) struct At<'a> {
    pub(in crate::config) node: &'a Node,
    pub(in crate::config) key: &'a str,
    pub(in crate::config) echo: Echo,
}

/// What went wrong, with or without its place.
#[derive(Debug)]
pub(in crate::config) enum ReadError {
    /// A value of another kind; this is what was wanted.
    Wanted(String),
    /// The type's own words, which may repeat the value.
    Message(String),
    /// A field without which the type cannot be made.
    Missing(&'static str),
    /// A key that the type forbids.
    Unknown {
        name: String,
        known: &'static [&'static str],
    },
    /// The error has found its place, and nothing further out changes it.
    Located(ConfigError),
}

impl ReadError {
    /// The error of a value that is none of `names`.
    pub(super) fn one_of(names: &[&str]) -> Self {
        Self::Wanted(one_of(names.iter().copied()))
    }

    /// The error as one about the value at `at`, unless it is about one further in.
    pub(in crate::config) fn locate(self, at: &At<'_>) -> ConfigError {
        let key = at.key.to_owned();
        let place = at.node.place.clone();
        let wrong = |wanted| ConfigError::Wrong {
            key: at.key.to_owned(),
            place: at.node.place.clone(),
            found: at.node.describe(at.echo),
            wanted,
        };
        match self {
            Self::Located(error) => error,
            Self::Wanted(wanted) => wrong(with_hint(wanted, at)),
            Self::Message(message) => match message.strip_prefix(secret::REFUSED) {
                Some(name) => ConfigError::Wrong {
                    key,
                    place,
                    found: at.node.describe(Echo::Hidden),
                    wanted: wanted_secret(name.trim_matches('`')),
                },
                None if at.echo == Echo::Hidden || at.node.holds_hidden() => ConfigError::Refused {
                    key,
                    place,
                    message: "the value is refused (why is not shown, it might repeat the value)"
                        .to_owned(),
                },
                None => ConfigError::Refused {
                    key,
                    place,
                    message,
                },
            },
            Self::Missing(field) => ConfigError::Missing {
                key: join(at.key, field),
                note: format!("it belongs under `{}` ({place})", at.key),
            },
            Self::Unknown { name, known } => {
                let entry = match &at.node.value {
                    Value::Map(map) => map.get(&name),
                    _ => None,
                };
                // The key itself is being read when serde refuses a field's name, its map
                // otherwise.
                let (key, place) = match entry {
                    Some(entry) => (join(at.key, &name), entry.key_place.clone()),
                    None => (key, place),
                };
                let suggestion = nearest(&name, known.iter().copied());
                ConfigError::Unknown(UnknownKey {
                    key,
                    place,
                    suggestion,
                })
            }
        }
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wanted(wanted) => write!(f, "wanted {wanted}"),
            Self::Message(message) => f.write_str(message),
            Self::Missing(field) => write!(f, "`{field}` is missing"),
            Self::Unknown { name, .. } => write!(f, "`{name}` is not known"),
            Self::Located(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::Wanted(in_words(&wanted.to_string()))
    }

    fn invalid_value(_: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::Wanted(in_words(&wanted.to_string()))
    }

    fn invalid_length(_: usize, wanted: &dyn de::Expected) -> Self {
        Self::Wanted(in_words(&wanted.to_string()))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::one_of(known)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::Unknown {
            name: name.to_owned(),
            known,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Message(format!("`{field}` is given twice, by two of its names"))
    }
}

/// The names as alternatives in a sentence; a single one stands for itself.
pub(in crate::config) fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [single] => single.clone(),
        _ => format!("one of {}", names.join(", ")),
    }
}

/// What serde's name for a kind of value is to somebody who writes a configuration.
fn in_words(expected: &str) -> String {
    let whole = |low: i128, high: i128| format!("a whole number from {low} to {high}");
    match expected {
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "i8" => whole(i8::MIN.into(), i8::MAX.into()),
        "i16" => whole(i16::MIN.into(), i16::MAX.into()),
        "i32" => whole(i32::MIN.into(), i32::MAX.into()),
        "u64" | "u128" | "usize" => "a whole number of 0 or more".to_owned(),
        "i64" | "i128" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" | "bool" => "true or false".to_owned(),
        "a string" | "a borrowed string" | "str" | "path string" => "text".to_owned(),
        "a character" => "a single letter".to_owned(),
        "a sequence" => "a list".to_owned(),
        "unit" => "nothing".to_owned(),
        "a map" | "map" => "an object".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other => match other.strip_prefix("a nonzero ") {
            Some(kind) => format!("{} except 0", in_words(kind)),
            None => other.to_owned(),
        },
    }
}

/// The remedy for the commonest slip, a number where text is wanted.
pub(in crate::config) fn with_hint(wanted: String, at: &At<'_>) -> String {
    if wanted == "text" && matches!(at.node.value, Value::Number(_) | Value::Bool(_)) {
        return "text; put it in quotes".to_owned();
    }
    wanted
}

fn wanted_secret(type_name: &str) -> String {
    match in_words(type_name).as_str() {
        "String" => "text".to_owned(),
        words if words == type_name => format!("a value of type `{type_name}`"),
        words => words.to_owned(),
    }
}
