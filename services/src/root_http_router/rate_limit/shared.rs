//! Counts that all replicas of a backend share, kept by a service that a program lists when it wants them.
//!
//! The service is not among the defaults: the server always reaches it, and would bring the client of a database into
//! programs that never count.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use greenroom_di_macros::service;

use super::memory::network;
use super::store::{Hits, Store, StoreFuture};

/// Keeps the counts of rate limits outside of the process.
#[service(
    id = "core.rateLimitStore",
    scope = "root",
    provided_by = "greenroom::services::redis_rate_limit_store"
)]
#[async_trait]
pub trait RateLimitStoreService: Send + Sync + 'static {
    /// Counts a request of this client under this limit, in a window that begins with the first one.
    ///
    /// # Errors
    ///
    /// The request could not be counted. It is told in time: a request waits for this.
    async fn hit(&self, limit: &str, client: &str, window: Duration) -> Result<Hits, BoxError>;

    /// Takes one request back.
    ///
    /// # Errors
    ///
    /// It could not be taken back.
    async fn take_back(&self, limit: &str, client: &str) -> Result<(), BoxError>;
}

/// The handle of [`RateLimitStoreService`].
pub type RateLimitStore = Arc<dyn RateLimitStoreService>;

/// The counts of one limit.
pub(super) struct SharedStore {
    pub(super) service: RateLimitStore,
    pub(super) limit: String,
    pub(super) window: Duration,
}

impl Store for SharedStore {
    fn hit(&self, client: IpAddr) -> StoreFuture<'_, Hits> {
        Box::pin(async move {
            let client = network(client).to_string();
            self.service.hit(&self.limit, &client, self.window).await
        })
    }

    fn take_back(&self, client: IpAddr) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let client = network(client).to_string();
            self.service.take_back(&self.limit, &client).await
        })
    }
}
