//! A second module of the catalog: the rule of this company that everything has an owner.
//!
//! It adds a group of people to the entities that files describe, and gives that group what no file says the
//! owner of. So it writes to two extension points.

use std::sync::Arc;

use async_trait::async_trait;
use catalog_node::{
    Contribution, Entity, EntityProcessor, EntityProcessors, EntityProvider, EntityProviders,
    Found, Kind, Origin,
};
use greenroom::BoxError;
use greenroom::prelude::*;
use serde_json::json;

const PLATFORM: &str = "group:default/platform";

#[backend_module(plugin = "catalog", id = "ownership")]
pub async fn module(providers: &mut EntityProviders, processors: &mut EntityProcessors) {
    let ownership = Arc::new(Ownership);
    providers.add(ownership.clone());
    processors.add(ownership);
}

struct Ownership;

#[async_trait]
impl EntityProvider for Ownership {
    fn name(&self) -> &str {
        "ownership"
    }

    async fn read(&self) -> Result<Contribution, BoxError> {
        let platform = Entity::new(Kind::Group, "platform")
            .with("type", "team")
            .with("children", json!([]));
        Ok(Contribution {
            entities: vec![Found {
                entity: platform,
                origin: Origin::new("the module `ownership`"),
            }],
            errors: Vec::new(),
        })
    }
}

impl EntityProcessor for Ownership {
    fn name(&self) -> &str {
        "ownership"
    }

    fn process(&self, entity: &mut Entity) -> Result<(), String> {
        if entity.kind.has_owner() && !entity.spec.contains_key("owner") {
            entity.spec.insert("owner".to_owned(), json!(PLATFORM));
            let annotations = &mut entity.metadata.annotations;
            annotations.insert("example.com/owner".to_owned(), "assumed".to_owned());
        }
        Ok(())
    }
}
