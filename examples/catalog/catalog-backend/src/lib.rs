//! The catalog: reads what its providers have, merges it, and serves it below `/api/catalog`.
//!
//! It knows its modules by the extension points in `catalog-node` alone, and reads once, while it starts.

mod fields;
mod filter;
mod merge;
mod relations;
mod router;
mod store;

use std::sync::Arc;

use catalog_node::{CatalogError, Contribution, EntityProcessors, EntityProvider, EntityProviders};
use greenroom::prelude::*;

use store::{Content, Store};

features! {
    /// The services of the catalog, for itself and for other plugins.
    #[overridable]
    pub defaults = [store::store, store::catalog_service]
}

/// The plugin. What is wrong with single entities or providers does not stop it: it is reported and left out.
#[backend_plugin(id = "catalog")]
pub async fn plugin(
    providers: EntityProviders,
    processors: EntityProcessors,
    store: Arc<Store>,
    http_router: HttpRouter,
    logger: Logger,
) {
    let mut contributions = Vec::new();
    for provider in providers.into_vec() {
        contributions.push(contribution_of(&*provider).await);
    }
    let merged = merge::merge(contributions, &processors.into_vec());
    for error in &merged.errors {
        logger.warn(error.to_string());
    }
    logger.info(format!(
        "The catalog has {} entities, and {} errors",
        merged.entities.len(),
        merged.errors.len()
    ));

    // The entities are open to everybody; the errors, which name files, are not.
    http_router.mount(router::create(store.fill(Content::new(merged))));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/entities"));
}

async fn contribution_of(provider: &dyn EntityProvider) -> Contribution {
    provider.read().await.unwrap_or_else(|error| {
        let error = CatalogError::new(provider.name(), error.to_string());
        Contribution {
            errors: vec![error],
            ..Contribution::default()
        }
    })
}
