//! A configuration that changes while the backend runs.

use std::sync::Arc;

use greenroom::config::RootConfigService;
use greenroom::prelude::*;
use greenroom_test_kit::mock_services::FakeRootConfig;
use greenroom_test_kit::test_backend;
use serde_json::json;

#[backend_plugin(id = "greeter")]
async fn greeter(config: RootConfig, lifecycle: Lifecycle, logger: Logger) {
    let mut changes = config.subscribe();
    lifecycle.spawn("follow the configuration", async move {
        while changes.changed().await.is_ok() {
            // A task that fails takes its plugin down, and a mistake in a file is no reason for that.
            match changes.borrow_and_update().get::<String>("greeting") {
                Ok(greeting) => logger.info(format!("from now on: {greeting}")),
                Err(error) => logger.warn(format!("the greeting stays: {error}")),
            }
        }
        Ok(())
    });
}

#[tokio::test]
async fn a_plugin_follows_the_configuration() {
    let backend = test_backend![greeter].start().await;
    backend.update_config(json!({ "greeting": "good day" }));
    backend.logged("from now on: good day").await;
}

#[tokio::test]
async fn a_backend_that_listens_goes_on_where_it_is() {
    let backend = test_backend![greeter].listen().start().await;
    backend.update_config(json!({ "greeting": "hello" }));
    backend.logged("from now on: hello").await;
    assert!(backend.address().is_some());
    let service = backend.running().root_service::<dyn RootConfigService>();
    let config = service.expect("it is always there").current();
    assert!(config.has("backend.listen"));
}

#[tokio::test]
async fn a_fake_configuration_is_changed_itself() {
    let config = FakeRootConfig::new(json!({}));
    let backend = test_backend![greeter].with(Arc::clone(&config));
    let backend = backend.start().await;
    config.update(json!({ "greeting": "good day" }));
    backend.logged("from now on: good day").await;
    let text = crate::failure(|| backend.update_config(json!({})));
    assert_eq!(
        text,
        "the configuration of this backend is not the kit's: change the service that the test brought"
    );
}
