//! The catalog while it is served: filled once, then only read.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use catalog_node::{CatalogError, CatalogService, Entity, EntityRef, NotReady};
use greenroom::prelude::*;
use serde_json::Value;

use crate::filter::Index;
use crate::merge::Merged;

/// The catalog's own service: the plugin fills it, [`CatalogService`] reads it.
#[service(
    id = "catalog.store",
    scope = "root",
    provided_by = "catalog_backend::defaults"
)]
#[derive(Default)]
pub struct Store(OnceLock<Arc<Content>>);

/// What is served.
pub(crate) struct Content {
    pub(crate) entities: BTreeMap<EntityRef, Row>,
    pub(crate) errors: Vec<CatalogError>,
}

/// An entity, and what answers are made from.
pub(crate) struct Row {
    entity: Arc<Entity>,
    pub(crate) json: Value,
    pub(crate) index: Index,
}

impl Content {
    pub(crate) fn new(merged: Merged) -> Self {
        let Merged { entities, errors } = merged;
        let rows = entities.into_iter().map(|(reference, entity)| {
            let json = serde_json::to_value(&entity);
            let json = json.expect("an entity is made of texts and of JSON");
            let index = Index::of(&entity, &json);
            let entity = Arc::new(entity);
            (
                reference,
                Row {
                    entity,
                    json,
                    index,
                },
            )
        });
        Self {
            entities: rows.collect(),
            errors,
        }
    }
}

impl Store {
    /// Keeps the content, unless there is one already; gives the one that counts.
    pub(crate) fn fill(&self, content: Content) -> Arc<Content> {
        Arc::clone(self.0.get_or_init(|| Arc::new(content)))
    }
}

impl CatalogService for Store {
    fn entity(&self, reference: &EntityRef) -> Result<Option<Arc<Entity>>, NotReady> {
        let content = self.0.get().ok_or(NotReady)?;
        let row = content.entities.get(reference);
        Ok(row.map(|row| Arc::clone(&row.entity)))
    }
}

#[service_factory]
pub(crate) fn store() -> Arc<Store> {
    Arc::default()
}

#[service_factory]
pub(crate) fn catalog_service(store: Arc<Store>) -> Arc<dyn CatalogService> {
    store
}

#[cfg(test)]
mod tests {
    use catalog_node::Kind;

    use super::*;

    #[test]
    fn others_are_told_when_the_catalog_is_not_ready() {
        let store = store();
        let service = catalog_service(Arc::clone(&store));
        let shop: EntityRef = "domain:shop".parse().expect("it is one");
        assert_eq!(service.entity(&shop), Err(NotReady));
        let entity = Entity::new(Kind::Domain, "shop");
        store.fill(Content::new(Merged {
            entities: BTreeMap::from([(shop.clone(), entity.clone())]),
            errors: Vec::new(),
        }));
        assert_eq!(service.entity(&shop), Ok(Some(Arc::new(entity))));
        let other = "domain:other".parse().expect("it is one");
        assert_eq!(service.entity(&other), Ok(None));
    }
}
