//! A fake and a mock of every core service.
//!
//! A fake works in memory and can be looked into. A mock, of `mockall`, is told what to expect. Both go into a
//! backend by [`TestBackend::with`](crate::TestBackend::with), and to code that is tested without one as they are:
//! `Arc<FakeLogger>` becomes a `Logger` by itself.

mod auth;
mod cache;
mod clock;
mod database;
mod hooks;
mod http_auth;
mod http_client;
mod http_router;
mod lifecycle;
mod logger;
mod of_plugins;
mod plugin_metadata;
mod queue;
mod root_config;
mod root_health;
mod root_http_router;
mod root_lifecycle;
mod root_logger;
mod scheduler;
mod user_info;

pub use auth::{FakeAuth, IssuedToken, MockAuthService, RecordedAuthentication, fake_auth};
pub use cache::{FakeCache, MockCacheService};
pub use clock::{FakeClock, MockClockService};
pub use database::{FakeDatabase, MockDatabaseService, fake_database};
pub use http_auth::{FakeHttpAuth, MockHttpAuthService, RecordedRequest, fake_http_auth};
pub use http_client::{FakeHttpClient, MockHttpClientService, RecordedCall};
pub use http_router::{FakeHttpRouter, MockHttpRouterService};
pub use lifecycle::{FakeLifecycle, MockLifecycleService};
pub use logger::{FakeLogger, MockLoggerService};
pub use plugin_metadata::{FakePluginMetadata, MockPluginMetadataService};
pub use queue::{FakeQueues, MockQueueService, RecordedJob};
pub use root_config::{FakeRootConfig, MockRootConfigService};
pub use root_health::{FakeRootHealth, MockRootHealthService};
pub use root_http_router::{FakeRootHttpRouter, MockRootHttpRouterService};
pub use root_lifecycle::{FakeRootLifecycle, MockRootLifecycleService};
pub use root_logger::{FakeRootLogger, MockRootLoggerService};
pub use scheduler::{FakeScheduler, MockSchedulerService};
pub use user_info::{FakeUserInfo, MockUserInfoService, fake_user_info};
