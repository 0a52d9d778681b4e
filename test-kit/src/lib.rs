//! Starts a greenroom backend in a test: the real one, without a socket, without sleeps, with nothing global.
//!
//! ```
//! use greenroom::prelude::*;
//! use greenroom_test_kit::test_backend;
//!
//! #[backend_plugin(id = "example")]
//! pub async fn plugin(http_router: HttpRouter) {
//!     http_router.mount(Router::new().route("/health", get(async || "ok")));
//!     http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let backend = test_backend![plugin].start().await;
//! backend.get("/api/example/health").send().await.assert_status(200);
//! # }
//! ```
//!
//! - [`test_backend!`] composes, and checks while the test compiles; [`TestBackend`] says what is special.
//! - [`StartedTestBackend`] takes [requests](TestRequest) and shows the [log](Logs); it stops when it is dropped.
//! - [`mock_credentials`] say who calls.
//! - [`mock_services`] has a fake and a mock of every core service, for code without a backend too. [`TestDouble`] and
//!   [`mock_service!`] are for those of a library's own services.
//! - [`ServiceFactoryTester`] tests one factory.
//! - [`Wiring`] says what would be started, and in which order.
//! - [`TestDirectory`] holds the files of a test.
//! - [`TestDatabase`] and [`TestCache`] are a database and a cache that no other test has, of every engine that is here;
//!   [`TestServer`] is a server that the test may stop and kill.
//! - [`TestReplicas`] are several backends on one database and cache, one of which may die; [`TestProcess`] is a backend in
//!   a process of its own.
//!
//! # Where the backend runs
//!
//! On a thread of its own, with a runtime of its own. That is because a test that ends, or panics, drops its
//! backend, and a drop cannot await: the stop with all its hooks needs a runtime that goes on while the
//! test's thread waits for it, and the runtime of a plain `#[tokio::test]` has that one thread alone.
//!
//! So the backend has a clock of its own too. A test that pauses its own clock
//! (`#[tokio::test(start_paused = true)]`, `tokio::time::pause`) does not disturb the backend, and while it waits for
//! the kit, its clock does not jump. [`TestBackend::paused_clock`] pauses the backend's,
//! timers and times of day together, and [`StartedTestBackend::advance`] moves it.

#[macro_use]
mod mock_service;

mod caches;
mod capture;
mod configuration;
mod databases;
mod directory;
mod doubles;
mod engine;
mod factory_tester;
mod free_port;
mod generated;
mod held_clock;
mod logs;
pub mod mock_credentials;
pub mod mock_services;
mod panic_text;
mod process;
mod refusals;
mod replicas;
mod request;
pub mod require;
mod response;
mod servers;
mod stand_in;
mod started;
mod subscribers;
mod test_backend;
mod test_double;
mod wiring;

#[doc(hidden)]
pub mod __private {
    pub use greenroom::__private::*;

    pub use crate::refusals::Refusals;
    pub use crate::stand_in::{
        OF_THE_KIT, count_requests, count_stand_ins, entries, requests, set, stand_ins, taken,
        with_stand_ins,
    };

    use crate::TestBackend;

    pub fn test_backend(graph: Graph<'static>) -> TestBackend {
        TestBackend::of(graph)
    }
}

pub use caches::{CacheStore, TestCache};
pub use databases::{Engine, TestDatabase};
pub use directory::TestDirectory;
pub use factory_tester::{ServiceFactoryTester, StartedFactory};
pub use free_port::free_port;
pub use logs::{LogLine, Logs};
/// The library behind the mocks: its predicates and sequences are what their expectations take.
pub use mockall;
pub use process::{EndedProcess, TestProcess, TestProgram};
pub use replicas::TestReplicas;
pub use request::TestRequest;
pub use response::TestResponse;
pub use servers::TestServer;
pub use started::StartedTestBackend;
pub use test_backend::{FailedStart, TestBackend};
pub use test_double::TestDouble;
pub use wiring::Wiring;

/// Composes a [`TestBackend`] of features, and checks the wiring while the test compiles.
///
/// It takes what [`greenroom::backend!`] takes and reports in the same words. Besides:
///
/// - [`defaults`] is listed by itself; a factory that is listed replaces the default of its service.
/// - A module whose plugin is not listed gets a stand-in for it, which offers what the module writes to. After
///   the start [`StartedTestBackend::extension_point`] gives what the module wrote.
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::test_backend;
/// #[extension_point(plugin = "catalog", id = "catalog.sources")]
/// #[derive(Default)]
/// pub struct Sources {
///     names: Vec<String>,
/// }
///
/// #[backend_module(plugin = "catalog", id = "files")]
/// pub async fn files(sources: &mut Sources) {
///     sources.names.push("files".to_owned());
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let backend = test_backend![files].start().await;
/// assert_eq!(backend.extension_point::<Sources>().names, ["files"]);
/// # }
/// ```
///
/// If this crate was renamed, say so first: `test_backend![crate = ::my_kit; …]`.
///
/// # Errors
///
/// At compile time, under the entry: those of [`greenroom::backend!`]. GR0007, a module without its plugin, is not
/// among them.
pub use greenroom_di_macros::test_backend;

greenroom::features! {
    /// What [`test_backend!`] lists by itself: the default factories of the core services, which are fed what suits a
    /// test (a configuration from memory, a log that is kept, no port), and for those that say who calls the fakes of
    /// [`mock_services`].
    #[overridable]
    pub defaults = [
        greenroom::services::foundation,
        mock_services::fake_auth,
        mock_services::fake_http_auth,
        mock_services::fake_user_info,
        mock_services::fake_database,
    ]
}
