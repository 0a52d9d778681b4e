//! Where counts are kept.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use greenroom_di_core::BoxError;

/// The future of a store's answer.
pub(super) type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

/// How often a client has come within its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// This request included.
    pub total: u64,
    /// The time until its window ends.
    pub resets_in: Duration,
}

/// Counts requests by client, in windows that begin with a client's first request.
pub(super) trait Store: Send + Sync {
    /// Counts a request.
    fn hit(&self, client: IpAddr) -> StoreFuture<'_, Hits>;

    /// Takes one request back.
    fn take_back(&self, client: IpAddr) -> StoreFuture<'_, ()>;
}
