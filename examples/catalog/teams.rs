//! Another plugin, which asks the catalog without HTTP and without knowing how it works.

use axum::Json;
use axum::extract::{Path, State};
use catalog_node::{Catalog, EntityRef};
use greenroom::http_error::HttpError;
use greenroom::prelude::*;

#[backend_plugin(id = "teams")]
pub async fn plugin(catalog: Catalog, http_router: HttpRouter) {
    let router = Router::new().route("/{name}/owns", get(owns));
    http_router.mount(router.with_state(catalog));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/:name/owns"));
}

/// What a team answers for.
async fn owns(
    State(catalog): State<Catalog>,
    Path(name): Path<String>,
) -> Result<Json<Vec<EntityRef>>, HttpError> {
    let team = EntityRef::new("group", EntityRef::DEFAULT_NAMESPACE, &name);
    let entity = catalog.entity(&team);
    let entity = entity.map_err(|error| HttpError::unavailable(error.to_string()))?;
    let entity =
        entity.ok_or_else(|| HttpError::not_found(format!("There is no team `{name}`")))?;
    let owned = entity.relations.iter().filter(|it| it.kind == "ownerOf");
    Ok(Json(owned.map(|it| it.target_ref.clone()).collect()))
}
