//! `core.cache` in tests.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use greenroom::cache::{
    Cache, CacheError, CacheOptions, CacheService, CacheSettings, EntryOptions, Flights, RootCache,
};
use greenroom::clock::SystemClock;

use super::{FakeLogger, FakeRootLogger};
use crate::TestDouble;
use crate::refusals::Refusals;

/// The real cache in memory, which can be told to be away, and which keeps what it was asked.
///
/// ```
/// # use std::time::Duration;
/// # use greenroom::cache::Cache;
/// # use greenroom_test_kit::mock_services::FakeCache;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let fake = FakeCache::new();
/// let cache: Cache = fake.clone();
/// cache.set_with("tea", &100, Duration::from_secs(60)).await.unwrap();
/// assert_eq!(cache.get::<u64>("tea").await, Some(100));
///
/// fake.set_away(true);
/// assert_eq!(cache.get::<u64>("tea").await, None);
/// assert_eq!(fake.calls(), ["test: set tea", "test: get tea", "test: get tea"]);
/// # }
/// ```
///
/// In a backend each plugin has its own part, as it would have. Values expire by the timers of tokio, which
/// [`TestBackend::paused_clock`](crate::TestBackend::paused_clock) holds.
pub struct FakeCache {
    plugin: String,
    inner: Cache,
    root: Arc<RootCache>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_away: AtomicBool,
    calls: Mutex<Vec<String>>,
}

impl FakeCache {
    /// Empty, and there.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let logger = FakeRootLogger::new();
        let root = RootCache::new(
            &CacheSettings::default(),
            Arc::new(SystemClock),
            &(logger as _),
        );
        let root = root.expect("a cache in memory has no address that could be wrong");
        Arc::new(Self::of("test", &Arc::new(root), &Arc::default()))
    }

    fn of(plugin: &str, root: &Arc<RootCache>, shared: &Arc<Shared>) -> Self {
        Self {
            plugin: plugin.to_owned(),
            inner: root.for_plugin(plugin, FakeLogger::new()),
            root: Arc::clone(root),
            shared: Arc::clone(shared),
        }
    }

    /// Lets the store be away from now on, or be back with what it had.
    pub fn set_away(&self, is_away: bool) {
        self.shared.is_away.store(is_away, Ordering::Relaxed);
    }

    /// What was asked so far, as `<plugin>: <operation> <key>`; those that found it away too. The plugin is `test` where
    /// there is no backend.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        let calls = self.shared.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a call; an error while the store is away.
    fn ask(&self, operation: &str, key: &str) -> Result<(), CacheError> {
        let call = format!("{}: {operation} {key}", self.plugin);
        let calls = &self.shared.calls;
        calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
        if self.shared.is_away.load(Ordering::Relaxed) {
            let reason = "the test lets it be away".to_owned();
            return Err(CacheError::Unavailable { reason });
        }
        Ok(())
    }
}

impl fmt::Debug for FakeCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FakeCache")
            .field("is_away", &self.shared.is_away)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl CacheService for FakeCache {
    async fn get_bytes(&self, key: &str) -> Option<Bytes> {
        self.ask("get", key).ok()?;
        self.inner.get_bytes(key).await
    }

    async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions) {
        if self.ask("set", key).is_ok() {
            self.inner.set_bytes(key, json, options).await;
        }
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.ask("delete", key)?;
        self.inner.delete(key).await
    }

    async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError> {
        self.ask("delete_by_tag", tag)?;
        self.inner.delete_by_tag(tag).await
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, CacheError> {
        self.ask("increment", key)?;
        self.inner.increment(key, by, ttl).await
    }

    fn with_options(&self, options: CacheOptions) -> Cache {
        Arc::new(Self {
            plugin: self.plugin.clone(),
            inner: self.inner.with_options(options),
            root: Arc::clone(&self.root),
            shared: Arc::clone(&self.shared),
        })
    }

    async fn prepare(&self, options: EntryOptions) -> EntryOptions {
        self.inner.prepare(options).await
    }

    fn flights(&self) -> Flights {
        self.inner.flights()
    }

    fn unreadable(&self, key: &str, problem: &str) {
        self.inner.unreadable(key, problem);
    }
}

impl TestDouble for FakeCache {
    type Service = dyn CacheService;

    fn into_service(self: Arc<Self>) -> Cache {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Cache {
        Arc::new(Self::of(plugin, &self.root, &self.shared))
    }
}

mockall::mock! {
    /// A mock of `core.cache`. The typed methods come as those with bytes. It has no single flight, and notes no tags
    /// early: what a test expects of `get_or_compute` is a `get_bytes`, and a `set_bytes` of what was computed.
    pub CacheService {
        /// See [`CacheService::get_bytes`].
        pub async fn get_bytes(&self, key: &str) -> Option<Bytes>;
        /// See [`CacheService::set_bytes`].
        pub async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions);
        /// See [`CacheService::delete`].
        pub async fn delete(&self, key: &str) -> Result<(), CacheError>;
        /// See [`CacheService::delete_by_tag`].
        pub async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError>;
        /// See [`CacheService::increment`].
        pub async fn increment(&self, key: &str, by: i64, ttl: Option<Duration>) -> Result<i64, CacheError>;
        /// See [`CacheService::with_options`].
        pub fn with_options(&self, options: CacheOptions) -> Cache;
    }
}

/// Written by hand, since a mock returns nothing that it was not told, and `flights` is nobody's expectation.
#[async_trait]
impl CacheService for MockCacheService {
    async fn get_bytes(&self, key: &str) -> Option<Bytes> {
        self.get_bytes(key).await
    }

    async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions) {
        self.set_bytes(key, json, options).await;
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.delete(key).await
    }

    async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError> {
        self.delete_by_tag(tag).await
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, CacheError> {
        self.increment(key, by, ttl).await
    }

    fn with_options(&self, options: CacheOptions) -> Cache {
        self.with_options(options)
    }

    fn flights(&self) -> Flights {
        Flights::new()
    }
}

/// Written by hand, since the methods are async.
const _: () = {
    struct Watched {
        mock: Arc<MockCacheService>,
        refusals: Refusals,
    }

    #[async_trait]
    impl CacheService for Watched {
        async fn get_bytes(&self, key: &str) -> Option<Bytes> {
            let call = async { self.mock.get_bytes(key).await };
            self.refusals.watch_async(call).await
        }

        async fn set_bytes(&self, key: &str, json: Bytes, options: &EntryOptions) {
            let call = async { self.mock.set_bytes(key, json, options).await };
            self.refusals.watch_async(call).await;
        }

        async fn delete(&self, key: &str) -> Result<(), CacheError> {
            let call = async { self.mock.delete(key).await };
            self.refusals.watch_async(call).await
        }

        async fn delete_by_tag(&self, tag: &str) -> Result<(), CacheError> {
            let call = async { self.mock.delete_by_tag(tag).await };
            self.refusals.watch_async(call).await
        }

        async fn increment(
            &self,
            key: &str,
            by: i64,
            ttl: Option<Duration>,
        ) -> Result<i64, CacheError> {
            let call = async { self.mock.increment(key, by, ttl).await };
            self.refusals.watch_async(call).await
        }

        fn with_options(&self, options: CacheOptions) -> Cache {
            self.refusals.watch(|| self.mock.with_options(options))
        }

        fn flights(&self) -> Flights {
            self.mock.flights()
        }
    }

    __test_double! { MockCacheService, CacheService }
};
