//! Any JSON, with the members of objects in the order in which they came. `serde_json::Value` sorts them, which a
//! client of the recorded backend would notice.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Any {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Any>),
    Object(IndexMap<String, Any>),
}

impl Any {
    /// `{}`.
    pub fn empty() -> Self {
        Self::Object(IndexMap::new())
    }
}
