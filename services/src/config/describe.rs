//! The JSON Schema of a whole configuration, put together from what each feature reads.
//!
//! One generator makes all parts, so that types share their definitions and two types of one name are told
//! apart. It describes values after variables are replaced. What a type leaves open stays open: a key that
//! is not known here may belong to somebody who reads the configuration key by key.

use std::collections::BTreeMap;
use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map as JsonMap, Value as Json, json};

/// Collects what is known of a configuration: see [`FromConfig::describe`](super::FromConfig::describe).
pub struct ConfigSchema {
    generator: SchemaGenerator,
    /// The schemas of each plugin's section.
    sections: BTreeMap<String, Vec<Json>>,
    /// The schemas of single keys.
    keys: BTreeMap<String, Json>,
}

impl ConfigSchema {
    /// A schema of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        Self {
            generator: settings.into_generator(),
            sections: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Adds a type that reads the section of a plugin.
    pub fn add_section<T: JsonSchema>(&mut self, plugin_id: &str) {
        let schema = self.generator.subschema_for::<T>().to_value();
        let section = self.sections.entry(plugin_id.to_owned()).or_default();
        if !section.contains(&schema) {
            section.push(schema);
        }
    }

    /// Adds a whole key with dots, the type that reads it, and a sentence about it.
    pub fn add_key<T: JsonSchema>(&mut self, key: &str, description: &str) {
        let schema = self.generator.subschema_for::<T>().to_value();
        self.add_schema(key, schema, description);
    }

    /// Adds a whole key with dots, a JSON Schema of what it holds, and a sentence about it.
    pub fn add_schema(&mut self, key: &str, schema: Json, description: &str) {
        let mut schema = match schema {
            Json::Object(schema) => schema,
            _ => JsonMap::new(),
        };
        schema.insert("description".to_owned(), description.into());
        self.keys.insert(key.to_owned(), Json::Object(schema));
    }

    /// The schema of the whole configuration (draft 2020-12). It repeats no value of a secret, not even
    /// a default.
    #[must_use]
    pub fn finish(mut self) -> Json {
        let mut root = json!({ "properties": {} });
        for (key, schema) in self.keys {
            place(&mut root, &key, schema);
        }
        for (plugin_id, mut parts) in self.sections {
            // A plugin may be called like a section of the framework, and both hold then.
            parts.extend(root["properties"].get(&plugin_id).cloned());
            root["properties"][plugin_id] = match parts.len() {
                1 => parts.remove(0),
                _ => json!({ "allOf": parts }),
            };
        }
        let mut whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Configuration",
            "type": "object",
            "properties": root["properties"].take(),
        });
        let definitions = self.generator.take_definitions(true);
        if !definitions.is_empty() {
            whole["$defs"] = Json::Object(definitions);
        }
        forget_secrets(&mut whole);
        whole
    }
}

impl Default for ConfigSchema {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConfigSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigSchema")
            .field("sections", &self.sections.keys())
            .field("keys", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

/// Puts the schema of a key with dots where the key lies.
fn place(root: &mut Json, key: &str, schema: Json) {
    let mut object = root;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        let slot = &mut object["properties"][part];
        if parts.peek().is_none() {
            *slot = schema;
            return;
        }
        if slot.is_null() {
            *slot = json!({ "type": "object", "properties": {} });
        }
        object = slot;
    }
}

/// Takes away every value that a schema of a secret repeats.
fn forget_secrets(schema: &mut Json) {
    if is_secret(schema)
        && let Json::Object(words) = schema
    {
        words.retain(|word, _| !["default", "examples", "const", "enum"].contains(&&**word));
    }
    match schema {
        Json::Object(words) => words.values_mut().for_each(forget_secrets),
        Json::Array(items) => items.iter_mut().for_each(forget_secrets),
        _ => {}
    }
}

/// Whether a schema, or an alternative of it, is that of a secret.
fn is_secret(schema: &Json) -> bool {
    schema.get("writeOnly") == Some(&Json::Bool(true))
        || ["allOf", "anyOf", "oneOf"].iter().any(|word| {
            let parts = schema.get(word).and_then(Json::as_array);
            parts.into_iter().flatten().any(is_secret)
        })
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::config::{ByteSize, Secret};

    fn never_told() -> Secret<String> {
        Secret::new("hunter2".to_owned())
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is of interest")]
    struct Shop {
        /// What prices are in.
        currency: String,
        #[serde(default = "never_told")]
        #[schemars(extend("examples" = ["hunter2"]))]
        token: Secret<String>,
        #[schemars(extend("examples" = ["hunter2"]))]
        limit: Option<Secret<ByteSize>>,
    }

    mod other {
        use super::*;

        #[derive(Serialize, Deserialize, JsonSchema)]
        pub(super) struct Shop {
            open: bool,
        }
    }

    #[test]
    fn sections_and_keys_lie_where_they_are_read() {
        let mut schema = ConfigSchema::new();
        schema.add_section::<Shop>("shop");
        schema.add_section::<other::Shop>("kiosk");
        schema.add_key::<u16>("backend.listen.port", "The port.");
        schema.add_schema("backend.name", json!({ "type": "string" }), "The name.");
        let schema = schema.finish();
        assert_eq!(schema["properties"]["shop"]["$ref"], "#/$defs/Shop");
        assert_eq!(schema["properties"]["kiosk"]["$ref"], "#/$defs/Shop2");
        assert_eq!(
            schema["$defs"]["Shop"]["properties"]["currency"]["description"],
            "What prices are in."
        );
        let port = "/properties/backend/properties/listen/properties/port";
        let port = schema.pointer(port).expect("the key is there");
        assert_eq!(
            (&port["maximum"], &port["description"]),
            (&json!(65535), &json!("The port."))
        );
        assert_eq!(
            schema["properties"]["backend"]["properties"]["name"]["type"],
            "string"
        );
    }

    #[test]
    fn two_types_of_one_section_hold_both() {
        let mut schema = ConfigSchema::new();
        schema.add_section::<Shop>("shop");
        schema.add_section::<Shop>("shop");
        schema.add_section::<other::Shop>("shop");
        let parts = json!([{ "$ref": "#/$defs/Shop" }, { "$ref": "#/$defs/Shop2" }]);
        assert_eq!(schema.finish()["properties"]["shop"]["allOf"], parts);
    }

    #[test]
    fn no_value_of_a_secret_is_repeated() {
        let mut schema = ConfigSchema::new();
        schema.add_section::<Shop>("shop");
        let schema = schema.finish();
        assert_eq!(
            schema["$defs"]["Shop"]["properties"]["token"]["writeOnly"],
            true
        );
        assert!(!schema.to_string().contains("hunter2"), "{schema}");
    }
}
