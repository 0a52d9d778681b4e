//! What the configuration says about addresses.

use greenroom_di_core::BoxError;
use serde_json::json;

use super::endpoints::{Endpoint, Target, Template};
use crate::config::{Config, ConfigError, ConfigSchema, FromConfig, Mistakes, Mode};

const BASE_URL: &str = "backend.baseUrl";
const ENDPOINTS: &str = "discovery.endpoints";

/// The settings of the default discovery.
#[derive(Clone, Debug)]
pub struct DiscoverySettings {
    /// Without a slash at its end.
    pub(super) base_url: Option<String>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) mode: Mode,
}

impl DiscoverySettings {
    /// The keys of addresses for browsers that lead to the machine that asks.
    pub(super) fn keys_of_localhost(&self) -> impl Iterator<Item = &str> {
        let own = self.base_url.as_deref().map(Template::below);
        let own = own.is_some_and(|own| own.is_localhost());
        let elsewhere = self.endpoints.iter().filter(|endpoint| {
            let external = endpoint.external.as_ref();
            external.is_some_and(Template::is_localhost)
        });
        let elsewhere = elsewhere.map(|endpoint| endpoint.external_key.as_str());
        own.then_some(BASE_URL).into_iter().chain(elsewhere)
    }
}

impl FromConfig for DiscoverySettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.baseUrl` | URL | the address of the backend's own listener |
    /// | `discovery.endpoints` | list of `{target, plugins}` | none |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let base_url = mistakes.take(base_url(config)).flatten();
        let mut endpoints = Vec::new();
        let sections = mistakes.take(config.sections(ENDPOINTS));
        for (index, section) in sections.unwrap_or_default().iter().enumerate() {
            let key = format!("{ENDPOINTS}[{index}].target");
            endpoints.extend(mistakes.take(endpoint(section, key)));
        }
        mistakes.finish(Self {
            base_url,
            endpoints,
            mode: config.mode(),
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_schema(
            BASE_URL,
            json!({ "type": "string" }),
            "The address of this backend for browsers, such as `https://backstage.example.com`.",
        );
        schema.add_schema(
            ENDPOINTS,
            json!({ "type": "array", "items": {
                "type": "object",
                "properties": {
                    "target": { "anyOf": [
                        { "type": "string" },
                        { "type": "object", "properties": {
                            "internal": { "type": "string" },
                            "external": { "type": "string" },
                        }},
                    ]},
                    "plugins": { "type": "array", "items": { "type": "string" } },
                },
                "required": ["target", "plugins"],
            }}),
            "Plugins that run elsewhere, and their addresses.",
        );
    }
}

fn base_url(config: &Config) -> Result<Option<String>, ConfigError> {
    let Some(text) = config.get_optional::<String>(BASE_URL)? else {
        return Ok(None);
    };
    if Template::parse(&text).is_none() {
        let message = "it must be a URL such as `https://backstage.example.com`";
        return Err(config.refusal(BASE_URL, message));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

fn endpoint(section: &Config, mut external_key: String) -> Result<Endpoint, ConfigError> {
    let template = |key: &str, text: String| {
        Template::parse(&text).ok_or_else(|| {
            let scheme = text.split("://").next().unwrap_or_default();
            let message = if scheme.ends_with("+srv") {
                "SRV records are not looked up: write `http://` or `https://` with the host and port of the service"
            } else {
                "it must be a URL such as `https://{{pluginId}}.example.com/api/{{pluginId}}`"
            };
            section.refusal(key, message)
        })
    };
    let (internal, external) = match section.get("target")? {
        Target::Both(text) => {
            let both = template("target", text)?;
            (Some(both.clone()), Some(both))
        }
        Target::Each { internal, external } => {
            external_key.push_str(".external");
            let internal = internal.map(|text| template("target.internal", text));
            let external = external.map(|text| template("target.external", text));
            (internal.transpose()?, external.transpose()?)
        }
    };
    if internal.is_none() && external.is_none() {
        return Err(section.refusal(
            "target",
            "it must be a URL, or have `internal` or `external`",
        ));
    }
    Ok(Endpoint {
        internal,
        external,
        plugins: section.get("plugins")?,
        external_key,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn mistakes(value: Value) -> Vec<String> {
        let read = DiscoverySettings::from_config(&Config::from_json(value));
        let mistakes = read.err().unwrap_or_default();
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_is_told_by_its_key() {
        let told = mistakes(json!({
            "backend": { "baseUrl": "backstage.example.com" },
            "discovery": { "endpoints": [
                { "target": "https://a/{{pluginId}}" },
                { "target": "http+srv://a", "plugins": ["b"] },
                { "target": { "internal": "b" }, "plugins": ["b"] },
                { "target": {}, "plugins": ["b"] },
                { "target": "https://a/{{pluginId}}", "plugins": ["*"] },
            ]},
        }));
        let keys = [
            "backend.baseUrl",
            "discovery.endpoints[0].plugins",
            "discovery.endpoints[1].target",
            "discovery.endpoints[2].target.internal",
            "discovery.endpoints[3].target",
        ];
        assert_eq!(told.len(), keys.len(), "{told:?}");
        for (told, key) in told.iter().zip(keys) {
            assert!(told.contains(&format!("`{key}`")), "{told}");
        }
        assert!(
            told[2].contains("SRV records are not looked up"),
            "{told:?}"
        );
    }
}
