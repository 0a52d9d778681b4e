//! An entity, in the shape that descriptor files and answers have.
//!
//! The types say which members there are; [`Entity::mistakes`] says what may be in them. A provider can
//! so build an entity that is not valid: the catalog checks it when all processors have had their turn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{EntityRef, Kind, Mistake, names};

/// The `apiVersion` of the kinds that there are.
const API_VERSIONS: [&str; 2] = ["backstage.io/v1alpha1", "backstage.io/v1beta1"];

/// One thing in the catalog.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entity {
    /// `backstage.io/v1alpha1`.
    pub api_version: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What every kind has.
    pub metadata: Metadata,
    /// What this kind has.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub spec: Map<String, Value>,
    /// How it relates to others. The catalog computes it; a descriptor has none.
    #[serde(skip_deserializing)]
    pub relations: Vec<Relation>,
}

/// What every kind of entity has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Its name, one in its kind and namespace.
    pub name: String,
    /// Its namespace.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A sentence on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// By which it can be picked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What other tools know of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Words for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where there is more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Members that the format leaves to its users.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A link to somewhere else.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The name of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// What is found there.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// How an entity relates to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    /// `ownedBy`, `partOf` and so on.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The other entity, which need not be in the catalog.
    pub target_ref: EntityRef,
}

fn default_namespace() -> String {
    EntityRef::DEFAULT_NAMESPACE.to_owned()
}

impl Entity {
    /// An entity with a name and nothing else, in the default namespace.
    #[must_use]
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            api_version: API_VERSIONS[0].to_owned(),
            kind,
            metadata: Metadata {
                name: name.into(),
                namespace: default_namespace(),
                ..Metadata::default()
            },
            spec: Map::new(),
            relations: Vec::new(),
        }
    }

    /// Sets a member of the spec.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.spec.insert(field.to_owned(), value.into());
        self
    }

    /// By which others refer to it.
    #[must_use]
    pub fn reference(&self) -> EntityRef {
        EntityRef::new(
            self.kind.name(),
            &self.metadata.namespace,
            &self.metadata.name,
        )
    }

    /// Everything that is wrong with it, each with the path of the member.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut wrong = |path: String, wanted: &str, found: &str| {
            let message = format!("found `{found}`, wanted {wanted}");
            mistakes.push(Mistake::new(path, message));
        };
        if !API_VERSIONS.contains(&self.api_version.as_str()) {
            let wanted = format!("`{}`", API_VERSIONS.join("` or `"));
            wrong("apiVersion".to_owned(), &wanted, &self.api_version);
        }
        let metadata = &self.metadata;
        if !names::is_name(&metadata.name) {
            wrong("metadata.name".to_owned(), names::NAME, &metadata.name);
        }
        if !names::is_namespace(&metadata.namespace) {
            let path = "metadata.namespace".to_owned();
            wrong(path, names::NAMESPACE, &metadata.namespace);
        }
        for (key, value) in &metadata.labels {
            let path = || format!("metadata.labels.{key}");
            if !names::is_key(key) {
                wrong(path(), names::KEY, key);
            }
            if !names::is_name(value) {
                wrong(path(), names::NAME, value);
            }
        }
        for key in metadata.annotations.keys() {
            if !names::is_key(key) {
                wrong(format!("metadata.annotations.{key}"), names::KEY, key);
            }
        }
        for (index, tag) in metadata.tags.iter().enumerate() {
            if !names::is_tag(tag) {
                wrong(format!("metadata.tags[{index}]"), names::TAG, tag);
            }
        }
        for (index, link) in metadata.links.iter().enumerate() {
            if link.url.trim().is_empty() {
                wrong(format!("metadata.links[{index}].url"), "a URL", &link.url);
            }
        }
        mistakes.extend(self.mistakes_in_spec());
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(entity: &Entity) -> Vec<String> {
        let mistakes = entity.mistakes().into_iter();
        mistakes.map(|mistake| mistake.path).collect()
    }

    #[test]
    fn a_descriptor_is_read_and_written_as_it_is() {
        let descriptor = json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "API",
            "metadata": {
                "name": "orders",
                "namespace": "shop",
                "labels": { "example.com/tier": "1" },
                "tags": ["rest"],
                "links": [{ "url": "https://example.com", "type": "page" }],
                "somebody's": ["own"],
            },
            "spec": { "type": "openapi" },
        });
        let entity: Entity = serde_json::from_value(descriptor.clone()).expect("it is one");
        assert_eq!(entity.reference().to_string(), "api:shop/orders");
        let mut written = serde_json::to_value(&entity).expect("it can be written");
        let relations = written
            .as_object_mut()
            .and_then(|it| it.remove("relations"));
        assert_eq!(relations, Some(json!([])));
        assert_eq!(written, descriptor);
    }

    #[test]
    fn unknown_kinds_and_members_are_refused_by_name() {
        let read = |text| serde_json::from_str::<Entity>(text).expect_err("it is none");
        let message = read(r#"{"kind": "Komponent"}"#).to_string();
        assert!(message.contains("Komponent") && message.contains("`Component`"));
        let message = read(r#"{"relations": []}"#).to_string();
        assert!(message.contains("unknown field `relations`"), "{message}");
    }

    #[test]
    fn each_mistake_has_its_path() {
        let mut entity = Entity::new(Kind::Domain, "a domain").with("owner", "x");
        entity.api_version = "v1".to_owned();
        entity.metadata.namespace = "Shop".to_owned();
        let metadata = &mut entity.metadata;
        metadata.labels = BTreeMap::from([("-".to_owned(), "fine".to_owned())]);
        metadata.annotations = BTreeMap::from([("a/b/c".to_owned(), "any thing".to_owned())]);
        metadata.tags = vec!["c++".to_owned(), "C#".to_owned()];
        metadata.links = vec![Link::default()];
        let wanted = [
            "apiVersion",
            "metadata.name",
            "metadata.namespace",
            "metadata.labels.-",
            "metadata.annotations.a/b/c",
            "metadata.tags[1]",
            "metadata.links[0].url",
        ];
        assert_eq!(paths(&entity), wanted);
        assert_eq!(
            paths(&Entity::new(Kind::Domain, "shop").with("owner", "x")),
            [""; 0]
        );
    }
}
