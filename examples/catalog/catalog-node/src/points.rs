//! What modules contribute: providers, from which entities come, and processors, which change or refuse them.
//!
//! The value of an extension point is filled by modules, one after the other in the order of their ids, and
//! then goes to the plugin. So the order of providers and processors is always the same.

use std::sync::Arc;

use async_trait::async_trait;
use greenroom::BoxError;
use greenroom::prelude::*;

use crate::{CatalogError, Entity, Origin};

/// Somewhere that entities come from.
#[async_trait]
pub trait EntityProvider: Send + Sync {
    /// What it is called in messages.
    fn name(&self) -> &str;

    /// Everything that is there. What is wrong with single entities is part of it.
    ///
    /// # Errors
    ///
    /// Any, when nothing at all could be read. What other providers have is served all the same.
    async fn read(&self) -> Result<Contribution, BoxError>;
}

/// What a provider has found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contribution {
    /// The entities, in an order that is always the same.
    pub entities: Vec<Found>,
    /// What could not be read.
    pub errors: Vec<CatalogError>,
}

/// An entity and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The entity.
    pub entity: Entity,
    /// Where it was found.
    pub origin: Origin,
}

/// The providers of the catalog.
#[extension_point(plugin = "catalog", id = "catalog.entityProviders")]
#[derive(Default)]
pub struct EntityProviders {
    all: Vec<Arc<dyn EntityProvider>>,
}

impl EntityProviders {
    /// Adds a provider. Where two have an entity of one name, the one that was added first wins.
    pub fn add(&mut self, provider: Arc<dyn EntityProvider>) {
        self.all.push(provider);
    }

    /// All that were added, in their order.
    #[must_use]
    pub fn into_vec(self) -> Vec<Arc<dyn EntityProvider>> {
        self.all
    }
}

/// Sees every entity before the catalog checks it.
pub trait EntityProcessor: Send + Sync {
    /// What it is called in messages.
    fn name(&self) -> &str;

    /// Changes the entity, or leaves it as it is.
    ///
    /// # Errors
    ///
    /// Why the entity is refused; it is reported then, and not served.
    fn process(&self, entity: &mut Entity) -> Result<(), String>;
}

/// The processors of the catalog.
#[extension_point(plugin = "catalog", id = "catalog.entityProcessors")]
#[derive(Default)]
pub struct EntityProcessors {
    all: Vec<Arc<dyn EntityProcessor>>,
}

impl EntityProcessors {
    /// Adds a processor, which sees what those before it have made of an entity.
    pub fn add(&mut self, processor: Arc<dyn EntityProcessor>) {
        self.all.push(processor);
    }

    /// All that were added, in their order.
    #[must_use]
    pub fn into_vec(self) -> Vec<Arc<dyn EntityProcessor>> {
        self.all
    }
}
