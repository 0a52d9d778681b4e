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
    http_router.add_auth_policy(AuthPolicy::unauthenticated("*"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use greenroom_test_kit::test_backend;
    use serde_json::json;

    use super::plugin;

    #[tokio::test]
    async fn a_visitor_is_told_what_the_settings_say() {
        let table = [
            (json!({}), "Hello!"),
            (json!({ "greeting": { "text": "Good day!" } }), "Good day!"),
        ];
        for (config, expected) in table {
            let backend = test_backend![plugin].config(config).start().await;
            let answer = backend.get("/api/greeting").send().await;
            answer.assert_status(200).assert_text(expected);
        }
    }

    #[tokio::test]
    async fn a_text_that_is_none_is_told_by_its_key() {
        let backend = test_backend![plugin].config(json!({ "greeting": { "text": ["Hi"] } }));
        let error = backend.start_error().await.to_string();
        assert!(error.contains("`greeting.text`"), "{error}");
    }
}
