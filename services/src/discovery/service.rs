//! The default discovery: every plugin is here, but for those that the configuration puts elsewhere.
//!
//! It follows the configuration: a plugin that moves to another backend is called there without a restart of those who
//! call it. A new state is read when somebody asks for an address, so that no task has to wait for one.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use greenroom_di_macros::service;
use tokio::sync::watch;

use super::endpoints::{Direction, Endpoint, Template, find};
use super::{DiscoveryService, DiscoverySettings};
use crate::config::{Config, FromConfig as _, Mode};
use crate::logger::Logger;

/// Where a backend is that says nothing of itself and does not listen.
const NOWHERE_SAID: &str = "http://localhost:7007";

/// What the discovery of all plugins shares. Plugins take [`Discovery`](super::Discovery), which builds on this.
#[service(
    id = "core.rootDiscovery",
    scope = "root",
    provided_by = "greenroom::services::root_discovery"
)]
pub struct RootDiscovery {
    // That of the backend's listener, with the actual port.
    address: Option<SocketAddr>,
    logger: Logger,
    known: Mutex<Known>,
}

/// The addresses of the newest good configuration, and what tells of a newer one.
struct Known {
    addresses: Arc<Addresses>,
    changes: watch::Receiver<Config>,
}

struct Addresses {
    internal: Template,
    external: Template,
    endpoints: Vec<Endpoint>,
}

impl RootDiscovery {
    /// Begins with these settings, and follows the configuration from then on.
    pub(crate) fn new(
        settings: &DiscoverySettings,
        address: Option<SocketAddr>,
        logger: Logger,
        changes: watch::Receiver<Config>,
    ) -> Self {
        warn_of_localhost(settings, &logger);
        let addresses = Arc::new(Addresses::new(settings, address));
        Self {
            address,
            logger,
            known: Mutex::new(Known { addresses, changes }),
        }
    }

    fn addresses(&self) -> Arc<Addresses> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A configuration that is gone changes no more.
        if known.changes.has_changed().unwrap_or(false) {
            let config = known.changes.borrow_and_update().clone();
            match DiscoverySettings::from_config(&config) {
                Ok(settings) => {
                    known.addresses = Arc::new(Addresses::new(&settings, self.address));
                }
                Err(mistakes) => {
                    let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
                    self.logger.warn(format!(
                        "The configuration has changed, but the addresses of plugins stay as they were: {}",
                        told.join("; ")
                    ));
                }
            }
        }
        Arc::clone(&known.addresses)
    }
}

impl Addresses {
    fn new(settings: &DiscoverySettings, address: Option<SocketAddr>) -> Self {
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

/// An address for browsers that only a browser on this machine can use is mostly left over from development.
fn warn_of_localhost(settings: &DiscoverySettings, logger: &Logger) {
    if settings.mode != Mode::Production {
        return;
    }
    for key in settings.keys_of_localhost() {
        logger.warn(format!(
            "`{key}` is an address of this machine: in production nobody else reaches the backend there. Set it to the \
             address that browsers use"
        ));
    }
}

#[async_trait]
impl DiscoveryService for RootDiscovery {
    async fn base_url(&self, plugin_id: &str) -> Result<String, BoxError> {
        Ok(self.addresses().url(plugin_id, Direction::Internal))
    }

    async fn external_base_url(&self, plugin_id: &str) -> Result<String, BoxError> {
        Ok(self.addresses().url(plugin_id, Direction::External))
    }
}

impl fmt::Debug for RootDiscovery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RootDiscovery")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Environment, RootConfigService as _, StaticConfig};
    use crate::logger::{Level, LoggerService as _};
    use crate::root_http_router::testing::Recorder;

    /// Discovery over a configuration, which a test can change, and what it logs.
    fn following(config: Config, address: Option<&str>) -> (RootDiscovery, StaticConfig, Recorder) {
        let settings = DiscoverySettings::from_config(&config).expect("the settings are valid");
        let address = address.map(|address| address.parse().expect("an address"));
        let (config, log) = (StaticConfig::new(config), Recorder::default());
        let logger = log.child(Default::default());
        let discovery = RootDiscovery::new(&settings, address, logger, config.subscribe());
        (discovery, config, log)
    }

    async fn urls(config: Value, address: Option<&str>) -> (String, String) {
        let (discovery, ..) = following(Config::from_json(config), address);
        urls_of(&discovery).await
    }

    async fn urls_of(discovery: &RootDiscovery) -> (String, String) {
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

    fn warnings(log: &Recorder) -> Vec<String> {
        let warned = log.matching(|line| line.level == Level::Warn);
        warned.into_iter().map(|line| line.message).collect()
    }

    #[tokio::test]
    async fn a_plugin_that_moves_is_found_where_it_is_now() {
        let moved = |target: &str| {
            Config::from_json(json!({
                "backend": { "baseUrl": "https://shop.test" },
                "discovery": { "endpoints": [{ "target": target, "plugins": ["catalog"] }] },
            }))
        };
        let (discovery, config, log) = following(moved("http://one:1/{{pluginId}}"), None);
        assert_eq!(urls_of(&discovery).await.0, "http://one:1/catalog");
        config.replace(moved("http://two:1/{{pluginId}}"));
        assert_eq!(urls_of(&discovery).await.0, "http://two:1/catalog");

        // What cannot be read is told once, and changes nothing.
        config.replace(moved("two"));
        for _ in 0..2 {
            assert_eq!(urls_of(&discovery).await.0, "http://two:1/catalog");
        }
        let told = warnings(&log);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("`discovery.endpoints[0].target`"),
            "{told:?}"
        );

        config.replace(Config::from_json(
            json!({ "backend": { "baseUrl": "https://new.test" } }),
        ));
        let outside = "https://new.test/api/catalog".to_owned();
        assert_eq!(
            urls_of(&discovery).await,
            (outside.clone(), outside.clone())
        );
        drop(config);
        assert_eq!(urls_of(&discovery).await.1, outside);
    }

    #[test]
    fn in_production_an_address_of_this_machine_is_told() {
        let config = json!({
            "backend": { "baseUrl": "http://localhost:7007" },
            "discovery": { "endpoints": [
                { "target": "https://{{pluginId}}.shop.test", "plugins": ["a"] },
                { "target": "http://127.0.0.1:1/{{pluginId}}", "plugins": ["b"] },
                // Backends that stand beside each other may call each other so.
                { "target": { "internal": "http://localhost:2/b" }, "plugins": ["c"] },
                { "target": { "internal": "http://b:2/b", "external": "http://[::1]:2/b" }, "plugins": ["d"] },
            ] },
        });
        let config = Config::from_json(config);
        let told = warnings(&following(config.clone(), None).2);
        let keys = [
            "`backend.baseUrl`",
            "`discovery.endpoints[1].target`",
            "`discovery.endpoints[3].target.external`",
        ];
        assert_eq!(told.len(), keys.len(), "{told:?}");
        for (told, key) in told.iter().zip(keys) {
            assert!(told.starts_with(key), "{told}");
        }
        let development = Environment::new("/").with_variable("GREENROOM_ENV", "development");
        let config = config.with_environment(development);
        assert!(warnings(&following(config, None).2).is_empty());
        let silent = Config::from_json(json!({}));
        assert!(warnings(&following(silent, Some("127.0.0.1:80")).2).is_empty());
    }
}
