//! Another plugin, which asks the catalog without HTTP and without knowing how it works.

use catalog_node::{Catalog, EntityRef};
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
) -> Result<Json<Vec<EntityRef>>, ApiError> {
    let team = EntityRef::new("group", EntityRef::DEFAULT_NAMESPACE, &name);
    let entity = catalog.entity(&team);
    let entity = entity.map_err(|error| HttpError::unavailable(error.to_string()))?;
    let entity =
        entity.ok_or_else(|| HttpError::not_found(format!("There is no team `{name}`")))?;
    let owned = entity.relations.iter().filter(|it| it.kind == "ownerOf");
    Ok(Json(owned.map(|it| it.target_ref.clone()).collect()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catalog_node::{CatalogService, Entity, Kind, NotReady, Relation};
    use greenroom_test_kit::{StartedTestBackend, TestDouble, test_backend};
    use serde_json::json;

    use super::*;

    /// A catalog that answers this to every question.
    struct Answers(Result<Option<Arc<Entity>>, NotReady>);

    impl CatalogService for Answers {
        fn entity(&self, _: &EntityRef) -> Result<Option<Arc<Entity>>, NotReady> {
            self.0.clone()
        }
    }

    impl TestDouble for Answers {
        type Service = dyn CatalogService;

        fn into_service(self: Arc<Self>) -> Catalog {
            self
        }
    }

    /// The plugin over another catalog: it knows the service, and not what is behind it.
    async fn over(catalog: Answers) -> StartedTestBackend {
        test_backend![plugin, catalog_backend::defaults]
            .with(Arc::new(catalog))
            .start()
            .await
    }

    #[tokio::test]
    async fn what_a_team_owns_is_what_its_relations_say() {
        let mut team = Entity::new(Kind::Group, "checkout");
        for (kind, target) in [("ownerOf", "component:orders"), ("hasMember", "user:ada")] {
            let target_ref = target.parse().expect("it is a reference");
            team.relations.push(Relation { kind, target_ref });
        }
        let backend = over(Answers(Ok(Some(Arc::new(team))))).await;
        let owned = backend.get("/api/teams/checkout/owns").send().await;
        owned
            .assert_status(200)
            .assert_json(json!(["component:default/orders"]));
    }

    /// A failure test.
    #[tokio::test]
    async fn no_team_and_no_catalog_are_different_answers() {
        let backend = over(Answers(Ok(None))).await;
        let nobody = backend.get("/api/teams/nobody/owns").send().await;
        nobody.assert_status(404);
        let backend = over(Answers(Err(NotReady))).await;
        let early = backend.get("/api/teams/checkout/owns").send().await;
        early.assert_status(503);
    }
}
