//! `core.rootCache`: the store that all plugins share, with its connection and its breaker.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use greenroom_di_core::BoxError;
use greenroom_di_macros::service;
use opentelemetry::metrics::Meter;
use serde_json::json;
use tokio::sync::watch;

use super::keys::Keys;
use super::log::CacheLog;
use super::memory::MemoryStore;
use super::metrics::Metrics;
use super::redis::{Link, LinkEvents, RedisStore};
use super::service::PluginCache;
use super::settings::StoreSettings;
use super::store::Store;
use super::{Cache, CacheSettings, Flights};
use crate::clock::Clock;
use crate::logger::{Fields, Logger, RootLogger};

/// The cache of a backend, of which each plugin gets its part. Plugins take [`Cache`], which this makes for them; a root
/// service takes this and gives its part a name.
#[service(
    id = "core.rootCache",
    scope = "root",
    provided_by = "greenroom::services::root_cache"
)]
pub struct RootCache {
    store: Arc<dyn Store>,
    namespace: String,
    default_ttl: Option<Duration>,
    metrics: Metrics,
    away: watch::Receiver<bool>,
}

impl RootCache {
    /// A cache with the store of these settings, to which nothing is connected yet. `clock` tells whether a value on a
    /// server is past its time.
    ///
    /// # Errors
    ///
    /// The address of the server cannot be used.
    pub fn new(
        settings: &CacheSettings,
        clock: Clock,
        root_logger: &RootLogger,
    ) -> Result<Self, BoxError> {
        let meter = opentelemetry::global::meter("greenroom");
        Self::with_meter(settings, clock, root_logger, &meter)
    }

    pub(super) fn with_meter(
        settings: &CacheSettings,
        clock: Clock,
        root_logger: &RootLogger,
        meter: &Meter,
    ) -> Result<Self, BoxError> {
        let metrics = Metrics::new(meter);
        let (sender, away) = watch::channel(false);
        let (store, namespace): (Arc<dyn Store>, _) = match &settings.store {
            StoreSettings::Memory { max_size } => {
                (Arc::new(MemoryStore::new(max_size.as_u64())), String::new())
            }
            StoreSettings::Redis(redis) => {
                let mut fields = Fields::new();
                fields.insert("service".to_owned(), json!("cache"));
                let events = StoreEvents {
                    logger: root_logger.logger(fields),
                    metrics: metrics.clone(),
                    store: redis.name,
                    away: sender,
                };
                let link = Link::new(&redis.server, redis.patience, Box::new(events));
                let link = link.map_err(|error| {
                    format!("the server of `backend.cache` cannot be used: {error}")
                })?;
                let store = RedisStore::new(link, clock);
                (Arc::new(store), redis.namespace.clone())
            }
        };
        Ok(Self {
            store,
            namespace,
            default_ttl: settings.default_ttl,
            metrics,
            away,
        })
    }

    /// The part of a plugin, which logs to the plugin's logger.
    #[must_use]
    pub fn for_plugin(&self, plugin_id: &str, logger: Logger) -> Cache {
        Arc::new(PluginCache {
            store: Arc::clone(&self.store),
            keys: Arc::new(Keys::new(&self.namespace, plugin_id)),
            default_ttl: self.default_ttl,
            flights: Flights::new(),
            metrics: self.metrics.of_plugin(plugin_id),
            log: Arc::new(CacheLog::new(logger)),
        })
    }

    /// Whether the store is away for the moment, and the news of it. Memory never is.
    #[must_use]
    pub fn away(&self) -> watch::Receiver<bool> {
        self.away.clone()
    }
}

impl fmt::Debug for RootCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RootCache")
            .field("namespace", &self.namespace)
            .field("default_ttl", &self.default_ttl)
            .field("away", &*self.away.borrow())
            .finish_non_exhaustive()
    }
}

/// Tells the log, the metrics and the health.
struct StoreEvents {
    logger: Logger,
    metrics: Metrics,
    store: &'static str,
    away: watch::Sender<bool>,
}

impl LinkEvents for StoreEvents {
    fn away(&self, address: &str, reason: &str) {
        self.away.send_replace(true);
        self.metrics.is_away(self.store, true);
        self.logger.warn_with(
            format!(
                "The cache at {address} is away, until it is back nothing is found in it and nothing is kept: {reason}"
            ),
            json!({ "store": self.store, "address": address }),
        );
    }

    fn back(&self, address: &str, after: Duration) {
        self.away.send_replace(false);
        self.metrics.is_away(self.store, false);
        let seconds = after.as_secs_f64();
        self.logger.info_with(
            format!("The cache at {address} is back after {seconds:.1} s"),
            json!({ "store": self.store, "address": address, "awaySeconds": seconds }),
        );
    }

    fn unable(&self, address: &str, reason: &str) {
        self.logger.warn_with(
            format!(
                "The cache at {address} does not do all that it is asked, and what it does not keep is not found later: \
                 {reason}. Further lines of this kind are left out for a minute"
            ),
            json!({ "store": self.store, "address": address }),
        );
    }
}
