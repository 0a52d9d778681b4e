//! The default discovery: every plugin is here, but for those that the configuration puts elsewhere.

use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use greenroom_di_core::BoxError;

use super::endpoints::{Direction, Endpoint, Template, find};
use super::{DiscoveryService, DiscoverySettings};

/// Where a backend is that says nothing of itself and does not listen.
const NOWHERE_SAID: &str = "http://localhost:7007";

/// The default service.
pub(crate) struct HostDiscovery {
    internal: Template,
    external: Template,
    endpoints: Vec<Endpoint>,
}

impl HostDiscovery {
    /// `address` is that of the backend's listener, with the actual port.
    pub(crate) fn new(settings: &DiscoverySettings, address: Option<SocketAddr>) -> Self {
        let configured = settings.base_url.as_deref();
        let own = address.map(url_of);
        let internal = own.as_deref().or(configured).unwrap_or(NOWHERE_SAID);
        Self {
            internal: Template::below(internal),
            external: Template::below(configured.unwrap_or(internal)),
            endpoints: settings.endpoints.clone(),
        }
    }

    fn url(&self, plugin_id: &str, direction: Direction) -> String {
        let elsewhere = find(&self.endpoints, plugin_id, direction);
        let here = match direction {
            Direction::Internal => &self.internal,
            Direction::External => &self.external,
        };
        elsewhere.unwrap_or(here).fill(plugin_id)
    }
}

/// How this machine calls a listener. One on all interfaces is called by the machine's own name.
fn url_of(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://localhost:{port}"),
        IpAddr::V4(ip) if ip.is_unspecified() => format!("http://127.0.0.1:{port}"),
        IpAddr::V6(ip) => format!("http://[{ip}]:{port}"),
        IpAddr::V4(ip) => format!("http://{ip}:{port}"),
    }
}

#[async_trait]
impl DiscoveryService for HostDiscovery {
    async fn base_url(&self, plugin_id: &str) -> Result<String, BoxError> {
        Ok(self.url(plugin_id, Direction::Internal))
    }

    async fn external_base_url(&self, plugin_id: &str) -> Result<String, BoxError> {
        Ok(self.url(plugin_id, Direction::External))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Config, FromConfig as _};

    async fn urls(config: Value, address: Option<&str>) -> (String, String) {
        let config = Config::from_json(config);
        let settings = DiscoverySettings::from_config(&config).expect("the settings are valid");
        let address = address.map(|address| address.parse().expect("an address"));
        let discovery = HostDiscovery::new(&settings, address);
        let internal = discovery.base_url("catalog").await;
        let external = discovery.external_base_url("catalog").await;
        (internal.expect("it knows"), external.expect("it knows"))
    }

    #[tokio::test]
    async fn the_listener_is_for_backends_and_the_base_url_for_browsers() {
        let based = || json!({ "backend": { "baseUrl": "https://b.example.com/prefix/" } });
        let outside = "https://b.example.com/prefix/api/catalog";
        for (config, address, internal, external) in [
            (
                based(),
                Some("127.0.0.1:17007"),
                "http://127.0.0.1:17007/api/catalog",
                outside,
            ),
            (
                json!({}),
                Some("[::]:80"),
                "http://localhost:80/api/catalog",
                "http://localhost:80/api/catalog",
            ),
            (
                json!({}),
                Some("[::1]:80"),
                "http://[::1]:80/api/catalog",
                "http://[::1]:80/api/catalog",
            ),
            (based(), None, outside, outside),
            (
                json!({}),
                None,
                "http://localhost:7007/api/catalog",
                "http://localhost:7007/api/catalog",
            ),
        ] {
            let found = urls(config, address).await;
            assert_eq!(found, (internal.to_owned(), external.to_owned()));
        }
    }

    #[tokio::test]
    async fn an_endpoint_takes_a_plugin_elsewhere() {
        let config = json!({ "discovery": { "endpoints": [
            { "target": { "internal": "http://inside:7007/api/{{pluginId}}" }, "plugins": ["catalog"] },
        ]}});
        let (internal, external) = urls(config, None).await;
        assert_eq!(internal, "http://inside:7007/api/catalog");
        assert_eq!(external, "http://localhost:7007/api/catalog");
    }
}
