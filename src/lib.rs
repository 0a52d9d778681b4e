//! greenroom composes a backend from plugins. A plugin is one annotated async function; its typed
//! parameters are the services that it needs. **If it compiles, it boots.**
//!
//! ```no_run
//! use greenroom::prelude::*;
//!
//! #[backend_plugin(id = "example")]
//! async fn plugin(http_router: HttpRouter, logger: Logger) -> Result<()> {
//!     http_router.mount(Router::new().route("/health", get(async || "ok")));
//!     http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
//!     logger.info("Hello from the example plugin");
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     backend![greenroom::defaults, plugin].run().await
//! }
//! ```
//!
//! Leave `greenroom::defaults` out and `cargo check` says, in plain words, which services are missing,
//! which parameter needs them and which factory to list.
//!
//! - [`backend!`] lists the features of a program, [`features!`] names a list for reuse.
//! - [`macro@backend_plugin`], [`macro@service`] and [`macro@service_factory`] make them.
//! - [`services`] has the default factory of every core service; their interfaces are the modules
//!   [`config`], [`logger`], [`http_router`] and so on.

// The macros name this crate by its public path, here too.
extern crate self as greenroom;

mod backend;
mod command_line;
mod signals;

#[doc(hidden)]
pub mod __private {
    pub use greenroom_di_core::__private::*;

    use crate::Backend;

    pub const fn backend(graph: Graph<'static>) -> Backend {
        Backend::checked(graph)
    }
}

pub use backend::Backend;
pub use greenroom_di_core::{
    BoxError, Cause, Entry, Failure, Inject, Inputs, Listed, Outcome, Place, PluginContext,
    Provide, Report, RootContext, Running, Service, StartError, StopHandle, StopReport,
    WiringError, graph,
};
pub use greenroom_services::{
    config, http_router, lifecycle, logger, plugin_metadata, root_health, root_http_router,
};

/// What a plugin's init returns: nothing, or any error that `?` can box.
pub type Result<T = (), E = BoxError> = core::result::Result<T, E>;

/// The default factories of the core services, to be listed one by one; [`defaults`] lists them all.
pub mod services {
    pub use greenroom_services::config::root_config;
    pub use greenroom_services::http_router::http_router;
    pub use greenroom_services::lifecycle::{lifecycle, root_lifecycle};
    pub use greenroom_services::logger::{logger, root_logger};
    pub use greenroom_services::plugin_metadata::plugin_metadata;
    pub use greenroom_services::root_health::root_health;
    pub use greenroom_services::root_http_router::root_http_router;
}

features! {
    /// The default factory of every core service. A factory that is listed beside it in [`backend!`]
    /// replaces the default for its service; a default that no plugin reaches is not even linked.
    #[overridable]
    pub defaults = [
        services::root_config,
        services::root_logger,
        services::logger,
        services::root_lifecycle,
        services::lifecycle,
        services::plugin_metadata,
        services::root_health,
        services::root_http_router,
        services::http_router,
    ]
}

/// What the file of a plugin or a `main.rs` usually needs.
pub mod prelude {
    pub use axum::Router;
    pub use axum::routing::{delete, get, patch, post, put};

    pub use crate::config::{RootConfig, Secret, Settings};
    pub use crate::http_router::{AuthPolicy, HttpRouter};
    pub use crate::lifecycle::{Hook, Lifecycle, RootLifecycle};
    pub use crate::logger::{Logger, RootLogger};
    pub use crate::plugin_metadata::PluginMetadata;
    pub use crate::root_http_router::RootHttpRouter;
    pub use crate::{Result, backend, backend_plugin, features, service, service_factory};
}

/// Composes a [`Backend`] of the plugins, factories and lists that a program has, and checks the wiring
/// while the program compiles.
///
/// ```no_run
/// # use greenroom::prelude::*;
/// # mod example { use greenroom::prelude::*; #[backend_plugin(id = "example")] pub async fn plugin() {} }
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     backend![
///         greenroom::defaults,
///         example::plugin,
///     ]
///     .run()
///     .await
/// }
/// ```
///
/// An entry is the path of a function that carries a feature attribute, or of a list. It may carry
/// `#[cfg(…)]`. Explicit factories replace the factories of overridable lists; beyond that the order of
/// entries does not matter.
///
/// If this crate was renamed, say so first: `backend![crate = ::my_greenroom; …]`.
///
/// # Errors
///
/// At compile time, under the entry, in `cargo check`:
///
/// | | |
/// |---|---|
/// | GR0001 | a needed service has no factory |
/// | GR0002 | services depend on each other in a cycle |
/// | GR0003 | two explicit factories for one service |
/// | GR0004 | a root service depends on a plugin-scoped one |
/// | GR0005 | two plugins with one id |
/// | GR0011 | a sealed service is replaced |
/// | GR0013 | one id, two service declarations |
/// | GR0014 | a root service takes a plugin's settings |
pub use greenroom_di_macros::backend;
/// Makes an async function a plugin: its init. It runs once, when all services that its parameters name
/// are built.
///
/// ```
/// # use greenroom::prelude::*;
/// #[backend_plugin(id = "tech-docs")]
/// pub async fn plugin(logger: Logger) -> Result<()> {
///     logger.info("starting");
///     Ok(())
/// }
/// ```
///
/// | key | |
/// |---|---|
/// | `id = "…"` | the plugin's id, in kebab-case: its path below `/api`, its settings key, the name in its log lines |
/// | `crate = path` | where this crate is found, if it was renamed; `::greenroom` by default |
///
/// A parameter is `Arc<dyn Trait>` or `Arc<Struct>` of a [`macro@service`] (aliases such as `Logger` are just
/// that), an `Option` of one for a service that may be missing, or `Settings<T>`. The function returns
/// `Result<()>`, a `Result<(), E>` with any error that can be boxed, or nothing; it may be async or not. It
/// stays an ordinary function, and can be called in a test.
///
/// # Errors
///
/// At compile time: an id that is no id, a generic function, a `self` parameter, a pattern for a
/// parameter, a type that is no service. An error that the function returns, or a panic, fails the start
/// of the backend.
pub use greenroom_di_macros::backend_plugin;
/// Names a list of features, to be listed in [`backend!`] or in another list like a single one.
///
/// ```
/// # use greenroom::prelude::*;
/// # #[backend_plugin(id = "one")] async fn one() {}
/// # #[backend_plugin(id = "two")] async fn two() {}
/// features! {
///     /// What every backend of the shop has.
///     pub shop = [one, two]
/// }
/// # fn main() {}
/// ```
///
/// With `#[overridable]` the factories in it give way to one that is listed explicitly, as those of
/// [`defaults`] do. Entries may carry `#[cfg(…)]`.
pub use greenroom_di_macros::features;
/// Makes a trait (as `dyn Trait`) or a struct a service, which plugins and factories take as `Arc<…>`.
///
/// ```
/// # use greenroom::prelude::*;
/// /// A trait can be provided by many factories; a program lists the one that it wants.
/// #[service(id = "shop.prices", provided_by = "shop::prices")]
/// pub trait Prices: Send + Sync {
///     fn of(&self, article: &str) -> u64;
/// }
///
/// /// A struct is its own implementation; this one there is once in a backend.
/// #[service(id = "shop.stock", scope = "root")]
/// pub struct Stock {
///     pub articles: Vec<String>,
/// }
/// ```
///
/// | key | |
/// |---|---|
/// | `id = "owner.name"` | what the service is called; two declarations of one id are an error (GR0013) |
/// | `scope = "root"` or `"plugin"` | one for the backend, or (the default) one for each plugin |
/// | `sealed` | its factory cannot be replaced |
/// | `provided_by = "path"` | the factory that the help of an error names |
/// | `crate = path` | as in [`macro@backend_plugin`] |
///
/// The type is `Send + Sync + 'static` and not generic.
pub use greenroom_di_macros::service;
/// Makes a function the factory of the service that it returns.
///
/// ```
/// # use greenroom::prelude::*;
/// # use std::sync::Arc;
/// #[service(id = "shop.prices", provided_by = "shop::prices")]
/// pub trait Prices: Send + Sync {
///     fn of(&self, article: &str) -> u64;
/// }
///
/// struct Fixed;
///
/// impl Prices for Fixed {
///     fn of(&self, _article: &str) -> u64 {
///         100
///     }
/// }
///
/// #[service_factory]
/// pub async fn prices(logger: Logger) -> Result<Arc<dyn Prices>> {
///     logger.info("all articles have one price");
///     Ok(Arc::new(Fixed))
/// }
/// ```
///
/// | key | |
/// |---|---|
/// | `lazy` | the default: the service is built at start if a plugin reaches it |
/// | `eager` | it is built at start in any case |
/// | `crate = path` | as in [`macro@backend_plugin`] |
///
/// It returns `Arc<dyn Trait>` or `Arc<Struct>` of a [`macro@service`], or a `Result` of one. A root service's
/// factory runs once, a plugin service's once for each plugin that reaches it.
pub use greenroom_di_macros::service_factory;
