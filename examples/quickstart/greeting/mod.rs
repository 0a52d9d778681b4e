//! The plugin `greeting`, which shares nothing with `example`: a second team's, say.

use greenroom::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GreetingSettings {
    /// What a visitor is told.
    text: String,
}

impl Default for GreetingSettings {
    fn default() -> Self {
        Self {
            text: "Hello!".to_owned(),
        }
    }
}

#[backend_plugin(id = "greeting")]
pub async fn plugin(http_router: HttpRouter, settings: Settings<GreetingSettings>) -> Result<()> {
    let greet = async move || settings.text.clone();
    http_router.mount(Router::new().route("/", get(greet)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
    Ok(())
}
