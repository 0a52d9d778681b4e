//! `core.rootConfig` in tests.

use std::sync::Arc;

use greenroom::config::{Config, RootConfigService, StaticConfig};
use serde_json::Value;
use tokio::sync::watch;

use crate::TestDouble;

/// A configuration from memory, which the test changes when it likes.
#[derive(Debug)]
pub struct FakeRootConfig(StaticConfig);

impl FakeRootConfig {
    /// A configuration with these keys.
    #[must_use]
    pub fn new(config: Value) -> Arc<Self> {
        Arc::new(Self(StaticConfig::new(Config::from_json(config))))
    }

    /// Puts another configuration in place, and wakes those who follow it.
    pub fn update(&self, config: Value) {
        self.0.replace(Config::from_json(config));
    }
}

impl RootConfigService for FakeRootConfig {
    fn current(&self) -> Config {
        self.0.current()
    }

    fn subscribe(&self) -> watch::Receiver<Config> {
        self.0.subscribe()
    }
}

impl TestDouble for FakeRootConfig {
    type Service = dyn RootConfigService;

    fn into_service(self: Arc<Self>) -> Arc<dyn RootConfigService> {
        self
    }
}

mock_service! {
    /// A mock of `core.rootConfig`.
    pub MockRootConfigService for RootConfigService {
        fn current(&self) -> Config;
        fn subscribe(&self) -> watch::Receiver<Config>;
    }
}
