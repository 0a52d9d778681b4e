//! Lays one tree over another.
//!
//! Objects are merged key by key, everything else is replaced as a whole: a list that was merged
//! could never be made shorter. A `null` hides what lies below it, and a key that holds nothing is
//! no key at all in the end, so `auth:` with nothing behind it is the same as no `auth`.

use super::tree::{Map, Node, Value};

/// The tree that `over` and, where `over` says nothing, `base` hold.
pub(super) fn merge(base: Node, over: Node) -> Node {
    match (base.value, over.value) {
        (Value::Map(mut below), Value::Map(above)) => {
            for (key, entry) in above {
                if matches!(entry.node.value, Value::Null) {
                    below.shift_remove(&key);
                    continue;
                }
                match below.get_mut(&key) {
                    Some(slot) => {
                        let empty = Node::empty(slot.node.place.clone());
                        let lower = std::mem::replace(&mut slot.node, empty);
                        let both_objects = matches!(
                            (&lower.value, &entry.node.value),
                            (Value::Map(_), Value::Map(_))
                        );
                        if !both_objects {
                            slot.key_place = entry.key_place;
                        }
                        slot.node = merge(lower, entry.node);
                    }
                    None => {
                        below.insert(key, entry);
                    }
                }
            }
            Node {
                value: Value::Map(below),
                place: base.place,
                echo: base.echo,
            }
        }
        (_, value) => Node {
            value,
            place: over.place,
            echo: over.echo,
        },
    }
}

/// The tree without the keys that hold nothing. Lists keep their empty places.
pub(super) fn without_nulls(node: Node) -> Node {
    let value = match node.value {
        Value::Map(entries) => Value::Map(strip(entries)),
        Value::List(items) => Value::List(items.into_iter().map(without_nulls).collect()),
        other => other,
    };
    Node { value, ..node }
}

fn strip(entries: Map) -> Map {
    entries
        .into_iter()
        .filter(|(_, entry)| !matches!(entry.node.value, Value::Null))
        .map(|(key, mut entry)| {
            entry.node = without_nulls(entry.node);
            (key, entry)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn merged(layers: &[Json]) -> Json {
        let mut root = Node::from_program(json!({}));
        for layer in layers {
            root = merge(root, Node::from_program(layer.clone()));
        }
        without_nulls(root).to_json()
    }

    #[test]
    fn objects_merge_and_lists_are_replaced() {
        let low = json!({"a": {"x": 1, "y": 2}, "l": [1, 2, 3]});
        let high = json!({"a": {"y": 3, "z": 4}, "l": [9]});
        assert_eq!(
            merged(&[low, high]),
            json!({"a": {"x": 1, "y": 3, "z": 4}, "l": [9]})
        );
    }

    #[test]
    fn a_scalar_replaces_an_object_and_back() {
        assert_eq!(
            merged(&[json!({"a": {"x": 1}}), json!({"a": 5})]),
            json!({"a": 5})
        );
        assert_eq!(
            merged(&[json!({"a": 5}), json!({"a": {"x": 1}})]),
            json!({"a": {"x": 1}})
        );
    }

    #[test]
    fn null_hides_what_lies_below_only() {
        let layers = [
            json!({"a": {"x": 1}, "b": 1}),
            json!({"a": null}),
            json!({"a": {"y": 2}}),
        ];
        assert_eq!(merged(&layers), json!({"a": {"y": 2}, "b": 1}));
        assert_eq!(
            merged(&[json!({"a": {"x": null}, "l": [null]})]),
            json!({"a": {}, "l": [null]})
        );
    }
}
