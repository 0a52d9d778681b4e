//! The configuration of a test's backend, which the test may change while the backend runs.

use std::sync::Arc;

use greenroom::config::{Config, ConfigArguments, StaticConfig};
use serde_json::{Value, json};

/// Where a backend can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// By the kit alone.
    None,
    /// On a port of this machine.
    Loopback,
}

/// The test's side of the configuration service.
#[derive(Debug)]
pub(crate) struct Configuration {
    service: Arc<StaticConfig>,
    network: Network,
}

impl Configuration {
    pub(crate) fn new(config: Value, network: Network) -> Self {
        let service = Arc::new(StaticConfig::new(completed(config, network)));
        Self { service, network }
    }

    /// What the backend is started with.
    pub(crate) fn arguments(&self) -> ConfigArguments {
        ConfigArguments::shared(Arc::clone(&self.service))
    }

    /// Puts another configuration in place.
    pub(crate) fn replace(&self, config: Value) {
        self.service.replace(completed(config, self.network));
    }
}

fn completed(mut config: Value, network: Network) -> Config {
    if network == Network::Loopback {
        listen_on_loopback(&mut config);
    }
    Config::from_json(config)
}

/// Sets `backend.listen`, unless it is there; what is no object is left for the check of the configuration.
fn listen_on_loopback(config: &mut Value) {
    let Some(root) = config.as_object_mut() else {
        return;
    };
    let backend = root.entry("backend").or_insert_with(|| json!({}));
    if let Some(backend) = backend.as_object_mut() {
        let anywhere = json!({ "host": "127.0.0.1", "port": 0 });
        backend.entry("listen").or_insert(anywhere);
    }
}
