//! The configuration: `app-config.yaml`, its overlays, and what the environment adds.
//!
//! A service of the root: one for the whole backend. Layers, the later ones winning:
//!
//! 1. `app-config.yaml`
//! 2. `app-config.<env>.yaml` for each of `GREENROOM_ENV`, else `BACKSTAGE_ENV` (a list with commas)
//! 3. `app-config.local.yaml`
//! 4. `app-config.<env>.local.yaml`
//! 5. `APP_CONFIG_a_b_c` variables: JSON if it parses, else text, for the key `a.b.c`
//! 6. options of the command line that stand for a key
//!
//! `--config FILE`, which can be repeated, stands in place of 1 to 4. The files are looked for in
//! the working directory and then, when cargo started the program, beside its `Cargo.toml` and
//! beside the example's source. Without any file all defaults hold.
//!
//! Objects are merged, lists are replaced, `null` hides. In a value, `${VAR}`, `${VAR:-fallback}`
//! and `$${literal}` are replaced, and `{ $env: VAR }`, `{ $file: path }` and `{ $include:
//! file.yaml#a.b }` stand for what they name; a variable that is not set takes the whole key away.
//!
//! Every value keeps its place, so that a mistake names key, file, line and column, what was found
//! and what was wanted. This service alone reads the process's environment. It deliberately knows
//! no key of any other service, writes no file, and fetches nothing over the network.

mod arguments;
mod bytes;
mod describe;
mod duration;
mod environment;
mod error;
mod factory;
mod files;
mod inject;
mod keys;
mod load;
mod merge;
mod missing;
mod overrides;
mod place;
mod read;
mod scalar;
mod schema;
mod secrecy;
mod secret;
mod service;
mod settings;
mod show;
mod snapshot;
mod sources;
mod substitute;
mod transform;
mod tree;
mod unknown;
mod watcher;
mod yaml;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use greenroom_di_macros::service;
use tokio::sync::watch;

pub use arguments::ConfigArguments;
pub use bytes::ByteSize;
pub use describe::ConfigSchema;
pub use duration::HumanDuration;
pub use environment::{Environment, Mode, READABLE};
pub use error::{ConfigError, ConfigErrors, UnknownKey};
pub use factory::root_config;
pub use inject::{FromConfig, Mistakes, ServiceSettings};
pub use load::{LoadOptions, SetByOption};
pub use place::Place;
pub use secret::Secret;
pub use service::{FileConfig, load};
pub use settings::{SectionReport, Settings, check_section, read_section, section_schema};
pub use show::Shown;
pub use snapshot::Config;
pub use unknown::unknown_top_level_keys;

/// The configuration of the whole backend.
#[service(
    id = "core.rootConfig",
    scope = "root",
    provided_by = "greenroom::services::root_config"
)]
pub trait RootConfigService: Send + Sync + 'static {
    /// The configuration as it is now; it does not change under the reader's hands.
    fn current(&self) -> Config;

    /// Follows the configuration: the receiver holds the current state and is woken by each later
    /// good one.
    fn subscribe(&self) -> watch::Receiver<Config>;
}

/// The handle of the configuration service.
pub type RootConfig = Arc<dyn RootConfigService>;

/// A configuration that a program or a test brings itself, and that changes only when it says so.
///
/// ```
/// # use greenroom_services::config::{Config, RootConfigService, StaticConfig};
/// let service = StaticConfig::new(Config::from_json(serde_json::json!({ "a": 1 })));
/// service.replace(Config::from_json(serde_json::json!({ "a": 2 })));
/// assert_eq!(service.current().get::<u8>("a").ok(), Some(2));
/// ```
#[derive(Debug)]
pub struct StaticConfig(watch::Sender<Config>);

impl StaticConfig {
    /// A service that gives out `config`.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self(watch::Sender::new(config))
    }

    /// Gives out another state from now on, and wakes those who follow.
    pub fn replace(&self, config: Config) {
        self.0.send_replace(config);
    }
}

impl RootConfigService for StaticConfig {
    fn current(&self) -> Config {
        self.0.borrow().clone()
    }

    fn subscribe(&self) -> watch::Receiver<Config> {
        self.0.subscribe()
    }
}
