//! What the catalog shares: with the plugin itself, with modules that extend it, and with other plugins that
//! ask it.
//!
//! Whoever extends or asks the catalog depends on this crate and not on `catalog-backend`. So a module
//! compiles without the plugin, the plugin without its modules, and `backend!` checks that they fit. The
//! crate has the model of an entity, the extension points and the interface of a service; how the catalog
//! works is not its matter.

mod entity;
mod kinds;
mod names;
mod origin;
mod points;
mod reference;
mod service;

pub use entity::{Entity, Link, Metadata, Relation};
pub use kinds::{Kind, Mention};
pub use origin::{CatalogError, Mistake, Origin};
pub use points::{
    Contribution, EntityProcessor, EntityProcessors, EntityProvider, EntityProviders, Found,
};
pub use reference::EntityRef;
pub use service::{Catalog, CatalogService, NotReady};
