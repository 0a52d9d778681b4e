//! Parts of an entity: `fields=kind,metadata.name`.
//!
//! Keys may have dots in them, as those of annotations do, so a path is not split: at each object, every key
//! with which the path begins is tried.

use serde_json::{Map, Value};

/// What of the entity is asked for.
pub(crate) fn pick(entity: &Value, paths: &[String]) -> Value {
    let mut picked = Value::Object(Map::new());
    for path in paths {
        copy(entity, path, &mut picked);
    }
    picked
}

fn copy(from: &Value, path: &str, to: &mut Value) {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return;
    };
    for (key, value) in from {
        match path.strip_prefix(key.as_str()) {
            Some("") => {
                to.insert(key.clone(), value.clone());
            }
            Some(rest) if value.is_object() => {
                if let Some(rest) = rest.strip_prefix('.') {
                    let inner = to
                        .entry(key.clone())
                        .or_insert_with(|| Value::Object(Map::new()));
                    copy(value, rest, inner);
                }
            }
            Some(_) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_asked_for_is_given() {
        let entity = json!({
            "kind": "Component",
            "metadata": { "name": "a", "tags": ["x"], "annotations": { "b.c/d": "e", "b": "f" } },
        });
        let pick = |paths: &[&str]| {
            let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
            pick(&entity, &paths)
        };
        assert_eq!(
            pick(&["kind", "metadata.name", "metadata.tags", "nothing"]),
            json!({ "kind": "Component", "metadata": { "name": "a", "tags": ["x"] } })
        );
        assert_eq!(
            pick(&["metadata.annotations.b.c/d"]),
            json!({ "metadata": { "annotations": { "b.c/d": "e" } } })
        );
        assert_eq!(
            pick(&["metadata", "metadata.name"])["metadata"],
            entity["metadata"]
        );
    }
}
