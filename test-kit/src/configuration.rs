//! The configuration of a test's backend, which the test may change while the backend runs.

use std::sync::Arc;

use greenroom::config::{Config, ConfigArguments, StaticConfig};
use serde_json::{Map, Value, json};

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
    below_backend: Map<String, Value>,
}

impl Configuration {
    /// What stands in `state` is added below `backend`, where the configuration leaves it open.
    pub(crate) fn new(config: Value, state: Map<String, Value>, network: Network) -> Self {
        let mut below_backend = state;
        if network == Network::Loopback {
            let anywhere = json!({ "host": "127.0.0.1", "port": 0 });
            below_backend.insert("listen".to_owned(), anywhere);
        }
        let service = Arc::new(StaticConfig::new(completed(config, &below_backend)));
        Self {
            service,
            below_backend,
        }
    }

    /// What the backend is started with.
    pub(crate) fn arguments(&self) -> ConfigArguments {
        ConfigArguments::shared(Arc::clone(&self.service))
    }

    /// Puts another configuration in place.
    pub(crate) fn replace(&self, config: Value) {
        self.service.replace(completed(config, &self.below_backend));
    }
}

/// Adds what is missing; what is no object is left for the check of the configuration.
fn completed(mut config: Value, below_backend: &Map<String, Value>) -> Config {
    if let (Some(root), false) = (config.as_object_mut(), below_backend.is_empty()) {
        let backend = root.entry("backend").or_insert_with(|| json!({}));
        if let Some(backend) = backend.as_object_mut() {
            for (key, value) in below_backend {
                match backend.get_mut(key) {
                    None => {
                        backend.insert(key.clone(), value.clone());
                    }
                    // An address that the test names counts as it is.
                    Some(own) if key != "listen" => fill(own, value),
                    Some(_) => {}
                }
            }
        }
    }
    Config::from_json(config)
}

/// Adds the keys that are missing.
fn fill(own: &mut Value, missing: &Value) {
    let (Some(own), Some(missing)) = (own.as_object_mut(), missing.as_object()) else {
        return;
    };
    for (key, value) in missing {
        match own.get_mut(key) {
            Some(inner) => fill(inner, value),
            None => {
                own.insert(key.clone(), value.clone());
            }
        }
    }
}
