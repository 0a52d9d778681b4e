//! A configuration as it can be shown to a person: after all layers, with secrets hidden.
//!
//! It is made for looking at, not for reading back: a hidden value is gone. Every value in YAML has its
//! place beside it, because the question behind it is mostly "who set this?".

use serde_json::{Map as JsonMap, Value as Json};

use super::secrecy::{Reason, Spot};
use super::snapshot::Config;
use super::tree::{Node, Value};

/// What stands in place of a secret.
const HIDDEN: &str = "<hidden>";

/// A configuration whose secrets are hidden; it holds none of them any more.
///
/// ```
/// # use greenroom_services::config::{Config, ConfigSchema, Shown};
/// let config = Config::from_json(serde_json::json!({ "shop": { "name": "Ada's", "token": "hunter2" } }));
/// let shown = Shown::of(&config, &ConfigSchema::new().finish());
/// assert_eq!(shown.to_json()["shop"]["name"], "Ada's");
/// assert!(!shown.to_yaml().contains("hunter2"));
/// ```
#[derive(Clone, Debug)]
pub struct Shown(Item);

#[derive(Clone, Debug)]
enum Item {
    /// A value that has nothing inside, and what is to be said of it.
    Leaf(Json, String),
    List(Vec<Item>),
    Map(Vec<(String, Item)>),
}

impl Shown {
    /// Hides what the schema of the configuration calls a secret, what came from outside the files, and
    /// what is called or looks like a secret.
    #[must_use]
    pub fn of(config: &Config, schema: &Json) -> Self {
        Self(item(&config.state.root, &Spot::root(schema)))
    }

    /// As JSON, in which `"<hidden>"` stands for a secret.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json(&self.0)
    }

    /// As YAML, each value with the place that it comes from.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut lines = Vec::new();
        write(&self.0, 0, "", &mut lines);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn item(node: &Node, spot: &Spot<'_>) -> Item {
    let place = node.place.to_string();
    if let Some(reason) = spot.hides(node) {
        return hidden(reason, &place);
    }
    match &node.value {
        Value::List(items) if !items.is_empty() => {
            let spot = spot.item();
            Item::List(items.iter().map(|node| item(node, &spot)).collect())
        }
        Value::Map(map) if !map.is_empty() => {
            let entries = map.iter().map(|(key, entry)| {
                let value = item(&entry.node, &spot.key(key));
                (key.clone(), value)
            });
            Item::Map(entries.collect())
        }
        _ => Item::Leaf(node.to_json(), place),
    }
}

fn hidden(reason: Reason, place: &str) -> Item {
    Item::Leaf(HIDDEN.into(), format!("{place}, {}", reason.phrase()))
}

fn json(item: &Item) -> Json {
    match item {
        Item::Leaf(value, _) => value.clone(),
        Item::List(items) => items.iter().map(json).collect(),
        Item::Map(entries) => {
            let entries = entries.iter().map(|(key, item)| (key.clone(), json(item)));
            Json::Object(entries.collect::<JsonMap<_, _>>())
        }
    }
}

/// Writes an item as lines; `head` is what stands before it on its own line.
fn write(item: &Item, depth: usize, head: &str, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match item {
        Item::Leaf(value, note) => {
            let space = if head.is_empty() { "" } else { " " };
            lines.push(format!("{indent}{head}{space}{}  # {note}", scalar(value)));
        }
        Item::List(items) => {
            lines.extend((!head.is_empty()).then(|| format!("{indent}{head}")));
            let depth = depth + usize::from(!head.is_empty());
            for item in items {
                let first = lines.len();
                write(item, depth + 1, "", lines);
                // The first line of what is inside begins on the line of the dash.
                let at = 2 * depth;
                if let Some(line) = lines.get_mut(first) {
                    line.replace_range(at..at + 2, "- ");
                }
            }
        }
        Item::Map(entries) => {
            lines.extend((!head.is_empty()).then(|| format!("{indent}{head}")));
            let depth = depth + usize::from(!head.is_empty());
            for (key, item) in entries {
                write(item, depth, &format!("{}:", text(key)), lines);
            }
        }
    }
}

fn scalar(value: &Json) -> String {
    match value {
        Json::String(value) => text(value),
        // `[]` and `{}` among them: JSON is YAML.
        other => other.to_string(),
    }
}

/// A text as YAML: as it is where no reader can take it for anything else, else in quotes.
fn text(value: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && value
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || " _./-".contains(letter))
        && !value.ends_with(' ')
        && !WORDS.contains(&value.to_ascii_lowercase().as_str());
    if plain || value == HIDDEN {
        return value.to_owned();
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    for letter in Json::from(value).to_string().chars() {
        // JSON lets through what YAML calls not printable, or a line break.
        if matches!(
            letter,
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        ) {
            quoted.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            quoted.push(letter);
        }
    }
    quoted
}
