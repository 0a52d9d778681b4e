//! The default service: what the store says, made into what a plugin may see of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use super::keys::Keys;
use super::log::CacheLog;
use super::metrics::PluginMetrics;
use super::options::Noted;
use super::store::{Store, StoreError, Stored};
use super::{Cache, CacheError, CacheOptions, CacheService, EntryOptions, Flights};

/// Why a value is not kept whose tags could not be looked at.
const NOT_NOTED: &str = "how its tags stood before it was computed is not known";

/// The cache of a plugin.
#[derive(Clone)]
pub(super) struct PluginCache {
    pub(super) store: Arc<dyn Store>,
    pub(super) keys: Arc<Keys>,
    pub(super) default_ttl: Option<Duration>,
    pub(super) flights: Flights,
    pub(super) metrics: PluginMetrics,
    pub(super) log: Arc<CacheLog>,
}

impl PluginCache {
    async fn find(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let Some(stored) = self.store.get(&self.keys.entry(key)).await? else {
            return Ok(None);
        };
        let is_current = stored.tags.is_empty() || self.store.are_current(&stored.tags).await?;
        Ok(is_current.then_some(stored.json))
    }

    async fn put(&self, key: &str, json: Bytes, options: &EntryOptions) -> Result<(), StoreError> {
        let name = self.keys.entry(key);
        let ttl = options.ttl.or(self.default_ttl);
        if ttl.is_some_and(|ttl| ttl.is_zero()) {
            return self.store.delete(&name).await;
        }
        let tags = self.tags(&options.tags);
        let mut stamps = match &options.noted {
            Noted::No => Vec::new(),
            // Under stamps of now it would outlive a deletion that came meanwhile.
            Noted::Failed => return Err(StoreError::Away(NOT_NOTED.to_owned())),
            Noted::Stamps(stamps) => stamps.clone(),
        };
        if let Some(later) = tags.get(stamps.len()..).filter(|tags| !tags.is_empty()) {
            stamps.extend(self.store.stamps(later, &fresh_stamp()).await?);
        }
        let tags = tags.into_iter().zip(stamps).collect();
        self.store.set(&name, Stored { json, tags }, ttl).await
    }

    fn tags(&self, tags: &[String]) -> Vec<String> {
        tags.iter().map(|tag| self.keys.tag(tag)).collect()
    }

    fn ended<T>(
        &self,
        operation: &'static str,
        key: &str,
        outcome: Result<T, StoreError>,
        started: Instant,
    ) -> Result<T, CacheError> {
        let result = if let Err(StoreError::Away(_) | StoreError::Unable(_)) = outcome {
            "error"
        } else {
            "ok"
        };
        self.metrics.ended(operation, result, started.elapsed());
        let key = || key.to_owned();
        outcome.map_err(|error| match error {
            StoreError::Away(reason) | StoreError::Unable(reason) => {
                CacheError::Unavailable { reason }
            }
            StoreError::NotACounter | StoreError::Unreadable(_) => {
                CacheError::NotACounter { key: key() }
            }
            StoreError::Overflow => CacheError::Overflow { key: key() },
        })
    }
}

/// Stamps are by chance, so that one that was lost is never given twice.
fn fresh_stamp() -> String {
    format!("{:032x}", fastrand::u128(..))
}

#[async_trait]
impl CacheService for PluginCache {
    async fn get_bytes(&self, key: &str) -> Option<Bytes> {
        let started = Instant::now();
        let outcome = self.find(key).await;
        let result = match &outcome {
            Ok(Some(_)) => "hit",
            Ok(None) => "miss",
            Err(StoreError::Unreadable(_)) => "unreadable",
            Err(_) => "error",
        };
        self.metrics.ended("get", result, started.elapsed());
        if let Err(StoreError::Unreadable(problem)) = &outcome {
            self.log.unreadable(key, problem);
        }
        outcome.ok().flatten()
    }

    async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions) {
        let started = Instant::now();
        let outcome = self.put(key, json, options).await;
        let result = if outcome.is_ok() { "ok" } else { "error" };
        self.metrics.ended("set", result, started.elapsed());
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        let started = Instant::now();
        self.flights.forget(key);
        let outcome = self.store.delete(&self.keys.entry(key)).await;
        self.ended("delete", key, outcome, started)
    }

    async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError> {
        let started = Instant::now();
        self.flights.forget_tag(tag);
        let outcome = self.store.delete(&self.keys.tag(tag)).await;
        self.ended("delete_by_tag", tag, outcome, started)
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, CacheError> {
        let started = Instant::now();
        // No time at all would be a counter that never counts.
        let ttl = ttl.or(self.default_ttl).filter(|ttl| !ttl.is_zero());
        let outcome = self.store.increment(&self.keys.entry(key), by, ttl).await;
        self.ended("increment", key, outcome, started)
    }

    fn with_options(&self, options: CacheOptions) -> Cache {
        Arc::new(Self {
            default_ttl: options.default_ttl.or(self.default_ttl),
            ..self.clone()
        })
    }

    async fn prepare(&self, mut options: EntryOptions) -> EntryOptions {
        if !options.tags.is_empty() {
            let tags = self.tags(&options.tags);
            let stamps = self.store.stamps(&tags, &fresh_stamp()).await;
            options.noted = stamps.map_or(Noted::Failed, Noted::Stamps);
        }
        options
    }

    fn flights(&self) -> Flights {
        self.flights.clone()
    }

    fn unreadable(&self, key: &str, problem: &str) {
        self.metrics.unreadable();
        self.log.unreadable(key, problem);
    }
}
