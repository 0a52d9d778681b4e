//! Where entries lie: what a store is asked, whichever it is.
//!
//! A store knows nothing of plugins, types and defaults, and says honestly when it fails. What becomes a miss is decided
//! above it, in one place.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// How long a tag is remembered after the last value was kept with it.
pub(super) const TAG_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A value with the stamps that its tags had when it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) json: Bytes,
    /// Names of tags in the store, with their stamps.
    pub(super) tags: Vec<(String, String)>,
}

/// Why a store did not do it.
#[derive(Debug)]
pub(super) enum StoreError {
    /// It is away, did not answer in time, or is not asked for the moment.
    Away(String),
    /// It is there and does not do it: it has no room, is read-only, or the user may not.
    Unable(String),
    /// What is there is nothing that this service has put there.
    Unreadable(String),
    /// What is there does not count.
    NotACounter,
    /// The sum has no place in 64 bits.
    Overflow,
}

/// Keeps entries by their names. A time to live is never zero.
#[async_trait]
pub(super) trait Store: Send + Sync {
    /// A value; of a counter its digits.
    async fn get(&self, name: &str) -> Result<Option<Stored>, StoreError>;

    async fn set(&self, name: &str, entry: Stored, ttl: Option<Duration>)
    -> Result<(), StoreError>;

    /// Deletes a value, a counter or a stamp.
    async fn delete(&self, name: &str) -> Result<(), StoreError>;

    /// Adds, atomically; a counter that is not there begins at 0 and gets this time to live.
    async fn increment(
        &self,
        name: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, StoreError>;

    /// The stamps of these tags, in their order; one that is not there becomes this one. Each lives for [`TAG_TTL`] again.
    async fn stamps(&self, tags: &[String], fresh: &str) -> Result<Vec<String>, StoreError>;

    /// Whether these tags still have these stamps.
    async fn are_current(&self, tags: &[(String, String)]) -> Result<bool, StoreError>;
}
