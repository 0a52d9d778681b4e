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

#[cfg(test)]
mod tests {
    use greenroom_test_kit::test_backend;

    use super::*;

    /// A module test: the catalog itself is not there, and what the module wrote to its points can be read.
    #[tokio::test]
    async fn what_has_no_owner_gets_the_platform_team() {
        let backend = test_backend![module].start().await;
        let providers = backend.extension_point::<EntityProviders>().into_vec();
        let provided = providers[0].read().await.expect("it is in memory");
        let platform = provided.entities[0].entity.reference();
        assert_eq!(platform.to_string(), PLATFORM);

        let processors = backend.extension_point::<EntityProcessors>().into_vec();
        let owner_of = |mut entity: Entity| {
            let processed = processors[0].process(&mut entity);
            processed.expect("it refuses nothing");
            entity.spec.remove("owner")
        };
        let database = || Entity::new(Kind::Resource, "orders");
        assert_eq!(owner_of(database()), Some(json!(PLATFORM)));
        let owned = database().with("owner", "checkout");
        assert_eq!(owner_of(owned), Some(json!("checkout")));
        assert_eq!(owner_of(Entity::new(Kind::User, "ada")), None);
    }
}
