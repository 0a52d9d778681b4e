//! A schema in the words of somebody who writes a configuration.
//!
//! "wanted a whole number from 0 to 65535" instead of "type: integer, format: uint16".

use serde_json::{Map as JsonMap, Value as Json};

use super::list_of;
use crate::config::read::one_of;
use crate::config::{bytes, duration};

/// What a schema refers to with `$ref`, which schemars always writes as a pointer into the same
/// document.
pub(super) fn resolve<'s>(root: &'s Json, schema: &JsonMap<String, Json>) -> &'s Json {
    schema
        .get("$ref")
        .and_then(Json::as_str)
        .and_then(|target| root.pointer(target.strip_prefix('#')?))
        .unwrap_or(&Json::Bool(true))
}

/// The kinds of value that a schema allows; none if it does not say.
pub(super) fn kinds(schema: &JsonMap<String, Json>) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The name of the variant that a schema stands for, if a variant's name is the only key of an
/// object.
pub(super) fn variant(schema: &JsonMap<String, Json>) -> Option<&str> {
    let closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
    match list_of(schema, "required") {
        [name] if closed && schema.get("properties")?.as_object()?.len() == 1 => name.as_str(),
        _ => None,
    }
}

/// What a schema wants.
pub(super) fn describe(root: &Json, schema: &JsonMap<String, Json>) -> String {
    if schema.contains_key("$ref") {
        return describe_choice(root, std::slice::from_ref(resolve(root, schema)));
    }
    match schema.get("format").and_then(Json::as_str) {
        Some(duration::FORMAT) => return duration::WANTED.to_owned(),
        Some(bytes::FORMAT) => return bytes::WANTED.to_owned(),
        _ => {}
    }
    let names = constants(schema);
    if !names.is_empty() {
        return one_of(names.iter().map(String::as_str));
    }
    for choice in ["anyOf", "oneOf"] {
        let branches = list_of(schema, choice);
        if !branches.is_empty() {
            return describe_choice(root, branches);
        }
    }
    let kinds: Vec<_> = kinds(schema)
        .into_iter()
        .filter(|kind| *kind != "null")
        .map(|kind| describe_kind(kind, schema))
        .collect();
    if kinds.is_empty() {
        "nothing".to_owned()
    } else {
        kinds.join(" or ")
    }
}

/// What alternatives want together.
pub(super) fn describe_choice(root: &Json, branches: &[Json]) -> String {
    let mut names = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for branch in branches.iter().filter_map(Json::as_object) {
        let own = constants(branch);
        if own.is_empty() {
            let words = describe(root, branch);
            if words != "nothing" && !others.contains(&words) {
                others.push(words);
            }
        }
        names.extend(own);
    }
    if !names.is_empty() {
        others.insert(0, one_of(names.iter().map(String::as_str)));
    }
    if others.is_empty() {
        "nothing".to_owned()
    } else {
        others.join(" or ")
    }
}

fn constants(schema: &JsonMap<String, Json>) -> Vec<String> {
    let word = |value: &Json| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let all = schema
        .get("const")
        .into_iter()
        .chain(list_of(schema, "enum"));
    all.filter(|value| !value.is_null()).map(word).collect()
}

fn describe_kind(kind: &str, schema: &JsonMap<String, Json>) -> String {
    match kind {
        "integer" => range("a whole number", schema),
        "number" => range("a number", schema),
        "boolean" => "true or false".to_owned(),
        "string" => text(schema),
        "array" => {
            let words = counted("a list", "entries", "minItems", "maxItems", schema);
            let distinct = schema.get("uniqueItems") == Some(&Json::Bool(true));
            if distinct {
                format!("{words} without repetitions")
            } else {
                words
            }
        }
        "object" => match variant(schema) {
            Some(name) => format!("an object with the key `{name}`"),
            None => counted(
                "an object",
                "keys",
                "minProperties",
                "maxProperties",
                schema,
            ),
        },
        other => other.to_owned(),
    }
}

fn text(schema: &JsonMap<String, Json>) -> String {
    match schema.get("format").and_then(Json::as_str) {
        Some("ip") => "an IP address".to_owned(),
        Some("ipv4") => "an IPv4 address".to_owned(),
        Some("ipv6") => "an IPv6 address".to_owned(),
        Some("uri") => "a URL".to_owned(),
        Some("date-time") => "a date with time such as 2026-01-31T12:00:00Z".to_owned(),
        _ if schema.get("minLength") == Some(&Json::from(1))
            && !schema.contains_key("maxLength") =>
        {
            "text".to_owned()
        }
        _ => counted("text", "letters", "minLength", "maxLength", schema),
    }
}

fn range(words: &str, schema: &JsonMap<String, Json>) -> String {
    let bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    match bounds.map(|name| schema.get(name)) {
        [Some(low), Some(high), ..] => format!("{words} from {low} to {high}"),
        [Some(low), None, _, Some(high)] => format!("{words} from {low} to below {high}"),
        [None, Some(high), Some(low), _] => format!("{words} above {low} up to {high}"),
        [None, None, Some(low), Some(high)] => format!("{words} above {low} and below {high}"),
        [Some(low), None, ..] => format!("{words} of {low} or more"),
        [None, Some(high), ..] => format!("{words} of {high} or less"),
        [None, None, Some(low), None] => format!("{words} above {low}"),
        [None, None, None, Some(high)] => format!("{words} below {high}"),
        [None, None, None, None] => words.to_owned(),
    }
}

fn counted(
    words: &str,
    unit: &str,
    least: &str,
    most: &str,
    schema: &JsonMap<String, Json>,
) -> String {
    match (schema.get(least), schema.get(most)) {
        (Some(least), Some(most)) if least == most => format!("{words} of {least} {unit}"),
        (Some(least), Some(most)) => format!("{words} of {least} to {most} {unit}"),
        (Some(least), None) => format!("{words} of at least {least} {unit}"),
        (None, Some(most)) => format!("{words} of at most {most} {unit}"),
        (None, None) => words.to_owned(),
    }
}
