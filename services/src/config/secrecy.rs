//! Which values of a configuration are not to be shown to whoever looks at a screen.
//!
//! Three witnesses, and one of them is enough: the settings' type says so, the value came from outside the
//! files, or its key or text looks like it. It hides too much rather than too little. What it cannot know is
//! a secret in plain text, in a file, under a harmless key that no settings type describes.

use std::collections::HashSet;

use serde_json::{Map as JsonMap, Value as Json};

use super::tree::{Echo, Node, Value};

/// Why a value is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// A settings type reads it as a `Secret`.
    Type,
    /// It came out of a variable or of a `$file`.
    Outside,
    /// The key is called like a secret.
    Name,
    /// The text has the form of one.
    Form,
}

impl Reason {
    /// As it is told beside the value.
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Type => "hidden: its settings call it a secret",
            Self::Outside => "hidden: it came from outside the files",
            Self::Name => "hidden: it is called like a secret",
            Self::Form => "hidden: it looks like a secret",
        }
    }
}

/// What is known about a value before it is looked at: all schemas that may speak of it, whether one of them
/// says which keys are inside, and whether its own key is called like a secret.
pub(super) struct Spot<'s> {
    root: &'s Json,
    schemas: Vec<&'s JsonMap<String, Json>>,
    described: bool,
    named: bool,
}

impl<'s> Spot<'s> {
    /// The root of a configuration, under the schema of all of it.
    pub(super) fn root(schema: &'s Json) -> Self {
        Self::new(schema, [schema], false)
    }

    /// The value of a key.
    pub(super) fn key(&self, key: &str) -> Self {
        let below = self.schemas.iter().flat_map(|schema| {
            let named = schema.get("properties").and_then(|all| all.get(key));
            let patterns = schema.get("patternProperties").and_then(Json::as_object);
            let others = ["additionalProperties", "unevaluatedProperties"];
            let others = others.into_iter().filter_map(|word| schema.get(word));
            named
                .into_iter()
                .chain(patterns.into_iter().flat_map(JsonMap::values))
                .chain(others)
        });
        Self::new(self.root, below, is_secret_name(key))
    }

    /// An item of a list.
    pub(super) fn item(&self) -> Self {
        let below = self.schemas.iter().flat_map(|schema| {
            let first = schema.get("prefixItems").and_then(Json::as_array);
            first.into_iter().flatten().chain(schema.get("items"))
        });
        Self::new(self.root, below, false)
    }

    fn new(root: &'s Json, schemas: impl IntoIterator<Item = &'s Json>, named: bool) -> Self {
        let schemas = every_schema(root, schemas);
        let described = schemas
            .iter()
            .any(|schema| schema.contains_key("properties"));
        Self {
            root,
            schemas,
            described,
            named,
        }
    }

    /// Why the whole of a value is hidden, objects and lists included; `None` if it is shown.
    pub(super) fn hides(&self, node: &Node) -> Option<Reason> {
        let secret = |schema: &&JsonMap<String, Json>| {
            schema.get("writeOnly") == Some(&Json::Bool(true))
                || schema.get("format").and_then(Json::as_str) == Some("password")
        };
        if self.schemas.iter().any(secret) {
            return Some(Reason::Type);
        }
        match &node.value {
            Value::Null => None,
            // Each key inside is judged for itself where a type says what they are: a plugin may be called
            // `tokens`.
            Value::Map(_) | Value::List(_) if self.described => None,
            _ if self.named => Some(Reason::Name),
            // Which keys there are is no secret; what they hold is judged for each.
            Value::Map(_) | Value::List(_) => None,
            _ if node.echo == Echo::Hidden => Some(Reason::Outside),
            Value::Text(text) if is_secret_text(text) => Some(Reason::Form),
            _ => None,
        }
    }
}

/// The schemas with all that they refer to or are made of: whichever of the alternatives holds, what it calls
/// a secret is in here.
fn every_schema<'s>(
    root: &'s Json,
    schemas: impl IntoIterator<Item = &'s Json>,
) -> Vec<&'s JsonMap<String, Json>> {
    let mut open: Vec<&Json> = schemas.into_iter().collect();
    let mut seen: HashSet<*const Json> = HashSet::new();
    let mut all = Vec::new();
    while let Some(schema) = open.pop() {
        let (Some(words), true) = (schema.as_object(), seen.insert(std::ptr::from_ref(schema)))
        else {
            continue;
        };
        all.push(words);
        let reference = words.get("$ref").and_then(Json::as_str);
        open.extend(reference.and_then(|target| root.pointer(target.strip_prefix('#')?)));
        for word in ["allOf", "anyOf", "oneOf"] {
            open.extend(
                words
                    .get(word)
                    .and_then(Json::as_array)
                    .into_iter()
                    .flatten(),
            );
        }
        for word in ["if", "then", "else", "not"] {
            open.extend(words.get(word));
        }
        let dependent = words.get("dependentSchemas").and_then(Json::as_object);
        open.extend(dependent.into_iter().flat_map(JsonMap::values));
    }
    all
}

/// Whether a key is called like a secret.
fn is_secret_name(key: &str) -> bool {
    const PARTS: [&str; 9] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "authorization",
        "cookie",
        "signature",
    ];
    const WORDS: [&str; 8] = ["key", "keys", "pwd", "pass", "pin", "dsn", "salt", "jwt"];
    let words = words(key);
    let whole = words.concat();
    PARTS.iter().any(|part| whole.contains(part))
        || whole.ends_with("key")
        || words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The words of `apiKey`, `api-key` or `API_KEY`, in lower case.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for letter in key.chars() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
        } else {
            if letter.is_uppercase() && previous_lower {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        previous_lower = letter.is_lowercase() || letter.is_numeric();
    }
    words
}

/// Whether a text holds credentials, whatever its key is called.
fn is_secret_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let says = [
        "password=",
        "pwd=",
        "secret=",
        "token=",
        "key=",
        "sig=",
        "-----begin",
        "bearer ",
    ];
    says.iter().any(|part| lower.contains(part)) || has_user(text)
}

/// Whether a text has a URL with a user in it, as in `postgres://user:password@host`.
fn has_user(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let end = rest.find(['/', '?', '#', ' ']).unwrap_or(rest.len());
        rest[..end].contains('@')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_so() {
        for name in [
            "password",
            "dbPassword",
            "API_KEY",
            "apiKey",
            "apikey",
            "clientSecret",
            "token",
            "github-token",
            "keys",
            "Authorization",
            "PGPASSWORD",
            "jwt",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "host",
            "keyboard",
            "monkeys",
            "passenger",
            "port",
            "baseUrl",
            "compass",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn texts_that_look_like_it() {
        for text in [
            "postgres://shop:hunter2@db/shop",
            "https://hunter2@example.com",
            "host=db password=hunter2",
            "https://example.com/?sig=abc",
            "-----BEGIN PRIVATE KEY-----",
            "Bearer abc",
        ] {
            assert!(is_secret_text(text), "{text}");
        }
        for text in [
            "https://example.com/@scope/a",
            "jane@example.com",
            "a://b c@d",
        ] {
            assert!(!is_secret_text(text), "{text}");
        }
    }
}
