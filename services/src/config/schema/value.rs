//! Checks one value, without what is inside of it: its kind, and the limits of its kind.

use serde_json::{Map as JsonMap, Value as Json};

use super::{Coercion, list_of, words};
use crate::config::read::lenient;
use crate::config::tree::{Node, Value};
use crate::config::{bytes, duration};

/// Whether the node has a kind that the schema allows, or can be turned into one.
pub(super) fn convert(schema: &JsonMap<String, Json>, node: &mut Node, coercion: Coercion) -> bool {
    let kinds = words::kinds(schema);
    if kinds.is_empty() || kinds.iter().any(|kind| is_a(kind, node)) {
        return true;
    }
    let converted = kinds
        .iter()
        .find_map(|kind| match (*kind, &node.value, coercion) {
            // A float that is whole is a whole number however strict one is: JSON has one kind of
            // number.
            ("integer", Value::Number(_), _) | ("integer", Value::Text(_), Coercion::Lenient) => {
                lenient::integer(node).map(Value::Number)
            }
            ("number", Value::Text(_), Coercion::Lenient) => {
                lenient::number(node).map(Value::Number)
            }
            ("boolean", _, Coercion::Lenient) => lenient::boolean(node).map(Value::Bool),
            _ => None,
        });
    match converted {
        Some(value) => {
            node.value = value;
            true
        }
        None => false,
    }
}

fn is_a(kind: &str, node: &Node) -> bool {
    match &node.value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || (kind == "integer" && !number.is_f64()),
        Value::Text(_) => kind == "string",
        Value::List(_) => kind == "array",
        Value::Map(_) => kind == "object",
    }
}

/// Whether the value itself is within what the schema allows for its kind.
pub(super) fn allowed(schema: &JsonMap<String, Json>, node: &Node) -> bool {
    let names = list_of(schema, "enum");
    if let Some(constant) = schema.get("const") {
        return node.to_json() == *constant;
    }
    if !names.is_empty() {
        return names.contains(&node.to_json());
    }
    let limit = |name: &str| schema.get(name).and_then(Json::as_f64);
    let counts = |least: &str, most: &str, count: usize| {
        #[allow(clippy::cast_precision_loss, reason = "no list or text is that long")]
        let count = count as f64;
        limit(least).is_none_or(|least| count >= least)
            && limit(most).is_none_or(|most| count <= most)
    };
    match &node.value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            limit("minimum").is_none_or(|least| number >= least)
                && limit("maximum").is_none_or(|most| number <= most)
                && limit("exclusiveMinimum").is_none_or(|least| number > least)
                && limit("exclusiveMaximum").is_none_or(|most| number < most)
        }
        Value::Text(text) => {
            let wants_text = words::kinds(schema).contains(&"string");
            !(wants_text && text.is_empty())
                && counts("minLength", "maxLength", text.chars().count())
                && has_format(schema, text)
        }
        Value::List(items) => {
            let distinct = schema.get("uniqueItems") != Some(&Json::Bool(true))
                || items.iter().enumerate().all(|(index, item)| {
                    let item = item.to_json();
                    items[..index]
                        .iter()
                        .all(|earlier| earlier.to_json() != item)
                });
            distinct && counts("minItems", "maxItems", items.len())
        }
        Value::Map(map) => counts("minProperties", "maxProperties", map.len()),
        Value::Null | Value::Bool(_) => true,
    }
}

/// Formats whose texts are known here, so that mistakes in them are found together with the others.
fn has_format(schema: &JsonMap<String, Json>, text: &str) -> bool {
    match schema.get("format").and_then(Json::as_str) {
        Some(duration::FORMAT) => duration::parse(text).is_some(),
        Some(bytes::FORMAT) => bytes::parse(text).is_some(),
        Some("ip") => text.parse::<std::net::IpAddr>().is_ok(),
        Some("ipv4") => text.parse::<std::net::Ipv4Addr>().is_ok(),
        Some("ipv6") => text.parse::<std::net::Ipv6Addr>().is_ok(),
        _ => true,
    }
}
