//! Which entities a request asks for: `filter=kind=component,metadata.tags=java`.
//!
//! The conditions of one filter hold together, those on one key in turn; of several filters one is enough. A
//! key without a value wants it to be there. Keys and values are compared without regard to case.

use std::collections::{BTreeMap, BTreeSet};

use catalog_node::Entity;
use serde_json::Value;

/// What a request asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    any: Vec<Conditions>,
}

/// The accepted values of each key; with none, any value will do.
type Conditions = BTreeMap<String, BTreeSet<String>>;

/// The values of an entity by the paths of its members, all in lower case.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeMap<String, BTreeSet<String>>);

impl Filter {
    /// Adds a filter, of which one is enough.
    ///
    /// # Errors
    ///
    /// A condition without a key.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let mut conditions = Conditions::new();
        for condition in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let (key, value) = match condition.split_once('=') {
                Some((key, value)) => (key.trim(), Some(value.trim())),
                None => (condition, None),
            };
            if key.is_empty() {
                return Err(format!(
                    "found `{condition}` in `filter`, wanted `key=value` or `key`"
                ));
            }
            let accepted = conditions.entry(key.to_lowercase()).or_default();
            accepted.extend(value.map(str::to_lowercase));
        }
        if !conditions.is_empty() {
            self.any.push(conditions);
        }
        Ok(())
    }

    pub(crate) fn accepts(&self, index: &Index) -> bool {
        let holds = |(key, accepted): (&String, &BTreeSet<String>)| {
            let values = index.0.get(key);
            values.is_some_and(|it| accepted.is_empty() || !it.is_disjoint(accepted))
        };
        self.any.is_empty() || self.any.iter().any(|all| all.iter().all(holds))
    }
}

impl Index {
    /// The index of an entity, which is `json` when it is written.
    pub(crate) fn of(entity: &Entity, json: &Value) -> Self {
        let mut index = Self::default();
        for (key, value) in json.as_object().into_iter().flatten() {
            if key != "relations" {
                index.walk(key, value);
            }
        }
        for relation in &entity.relations {
            let key = format!("relations.{}", relation.kind);
            index.add(&key, &relation.target_ref.to_string());
        }
        index
    }

    fn walk(&mut self, path: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) => self.add(path, &value.to_string()),
            Value::String(text) => self.add(path, text),
            // An item of a list is found both as a value and as a key: `metadata.tags.java`.
            Value::Array(items) => {
                for item in items {
                    self.walk(path, item);
                    if let Some(text) = item.as_str() {
                        self.add(&format!("{path}.{text}"), "true");
                    }
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    self.walk(&format!("{path}.{key}"), value);
                }
            }
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        let values = self.0.entry(key.to_lowercase()).or_default();
        values.insert(value.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use catalog_node::{Kind, Relation};
    use serde_json::json;

    use super::*;

    fn index() -> Index {
        let mut entity = Entity::new(Kind::Component, "Orders").with("type", "service");
        entity.metadata.tags = vec!["java".to_owned(), "rest".to_owned()];
        let annotations = &mut entity.metadata.annotations;
        annotations.insert("example.com/Slack".to_owned(), "#orders".to_owned());
        entity.spec.insert("replicas".to_owned(), json!(3));
        entity.relations = vec![Relation {
            kind: "ownedBy",
            target_ref: "group:team".parse().expect("it is one"),
        }];
        Index::of(&entity, &serde_json::to_value(&entity).expect("it is JSON"))
    }

    fn accepts(filters: &[&str]) -> bool {
        let mut filter = Filter::default();
        for text in filters {
            filter.add(text).expect("it is one");
        }
        filter.accepts(&index())
    }

    #[test]
    fn conditions_hold_together_and_filters_in_turn() {
        assert!(accepts(&[]) && accepts(&[""]));
        assert!(accepts(&["kind=component,metadata.name=orders"]));
        assert!(!accepts(&["kind=component,metadata.name=other"]));
        assert!(accepts(&["kind=api,kind=component"]));
        assert!(accepts(&["kind=api", "spec.type=SERVICE"]));
        assert!(!accepts(&["kind=api", "spec.type=website"]));
    }

    #[test]
    fn lists_annotations_numbers_and_relations_are_found() {
        for filter in [
            "metadata.tags=java",
            "metadata.tags.rest=true",
            "metadata.annotations.example.com/slack",
            "metadata.annotations.example.com/slack=#orders",
            "spec.replicas=3",
            "relations.ownedby=group:default/team",
            "metadata.namespace=default",
        ] {
            assert!(accepts(&[filter]), "{filter}");
        }
        assert!(!accepts(&["metadata.title"]) && !accepts(&["metadata.tags=go"]));
    }

    #[test]
    fn a_condition_without_a_key_is_refused() {
        let refused = Filter::default().add("kind=api,=x");
        assert_eq!(
            refused,
            Err("found `=x` in `filter`, wanted `key=value` or `key`".to_owned())
        );
    }
}
