//! Where plugins are, while the backend runs.

use greenroom::logger::Level;
use greenroom::prelude::*;
use greenroom_test_kit::test_backend;
use serde_json::{Value, json};

#[backend_plugin(id = "example")]
async fn example(http_router: HttpRouter, discovery: Discovery) {
    let catalog = async move || -> Result<String, ApiError> {
        let inside = discovery.base_url("catalog").await?;
        let outside = discovery.external_base_url("catalog").await?;
        Ok(format!("{inside} {outside}"))
    };
    http_router.mount(Router::new().route("/catalog", get(catalog)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/catalog"));
}

fn at(target: &str) -> Value {
    json!({
        "backend": { "baseUrl": "https://shop.test" },
        "discovery": { "endpoints": [{ "target": { "internal": target }, "plugins": ["catalog"] }] },
    })
}

#[tokio::test]
async fn a_plugin_that_moves_is_called_where_it_is_now() {
    let backend = test_backend![example].config(at("http://one.test/{{pluginId}}"));
    let backend = backend.start().await;
    let told = async || {
        let answer = backend.get("/api/example/catalog").send().await;
        answer.assert_status(200).text().to_owned()
    };
    let outside = "https://shop.test/api/catalog";
    assert_eq!(told().await, format!("http://one.test/catalog {outside}"));
    backend.update_config(at("http://two.test/{{pluginId}}"));
    assert_eq!(told().await, format!("http://two.test/catalog {outside}"));
    backend.update_config(at("nowhere"));
    assert_eq!(told().await, format!("http://two.test/catalog {outside}"));
    let warnings = backend.logs().level(Level::Warn);
    warnings.assert_contains("`discovery.endpoints[0].target.internal`");
}

#[tokio::test]
async fn an_address_that_would_have_to_be_looked_up_keeps_the_backend_from_starting() {
    let failed = test_backend![example].config(at("http+srv://catalog.test/{{pluginId}}"));
    let error = failed.start_error().await.error.to_string();
    assert!(
        error.contains("`discovery.endpoints[0].target.internal`"),
        "{error}"
    );
    assert!(error.contains("SRV records are not looked up"), "{error}");
}
