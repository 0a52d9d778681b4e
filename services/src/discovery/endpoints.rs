//! `discovery.endpoints`: plugins that run elsewhere.
//!
//! A target has `{{pluginId}}` where the plugin's id belongs. Of the entries that name a plugin the last counts, and
//! after those the last that names `*`; one that gives an address for one direction leaves the other to the next.

use http::Uri;
use serde::Deserialize;
use url::{Host, Url};

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Internal,
    External,
}

/// An entry of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) internal: Option<Template>,
    pub(super) external: Option<Template>,
    pub(super) plugins: Vec<String>,
    /// Where the external address was written.
    pub(super) external_key: String,
}

/// An address with a place for the plugin's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(String);

/// Where the target of an entry is written.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Target {
    Both(String),
    Each {
        internal: Option<String>,
        external: Option<String>,
    },
}

impl Template {
    /// Reads an address; none if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let template = Self(text.trim_end_matches('/').to_owned());
        let example = template.fill("example");
        let url = Url::parse(&example).ok()?;
        // What is no address for the HTTP client should be told now.
        example.parse::<Uri>().ok()?;
        let is_address = matches!(url.scheme(), "http" | "https") && url.has_host();
        (is_address && url.query().is_none() && url.fragment().is_none()).then_some(template)
    }

    /// Whether it leads to the machine that asks.
    pub(super) fn is_localhost(&self) -> bool {
        let url = Url::parse(&self.fill("example"));
        url.is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        })
    }

    /// The address of every plugin below this one.
    pub(super) fn below(base: &str) -> Self {
        Self(format!(
            "{}/api/{{{{pluginId}}}}",
            base.trim_end_matches('/')
        ))
    }

    /// The address of one plugin.
    pub(super) fn fill(&self, plugin_id: &str) -> String {
        let id = encoded(plugin_id);
        let filled = self.0.replace("{{pluginId}}", &id);
        filled.replace("{{ pluginId }}", &id)
    }
}

impl Endpoint {
    fn template(&self, direction: Direction) -> Option<&Template> {
        match direction {
            Direction::Internal => self.internal.as_ref(),
            Direction::External => self.external.as_ref(),
        }
    }
}

/// The template for a plugin, if an entry has one.
pub(super) fn find<'a>(
    endpoints: &'a [Endpoint],
    plugin_id: &str,
    direction: Direction,
) -> Option<&'a Template> {
    let named = |name: &str| {
        let mut entries = endpoints.iter().rev();
        entries.find_map(|entry| {
            let names = entry.plugins.iter().any(|plugin| plugin == name);
            names.then(|| entry.template(direction))?
        })
    };
    named(plugin_id).or_else(|| named("*"))
}

/// An id as a segment of a path. Ids of plugins are left as they are; others must not lead elsewhere.
fn encoded(plugin_id: &str) -> String {
    let mut text = String::new();
    for byte in plugin_id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(internal: Option<&str>, external: Option<&str>, plugins: &[&str]) -> Endpoint {
        let template = |text: &str| Template::parse(text).expect("it is an address");
        Endpoint {
            internal: internal.map(template),
            external: external.map(template),
            plugins: plugins.iter().map(|id| (*id).to_owned()).collect(),
            external_key: String::new(),
        }
    }

    #[test]
    fn the_last_entry_that_names_the_plugin_counts_and_then_the_star() {
        let endpoints = [
            endpoint(Some("http://all:1/{{pluginId}}"), None, &["*"]),
            endpoint(Some("http://a:1/{{ pluginId }}/x/"), None, &["catalog"]),
            endpoint(None, Some("https://b/{{pluginId}}"), &["catalog", "search"]),
            endpoint(Some("http://c:1/fixed"), None, &["search"]),
        ];
        let found = |plugin: &str, direction| {
            find(&endpoints, plugin, direction).map(|template| template.fill(plugin))
        };
        for (plugin, internal, external) in [
            ("catalog", "http://a:1/catalog/x", Some("https://b/catalog")),
            ("search", "http://c:1/fixed", Some("https://b/search")),
            ("todo", "http://all:1/todo", None),
            ("../todo", "http://all:1/%2E%2E%2Ftodo", None),
        ] {
            assert_eq!(
                found(plugin, Direction::Internal).as_deref(),
                Some(internal)
            );
            assert_eq!(found(plugin, Direction::External).as_deref(), external);
        }
    }

    #[test]
    fn only_addresses_of_http_are_read() {
        for wrong in [
            "",
            "catalog",
            "http+srv://catalog",
            "ftp://a/b",
            "http://",
            "http://a/?b",
            "http://a b/",
        ] {
            assert_eq!(Template::parse(wrong), None, "{wrong}");
        }
    }
}
