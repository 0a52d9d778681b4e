//! `core.cache`: what may be lost, kept in the plugin's name.
//!
//! Values live in the memory of the process or in Redis, by configuration alone. A cache is never the reason why a
//! request fails: **a store that is away degrades to a miss**. Every call has a deadline; after some failures in a row a
//! breaker stops asking at all, a task of its own looks whether the server is back, and nobody waits meanwhile.
//! Reading finds nothing, writing is dropped, [`get_or_compute`](trait.CacheService.html#method.get_or_compute) computes.
//! It shows in the metrics, in the health of the backend (`degraded`, which is ready) and in two lines of the log: one when
//! the server goes, one when it is back. A server that is there and refuses to write is not away: it is read as before.
//!
//! Two things must not be mistaken for a miss, and are errors while the store is away: a counter, which would begin anew,
//! and a deletion, after which the caller believes that something is gone.
//!
//! **Keys** are the plugin's own: no plugin sees another's. In Redis they stand as the anchor's do, `<plugin>:<base64 of
//! the key>`, and values as its library writes them, `{"value":…,"expires":…}`, so that a look with `redis-cli` finds
//! what it expects, and a backend that replaces another finds its values.
//!
//! **What cannot be read** (something else under the key, a type that has changed since) is a miss and a line in the log,
//! one a minute at most: after an update of the program old values are no reason to fail.
//!
//! **Tags**: each tag has a stamp in the store, and a value remembers the stamps of its tags. To delete a tag is to forget
//! its stamp; whatever remembers it is a miss from then on. That is one command however many values there are, works
//! in a cluster, and when a stamp is lost by itself, values are lost with it and never outlive their deletion.
//!
//! It opens nothing before the first call.
//!
//! Deliberately absent: a lock for the whole cluster (single flight is for the process; see the scheduler), listing keys,
//! values that are not JSON.

mod error;
mod factory;
mod flights;
mod http_error;
mod keys;
mod log;
mod memory;
mod metrics;
mod options;
mod redis;
mod root;
mod service;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod typed;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use greenroom_di_macros::service;

pub use error::{CacheError, ComputationError};
pub use factory::{cache, root_cache};
pub use flights::Flights;
pub use options::{CacheOptions, EntryOptions};
pub use redis::redis_rate_limit_store;
pub use root::RootCache;
pub use settings::CacheSettings;

/// Keeps values of a plugin for a while.
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_services::cache::{Cache, CacheError};
/// use greenroom_services::http_error::HttpError;
///
/// async fn price(cache: &Cache, article: &str) -> Result<u64, CacheError> {
///     let key = format!("price:{article}");
///     let minute = Duration::from_secs(60);
///     cache
///         .get_or_compute(&key, minute, async || -> Result<u64, HttpError> {
///             // Asks a slow service. A thousand requests at once ask it one time.
///             Ok(100)
///         })
///         .await
/// }
/// ```
///
/// The methods of this trait speak of bytes, and are for those who wrap the service or stand in for it. Everybody else
/// uses the typed ones of `dyn CacheService`: [`get`](trait.CacheService.html#method.get),
/// [`set`](trait.CacheService.html#method.set) and the others.
#[service(id = "core.cache", provided_by = "greenroom::services::cache")]
#[async_trait]
pub trait CacheService: Send + Sync + 'static {
    /// The JSON of the value under this key; of a counter, its digits. `None` for all that cannot be had.
    async fn get_bytes(&self, key: &str) -> Option<Bytes>;

    /// Keeps this JSON under this key, in place of what was there. A store that is away drops it.
    async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions);

    /// Forgets what is under this key, value or counter.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unavailable`]: it may still be there.
    async fn delete(&self, key: &str) -> Result<(), CacheError>;

    /// Forgets every value of the plugin that was kept with this tag, whatever its key.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unavailable`]: they may still be there.
    async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError>;

    /// Adds to the counter under this key and returns what it is then. One that is not there begins at 0, and lives for
    /// `ttl` from that moment, or for the default of this cache. Atomic: of two callers, in one process or in two, none is
    /// lost.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unavailable`] when nobody knows the count, [`CacheError::NotACounter`] when a value is under the key,
    /// [`CacheError::Overflow`] when the sum has no place in 64 bits.
    async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>)
    -> Result<i64, CacheError>;

    /// The same cache with other options: the same keys, the same values.
    fn with_options(&self, options: CacheOptions) -> Cache;

    /// Notes how the tags of an entry stand now: what is deleted by tag between this and
    /// [`set_bytes`](Self::set_bytes) is deleted. A value that takes a while to compute needs it. Where it cannot be noted,
    /// the value is not kept.
    async fn prepare(&self, options: EntryOptions) -> EntryOptions {
        options
    }

    /// The computations that are under way, by which equal ones are made once, and which
    /// [`delete`](Self::delete) and [`delete_by_tag`](Self::delete_by_tag) forget. Who wraps the service hands on those of
    /// what is wrapped.
    fn flights(&self) -> Flights;

    /// Tells that what was found under this key is not what the caller expects there.
    fn unreadable(&self, key: &str, problem: &str) {
        let _ = (key, problem);
    }
}

/// The service as a plugin takes it.
pub type Cache = Arc<dyn CacheService>;
