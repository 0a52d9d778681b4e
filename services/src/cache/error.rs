//! What a cache cannot pass off as a miss.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use greenroom_di_core::BoxError;

/// Why a cache did not do what it was asked to.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The store is away, did not answer in time, or does not do it, having no room or being read-only. Only deletions and
    /// counters tell.
    #[error("the cache is away: {reason}")]
    Unavailable {
        /// What the server, or the connection to it, said last.
        reason: String,
    },
    /// A value is under the key of a counter.
    #[error("what the cache has under `{key}` is no counter: give the counter a key of its own")]
    NotACounter {
        /// The plugin's key.
        key: String,
    },
    /// The counter has no room for the sum; it stays what it was.
    #[error("the counter `{key}` of the cache would leave the range of 64 bits")]
    Overflow {
        /// The plugin's key.
        key: String,
    },
    /// The value cannot be written as JSON.
    #[error("the value for `{key}` cannot be kept in the cache, since it is no JSON: {problem}")]
    Unwritable {
        /// The plugin's key.
        key: String,
        /// What serde says.
        problem: String,
    },
    /// The function that computes the value has failed. All who waited for it get this.
    #[error(transparent)]
    Computation(#[from] ComputationError),
}

/// The error of a computation, which all who waited for it share.
#[derive(Clone)]
pub struct ComputationError(Arc<dyn Error + Send + Sync>);

impl ComputationError {
    pub(super) fn new(error: BoxError) -> Self {
        Self(Arc::from(error))
    }

    /// What the function returned.
    #[must_use]
    pub fn inner(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// What the function returned, if it is of this type.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

/// It speaks with the words of what it holds.
impl fmt::Display for ComputationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for ComputationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl Error for ComputationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
