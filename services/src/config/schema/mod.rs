//! Checks a section against the schema of its type, and finds every mistake at once.
//!
//! serde stops at the first mistake, and forgets how to read numbers from text inside tagged and
//! flattened types. This walks the tree beside the schema instead: it collects mistakes and unknown
//! keys, and turns text into the number or truth value that the schema wants. It knows what
//! schemars writes for types and nothing else of JSON Schema (a validator that knows all of it has
//! no leniency, and more dependencies than this service); patterns are not checked. What passes
//! here still has to pass serde.

mod choice;
mod outcome;
mod value;
mod words;

use std::collections::BTreeSet;

use serde_json::{Map as JsonMap, Value as Json};

use super::error::{ConfigError, UnknownKey};
use super::keys::join;
use super::tree::{Echo, Map, Node, Value};
use super::unknown::nearest;
use outcome::{Coercion, Known, Outcome, Spot};
use value::{allowed, convert};
use words::resolve;

/// Checks `node`, whose whole key is `key`, against a whole schema, and converts what is lenient in
/// it.
pub(super) fn check(schema: &Json, node: &mut Node, key: &str) -> Outcome {
    let spot = Spot {
        key: key.to_owned(),
        echo: Echo::Shown,
        coercion: Coercion::Lenient,
    };
    Checker { root: schema }.visit(schema, node, &spot)
}

struct Checker<'s> {
    root: &'s Json,
}

impl Checker<'_> {
    /// Checks a node as a whole, its unknown keys included.
    fn visit(&self, schema: &Json, node: &mut Node, spot: &Spot) -> Outcome {
        let mut outcome = self.apply(schema, node, spot);
        if let (Value::Map(map), Known::Keys(known)) = (&node.value, &outcome.known) {
            let strangers = unknown_keys(map, known, spot);
            outcome.unknown.extend(strangers);
        }
        outcome
    }

    /// Checks a node against one part of its schema.
    fn apply(&self, schema: &Json, node: &mut Node, spot: &Spot) -> Outcome {
        let Json::Object(schema) = schema else {
            return match schema {
                Json::Bool(false) => Outcome::wrong(spot.error(node, "nothing".to_owned())),
                _ => Outcome::fine(Known::All),
            };
        };
        let mut spot = spot.clone();
        if schema.get("writeOnly") == Some(&Json::Bool(true)) {
            spot.echo = Echo::Hidden;
        }
        if !convert(schema, node, spot.coercion) || !allowed(schema, node) {
            return Outcome::wrong(spot.error(node, words::describe(self.root, schema)));
        }
        let mut outcome = Outcome::fine(own_keys(schema));
        if schema.contains_key("$ref") {
            outcome.add(self.apply(resolve(self.root, schema), node, &spot));
        }
        self.list(schema, node, &spot, &mut outcome);
        self.object(schema, node, &spot, &mut outcome);
        for part in list_of(schema, "allOf") {
            outcome.add(self.apply(part, node, &spot));
        }
        for choice in ["anyOf", "oneOf"] {
            let branches = list_of(schema, choice);
            if !branches.is_empty() {
                outcome.add(self.choose(branches, node, &spot));
            }
        }
        self.additional(schema, node, &spot, &mut outcome);
        outcome
    }

    fn list(
        &self,
        schema: &JsonMap<String, Json>,
        node: &mut Node,
        spot: &Spot,
        out: &mut Outcome,
    ) {
        let Value::List(items) = &mut node.value else {
            return;
        };
        let first = list_of(schema, "prefixItems");
        for (index, item) in items.iter_mut().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                let spot = spot.below(format!("{}[{index}]", spot.key));
                out.add_below(self.visit(schema, item, &spot));
            }
        }
    }

    fn object(
        &self,
        schema: &JsonMap<String, Json>,
        node: &mut Node,
        spot: &Spot,
        out: &mut Outcome,
    ) {
        let place = node.place.clone();
        let Value::Map(map) = &mut node.value else {
            return;
        };
        if let Some(Json::Object(properties)) = schema.get("properties") {
            for (name, schema) in properties {
                if let Some(entry) = map.get_mut(name) {
                    let spot = spot.below(join(&spot.key, name));
                    out.add_below(self.visit(schema, &mut entry.node, &spot));
                }
            }
        }
        let required = list_of(schema, "required").iter().filter_map(Json::as_str);
        let absent: Vec<_> = required.filter(|name| !map.contains_key(*name)).collect();
        let stand_in = Node::empty(place);
        out.errors
            .extend(absent.into_iter().map(|name| spot.missing(&stand_in, name)));
    }

    /// Checks the keys that nothing else spoke of.
    fn additional(
        &self,
        schema: &JsonMap<String, Json>,
        node: &mut Node,
        spot: &Spot,
        out: &mut Outcome,
    ) {
        let Value::Map(map) = &mut node.value else {
            return;
        };
        let Known::Keys(known) = &out.known else {
            return;
        };
        let patterns = schema.get("patternProperties").and_then(Json::as_object);
        // Patterns stand for maps whose keys are numbers. Whether a key is one is left to serde.
        let others = ["additionalProperties", "unevaluatedProperties"];
        let rest = patterns
            .and_then(|patterns| patterns.values().next())
            .or_else(|| others.iter().find_map(|name| schema.get(*name)));
        let Some(rest) = rest else { return };
        if rest == &Json::Bool(false) {
            let strangers = unknown_keys(map, known, spot);
            out.errors
                .extend(strangers.into_iter().map(ConfigError::Unknown));
        } else {
            let known = known.clone();
            for (name, entry) in map.iter_mut().filter(|(name, _)| !known.contains(*name)) {
                let spot = spot.below(join(&spot.key, name));
                out.add_below(self.visit(rest, &mut entry.node, &spot));
            }
        }
        out.known = Known::All;
    }
}

fn list_of<'a>(schema: &'a JsonMap<String, Json>, name: &str) -> &'a [Json] {
    schema
        .get(name)
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The keys that this part of a schema names itself; a part that says nothing at all allows
/// everything.
fn own_keys(schema: &JsonMap<String, Json>) -> Known {
    let speaks = [
        "type",
        "$ref",
        "properties",
        "allOf",
        "anyOf",
        "oneOf",
        "const",
        "enum",
    ];
    if !speaks.iter().any(|word| schema.contains_key(*word)) {
        return Known::All;
    }
    let properties = schema.get("properties").and_then(Json::as_object);
    Known::Keys(
        properties
            .into_iter()
            .flat_map(JsonMap::keys)
            .cloned()
            .collect(),
    )
}

fn unknown_keys(map: &Map, known: &BTreeSet<String>, spot: &Spot) -> Vec<UnknownKey> {
    map.iter()
        .filter(|(name, _)| !known.contains(*name))
        .map(|(name, entry)| UnknownKey {
            key: join(&spot.key, name),
            place: entry.key_place.clone(),
            suggestion: nearest(name, known.iter().map(String::as_str)),
        })
        .collect()
}
