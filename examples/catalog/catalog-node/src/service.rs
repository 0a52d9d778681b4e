//! The catalog as other plugins ask it, in the same process and without HTTP.

use std::sync::Arc;

use greenroom::prelude::*;

use crate::{Entity, EntityRef};

/// Looks entities up.
///
/// Plugins start side by side, so ask when a request comes, and not in an init.
#[service(
    id = "catalog.service",
    scope = "root",
    provided_by = "catalog_backend::defaults"
)]
pub trait CatalogService: Send + Sync {
    /// The entity, with its relations, if there is one.
    ///
    /// # Errors
    ///
    /// [`NotReady`] until the catalog has started.
    fn entity(&self, reference: &EntityRef) -> Result<Option<Arc<Entity>>, NotReady>;
}

/// The service as a plugin takes it.
pub type Catalog = Arc<dyn CatalogService>;

/// The catalog has not read its entities yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalog has not started yet")]
pub struct NotReady;
