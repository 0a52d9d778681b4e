//! `APP_CONFIG_a_b_c` variables: the layer above all files.
//!
//! An underscore separates the parts of the key, and the value is JSON if it parses as JSON, else
//! text. No message repeats such a value, since this is how passwords are handed over. Two
//! variables that contradict each other are a mistake: the environment has no order that could
//! decide.

use serde_json::Value as Json;

use super::environment::Environment;
use super::error::ConfigError;
use super::place::{Place, Source};
use super::tree::{Echo, Entry, Map, Node, Value};

const PREFIX: &str = "APP_CONFIG_";

/// The layer that the environment adds; an object without entries if it adds nothing.
pub(super) fn layer(environment: &Environment, errors: &mut Vec<ConfigError>) -> Node {
    let mut root = Node::empty(Place::start(Source::Program));
    for (key, text) in environment.with_prefix(PREFIX) {
        if text.is_empty() {
            continue;
        }
        let variable = format!("{PREFIX}{key}");
        if let Err(message) = set(&mut root, key, text, &variable) {
            errors.push(ConfigError::Variable { variable, message });
        }
    }
    root
}

fn set(root: &mut Node, key: &str, text: &str, variable: &str) -> Result<(), String> {
    let json = match serde_json::from_str(text) {
        Ok(Json::Null) => return Err("`null` is no value; leave the variable out".to_owned()),
        Ok(json) => json,
        Err(_) => Json::String(text.to_owned()),
    };
    let place = Place::start(Source::Variable(variable.to_owned()));
    let dotted = key.replace('_', ".");
    if !key.split('_').all(valid) {
        return Err(format!(
            "`{dotted}` is no key; a part of a key begins with a letter"
        ));
    }
    let taken = || format!("another variable already sets `{dotted}`, or a part of it");
    let (parents, last) = key
        .rsplit_once('_')
        .map_or((None, key), |(p, last)| (Some(p), last));
    let mut map = object(root).ok_or_else(taken)?;
    for part in parents.into_iter().flat_map(|parents| parents.split('_')) {
        let entry = map.entry(part.to_owned()).or_insert_with(|| Entry {
            key_place: place.clone(),
            node: Node::empty(place.clone()),
        });
        map = object(&mut entry.node).ok_or_else(taken)?;
    }
    if map.contains_key(last) {
        return Err(taken());
    }
    let node = Node::from_json(json, &place, Echo::Hidden);
    map.insert(
        last.to_owned(),
        Entry {
            key_place: place,
            node,
        },
    );
    Ok(())
}

/// The entries of an object that this layer made for the parts of a key; a value is not one.
fn object(node: &mut Node) -> Option<&mut Map> {
    match (&mut node.value, node.echo) {
        (Value::Map(map), Echo::Shown) => Some(map),
        _ => None,
    }
}

/// Letters and digits, in words that begin with a letter and are joined by `-`.
fn valid(part: &str) -> bool {
    part.split('-').all(|word| {
        word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.chars().all(|letter| letter.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(variables: &[(&str, &str)]) -> (Json, Vec<String>) {
        let empty = Environment::new("/");
        let environment = variables
            .iter()
            .fold(empty, |all, (name, value)| all.with_variable(*name, *value));
        let mut errors = Vec::new();
        let root = layer(&environment, &mut errors);
        (
            root.to_json(),
            errors.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn json_if_it_parses_else_text() {
        let (root, errors) = read(&[
            ("APP_CONFIG_backend_listen_port", "7000"),
            ("APP_CONFIG_backend_baseUrl", "http://x"),
            ("APP_CONFIG_backend_cors", r#"{"origin": ["a"]}"#),
            ("APP_CONFIG_backend_quoted", "\"12\""),
            ("APP_CONFIG_ignored", ""),
            ("OTHER", "1"),
        ]);
        assert_eq!(errors, [""; 0]);
        let backend = json!({
            "listen": {"port": 7000}, "baseUrl": "http://x", "cors": {"origin": ["a"]}, "quoted": "12"
        });
        assert_eq!(root, json!({ "backend": backend }));
    }

    #[test]
    fn mistakes_name_the_variable_and_not_the_value() {
        let (_, errors) = read(&[
            ("APP_CONFIG_a", "null"),
            ("APP_CONFIG_b__c", "hunter2"),
            ("APP_CONFIG_d", "{\"e\": 1}"),
            ("APP_CONFIG_d_e", "hunter2"),
        ]);
        assert_eq!(
            errors,
            [
                "the environment variable APP_CONFIG_a: `null` is no value; leave the variable out",
                "the environment variable APP_CONFIG_b__c: `b..c` is no key; a part of a key begins \
                 with a letter",
                "the environment variable APP_CONFIG_d_e: another variable already sets `d.e`, or a \
                 part of it",
            ]
        );
    }
}
