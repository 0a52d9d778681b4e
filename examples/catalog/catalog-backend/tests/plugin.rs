//! The plugin in a backend of its own, without any module: the test fills the extension points itself.

use std::sync::Arc;

use async_trait::async_trait;
use catalog_node::{
    CatalogService, Contribution, Entity, EntityProvider, EntityProviders, Found, Kind, Origin,
};
use greenroom::BoxError;
use greenroom::logger::Level;
use greenroom_test_kit::{TestBackend, test_backend};
use serde_json::json;

/// Provides a domain, unless it has none.
struct Provider(Option<&'static str>);

#[async_trait]
impl EntityProvider for Provider {
    fn name(&self) -> &str {
        "a test"
    }

    async fn read(&self) -> Result<Contribution, BoxError> {
        let name = self.0.ok_or("the source ran dry")?;
        Ok(Contribution {
            entities: vec![Found {
                entity: Entity::new(Kind::Domain, name).with("owner", "team"),
                origin: Origin::new(name),
            }],
            errors: Vec::new(),
        })
    }
}

/// The catalog of these providers.
fn catalog(of: &[Option<&'static str>]) -> TestBackend {
    let mut providers = EntityProviders::default();
    for name in of {
        providers.add(Arc::new(Provider(*name)));
    }
    test_backend![catalog_backend::plugin, catalog_backend::defaults].extension_point(providers)
}

const NAMES: &str = "/api/catalog/entities?fields=metadata.name";

#[tokio::test]
async fn what_providers_have_is_served() {
    let backend = catalog(&[Some("shop"), Some("bank")]).start().await;
    let names = backend.get(NAMES).send().await;
    names.assert_status(200).assert_json(json!([
        { "metadata": { "name": "bank" } },
        { "metadata": { "name": "shop" } },
    ]));
    backend.logs().level(Level::Warn).assert_empty();
}

/// A failure test: one source that fails is told, and no reason to serve nothing.
#[tokio::test]
async fn a_provider_that_fails_is_told_and_the_others_are_served() {
    let backend = catalog(&[None, Some("shop")]).start().await;
    let names = backend.get(NAMES).send().await;
    names.assert_json(json!([{ "metadata": { "name": "shop" } }]));
    let warnings = backend.logs().plugin("catalog").level(Level::Warn);
    assert_eq!(warnings.messages(), ["a test: the source ran dry"]);
    let errors = backend.get("/api/catalog/errors").send().await;
    errors.assert_status(401);
}

/// A test of a service, as another plugin has it.
#[tokio::test]
async fn another_plugin_finds_what_is_served() {
    let backend = catalog(&[Some("shop")]).reach::<dyn CatalogService>("teams");
    let backend = backend.start().await;
    let catalog = backend.service::<dyn CatalogService>("teams");
    let find = |reference: &str| catalog.entity(&reference.parse().expect("it is one"));
    let shop = find("domain:shop").expect("the catalog is ready");
    assert_eq!(shop.expect("it is there").metadata.name, "shop");
    assert_eq!(find("domain:bank"), Ok(None));
}
