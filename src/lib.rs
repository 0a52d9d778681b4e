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
//! - [`backend!`] lists the features of a program, [`features!`] names a list for reuse, [`assert_wired!`]
//!   checks one in a test.
//! - [`macro@backend_plugin`], [`macro@service`] and [`macro@service_factory`] make them.
//! - [`macro@extension_point`] and [`macro@backend_module`] let others extend a plugin,
//!   [`macro@service_decorator`] wraps a service.
//! - [`services`] has the default factory of every core service; their interfaces are the modules
//!   [`config`], [`logger`], [`http_router`] and so on.

// The macros name this crate by its public path, here too.
extern crate self as greenroom;

mod backend;
mod command_line;
mod migrate;
mod serve;
mod signals;
mod tools;

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
    BoxError, BoxFuture, Cause, Enough, Entry, ExtensionPoint, Failure, FeatureOutcome,
    FeatureReport, Inject, Inputs, Kind, Listed, Outcome, Place, PluginContext, Provide, Report,
    RootContext, Running, Service, StartError, StartReport, StopHandle, StopReport, WiringError,
    graph,
};
pub use greenroom_services::{
    auth, cache, clock, config, database, discovery, handler, http_auth, http_client, http_error,
    http_router, lifecycle, logger, plugin_metadata, queue, role, root_health, root_http_router,
    scheduler, startup_policy, user_info,
};

/// What a plugin's init returns: nothing, or any error that `?` can box.
pub type Result<T = (), E = BoxError> = core::result::Result<T, E>;

/// The default factories of the core services, to be listed one by one; [`defaults`] lists them all.
pub mod services {
    use crate::features;

    pub use greenroom_services::auth::{auth, root_auth, shared_keys};
    pub use greenroom_services::cache::{cache, redis_rate_limit_store, root_cache};
    pub use greenroom_services::clock::clock;
    pub use greenroom_services::config::root_config;
    pub use greenroom_services::database::{database, root_database};
    pub use greenroom_services::discovery::{discovery, root_discovery};
    pub use greenroom_services::http_auth::http_auth;
    pub use greenroom_services::http_client::{http_client, root_http_client};
    pub use greenroom_services::http_router::http_router;
    pub use greenroom_services::lifecycle::{lifecycle, root_lifecycle};
    pub use greenroom_services::logger::{logger, root_logger};
    pub use greenroom_services::plugin_metadata::plugin_metadata;
    pub use greenroom_services::queue::queue;
    pub use greenroom_services::root_health::root_health;
    pub use greenroom_services::root_http_router::root_http_router;
    pub use greenroom_services::scheduler::scheduler;
    pub use greenroom_services::startup_policy::startup_policy;
    pub use greenroom_services::user_info::user_info;

    features! {
        /// The defaults without those that say who calls: `core.auth`, `core.httpAuth` and `core.userInfo`. For those
        /// who bring their own of all three, such as a kit for tests; for one of them, list it beside
        /// [`defaults`](crate::defaults).
        #[overridable]
        pub foundation = [
            root_config,
            startup_policy,
            clock,
            shared_keys,
            root_logger,
            logger,
            root_lifecycle,
            lifecycle,
            plugin_metadata,
            root_health,
            root_http_router,
            http_router,
            root_http_client,
            http_client,
            root_discovery,
            discovery,
            root_cache,
            cache,
            scheduler,
            queue,
        ]
    }
}

features! {
    /// The default factory of every core service. A factory that is listed beside it in [`backend!`]
    /// replaces the default for its service; a default that no plugin reaches is not even linked.
    #[overridable]
    pub defaults = [
        services::foundation,
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
        services::root_database,
        services::database,
    ]
}

/// What the file of a plugin or a `main.rs` usually needs.
pub mod prelude {
    pub use axum::Router;
    pub use axum::extract::State;
    pub use axum::routing::{delete, get, patch, post, put};

    pub use crate::auth::{Auth, Credentials, ServicePrincipal, UserOrService, UserPrincipal};
    pub use crate::cache::Cache;
    pub use crate::clock::Clock;
    pub use crate::config::{RootConfig, Secret, Settings};
    pub use crate::database::{Database, DatabaseClient};
    pub use crate::discovery::Discovery;
    pub use crate::handler::{ApiError, Forwarded, Json, Path, Query};
    pub use crate::http_auth::{Allow, HttpAuth, WithCookie};
    pub use crate::http_client::HttpClient;
    pub use crate::http_error::HttpError;
    pub use crate::http_router::{AuthPolicy, HttpRouter};
    pub use crate::lifecycle::{Hook, Lifecycle, RootLifecycle};
    pub use crate::logger::{Logger, RootLogger};
    pub use crate::plugin_metadata::PluginMetadata;
    pub use crate::queue::{Job, Queue, QueueOptions, Queues};
    pub use crate::root_health::RootHealth;
    pub use crate::root_http_router::RootHttpRouter;
    pub use crate::scheduler::{Scheduler, TaskContext, TaskSchedule};
    pub use crate::user_info::UserInfo;
    pub use crate::{
        Result, assert_wired, backend, backend_module, backend_plugin, extension_point, features,
        service, service_decorator, service_factory,
    };
}

/// Checks a list of features as [`backend!`] does, and makes nothing of it: for a test without `main`.
///
/// A crate that holds a plugin has no backend of its own. This says in its `cargo check` whether the plugin
/// can be wired with what its README asks for. It takes what [`backend!`] takes, stands in a module or in a
/// function, and reports in the same words.
///
/// ```
/// # use greenroom::prelude::*;
/// #[backend_plugin(id = "example")]
/// pub async fn plugin(http_router: HttpRouter, logger: Logger) {}
///
/// assert_wired![greenroom::defaults, plugin];
/// # fn main() {}
/// ```
///
/// Without the router that the plugin takes it does not compile:
///
/// ```compile_fail
/// # use greenroom::prelude::*;
/// # #[backend_plugin(id = "example")]
/// # pub async fn plugin(http_router: HttpRouter) {}
/// # fn main() {
/// assert_wired![plugin];
/// # }
/// ```
///
/// # Errors
///
/// At compile time, under the entry: those of [`backend!`].
pub use greenroom_di_macros::assert_wired;
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
/// `#[cfg(…)]`. Explicit factories replace the factories of overridable lists. Decorators of one service
/// apply in the order in which they are listed; beyond that the order of entries does not matter.
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
/// | GR0006 | two modules of a plugin with one id |
/// | GR0007 | a module whose plugin is not in the backend |
/// | GR0008 | an extension point of another plugin |
/// | GR0009 | an extension point that nobody offers, or that two offer |
/// | GR0010 | modules that wait for each other in a cycle |
/// | GR0011 | a sealed service is replaced or decorated |
/// | GR0012 | a decorator for a service that nobody provides |
/// | GR0013 | one id, two service declarations |
/// | GR0014 | a root service takes a plugin's settings |
/// | GR0015 | an extension point where it cannot be taken: in a factory, or borrowed by its plugin |
/// | GR0016 | an extension point taken twice in one function |
/// | GR0017 | a decorator that does not take what it wraps |
/// | GR0018 | a decorator of a multiton service |
/// | GR0019 | a decorator, or a factory of a multiton service, listed twice |
pub use greenroom_di_macros::backend;
/// Makes an async function a module: it extends one plugin through the plugin's extension points, and runs
/// before the plugin's init.
///
/// ```
/// # use greenroom::prelude::*;
/// # #[extension_point(plugin = "catalog", id = "catalog.sources")]
/// # #[derive(Default)]
/// # pub struct Sources { pub names: Vec<String> }
/// #[backend_module(plugin = "catalog", id = "files")]
/// pub async fn module(sources: &mut Sources, logger: Logger) -> Result<()> {
///     sources.names.push("files".to_owned());
///     logger.info("entities come from files too");
///     Ok(())
/// }
/// ```
///
/// | key | |
/// |---|---|
/// | `plugin = "…"` | the id of the plugin that it extends |
/// | `id = "…"` | the module's own id, in kebab-case; no other module of the plugin has it |
/// | `crate = path` | as in [`macro@backend_plugin`] |
///
/// A module takes what a plugin takes. The services of a plugin are those of the plugin that it extends: both
/// have one logger, and `Settings<T>` reads the plugin's section. Besides, it takes extension points of the
/// plugin: `&mut T` to write to one, `T` to offer one to the other modules. It returns what a plugin returns.
///
/// The modules of one plugin run one after the other: those that write to a point before the module that
/// offers it, otherwise in the order of their ids.
///
/// # Errors
///
/// At compile time, beyond those of [`macro@backend_plugin`]: a reference that is not `&mut`, or has a
/// lifetime. What its list makes of it is among the errors of [`backend!`], GR0006 to GR0010 and GR0016. An
/// error that the function returns, or a panic, fails the start of its plugin.
pub use greenroom_di_macros::backend_module;
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
/// that), an `Option` of one for a service that may be missing, `Vec<Arc<…>>` of a `multiton` service,
/// an [extension point](macro@extension_point) of the plugin by value, or `Settings<T>`. The function returns
/// `Result<()>`, a `Result<(), E>` with any error that can be boxed, or nothing; it may be async or not. It
/// stays an ordinary function, and can be called in a test.
///
/// # Errors
///
/// At compile time: an id that is no id, a generic function, a `self` parameter, a pattern for a
/// parameter, a type that is no service. An error that the function returns, or a panic, fails the start
/// of the plugin; the startup policy says whether the backend starts without it.
pub use greenroom_di_macros::backend_plugin;
/// Makes a struct an extension point: a value that modules fill and their plugin receives.
///
/// ```
/// # use greenroom::prelude::*;
/// #[extension_point(plugin = "catalog", id = "catalog.sources")]
/// #[derive(Default)]
/// pub struct Sources {
///     names: Vec<String>,
/// }
///
/// impl Sources {
///     pub fn add(&mut self, name: &str) {
///         self.names.push(name.to_owned());
///     }
/// }
///
/// #[backend_plugin(id = "catalog")]
/// pub async fn plugin(sources: Sources, logger: Logger) {
///     logger.info(format!("entities come from {:?}", sources.names));
/// }
///
/// #[backend_module(plugin = "catalog", id = "files")]
/// pub async fn files(sources: &mut Sources) {
///     sources.add("files");
/// }
///
/// assert_wired![greenroom::defaults, plugin, files];
/// # fn main() {}
/// ```
///
/// | key | |
/// |---|---|
/// | `plugin = "…"` | the id of the plugin that it belongs to |
/// | `id = "owner.name"` | what the point is called |
/// | `constructed_by = "path"` | it has no `Default`: a [`macro@service_factory`] that returns the struct has to be listed, and this is the one that the help of an error names |
/// | `crate = path` | as in [`macro@backend_plugin`] |
///
/// The plugin that takes the struct by value offers the point; so does a module that takes it by value, for
/// the other modules. One function offers a point, and any number of modules take it as `&mut T`.
///
/// - The modules of one plugin run one after the other: those that write to a point before the module that
///   offers it, otherwise in the order of their ids. The plugin's init runs after all of them.
/// - A module borrows the value for the time of its call, and then it belongs to whoever offers it. So what
///   would come too late does not compile. That holds unless the struct gives away shared state that can be
///   changed from outside, such as an `Arc<Mutex<…>>`: do not put that into it.
/// - A module that returns an error leaves what it had written. One that panics does not bring the value back,
///   and the plugin fails to start.
///
/// The struct is `Send + 'static` and not generic.
///
/// # A point that needs services
///
/// A struct that cannot start empty has a constructor: a factory that returns it, not in an `Arc`.
///
/// ```
/// # use greenroom::prelude::*;
/// #[extension_point(
///     plugin = "catalog",
///     id = "catalog.sources",
///     constructed_by = "catalog::sources"
/// )]
/// pub struct Sources {
///     logger: Logger,
///     names: Vec<String>,
/// }
///
/// #[service_factory]
/// pub fn sources(logger: Logger) -> Sources {
///     Sources {
///         logger,
///         names: Vec::new(),
///     }
/// }
/// # #[backend_plugin(id = "catalog")]
/// # async fn plugin(sources: Sources) {}
/// # assert_wired![greenroom::defaults, plugin, sources];
/// # fn main() {}
/// ```
///
/// # Errors
///
/// At compile time: a trait, an enum or a generic struct, an id that is no id, a struct with neither `Default`
/// nor `constructed_by`. What a list makes of it is among the errors of [`backend!`].
pub use greenroom_di_macros::extension_point;
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
/// | `sealed` | its factory cannot be replaced, and nothing can be wrapped around it |
/// | `multiton` | it has any number of factories, and a parameter takes what all of them build: `Vec<Arc<…>>` |
/// | `provided_by = "path"` | the factory that the help of an error names |
/// | `crate = path` | as in [`macro@backend_plugin`] |
///
/// The type is `Send + Sync + 'static` and not generic. A `multiton` is not `sealed`: whoever lists a factory
/// adds to it.
pub use greenroom_di_macros::service;
/// Makes a function a decorator: it takes what provides a service, and returns what takes its place.
///
/// ```
/// # use greenroom::prelude::*;
/// # use std::sync::Arc;
/// #[service(id = "shop.prices")]
/// pub trait Prices: Send + Sync {
///     fn of(&self, article: &str) -> u64;
/// }
///
/// struct HalfPrice(Arc<dyn Prices>);
///
/// impl Prices for HalfPrice {
///     fn of(&self, article: &str) -> u64 {
///         self.0.of(article) / 2
///     }
/// }
///
/// #[service_decorator]
/// pub fn half_price(prices: Arc<dyn Prices>, logger: Logger) -> Arc<dyn Prices> {
///     logger.info("all articles are half price");
///     Arc::new(HalfPrice(prices))
/// }
/// ```
///
/// | key | |
/// |---|---|
/// | `crate = path` | as in [`macro@backend_plugin`] |
///
/// One of its parameters is the service that it returns: that one is what was there before, from the factory
/// or from the decorator listed before it. All others are services as they are for everyone. It runs as often
/// as the service's factory does: once, or once for each plugin that reaches the service. It returns what a
/// [`macro@service_factory`] returns.
///
/// # Errors
///
/// At compile time: a function that returns nothing, or no service. What its list makes of it is among the
/// errors of [`backend!`]: GR0011, GR0012 and GR0017 to GR0019.
pub use greenroom_di_macros::service_decorator;
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
/// factory runs once, a plugin service's once for each plugin that reaches it. A `multiton` service has any
/// number of factories; any other has one.
///
/// The constructor of an [extension point](macro@extension_point) is a factory that returns the struct itself,
/// or a `Result` of it.
pub use greenroom_di_macros::service_factory;

#[cfg(test)]
mod tests {
    use crate::__private::{FeatureMeta, Listed, Listing, hash};
    use crate::prelude::*;
    use crate::{ExtensionPoint, Service};

    #[service(id = "shop.stock")]
    struct Stock;

    #[extension_point(plugin = "catalog", id = "catalog.sources")]
    #[derive(Default)]
    struct Sources;

    #[backend_plugin(id = "catalog")]
    fn plugin(_sources: Sources) {}

    #[backend_module(plugin = "catalog", id = "files")]
    fn module(_sources: &mut Sources) {}

    fn meta<L: Listed>() -> &'static FeatureMeta {
        match L::LISTING {
            Listing::Feature(feature) => feature.meta,
            Listing::Set(_) => panic!("a function is one feature"),
        }
    }

    #[test]
    fn macros_hash_ids_as_the_container_does() {
        plugin(Sources);
        module(&mut Sources);
        assert_eq!(Stock::META.key, hash(&["shop.stock"]));
        assert_eq!(Sources::META.service.key, hash(&["catalog.sources"]));
        assert_eq!(Sources::META.plugin_key, hash(&["catalog"]));
        assert_eq!(meta::<plugin>().key, hash(&["catalog"]));
        assert_eq!(meta::<plugin>().plugin_key, 0);
        assert_eq!(meta::<module>().key, hash(&["catalog", "files"]));
        assert_eq!(meta::<module>().plugin_key, hash(&["catalog"]));
    }
}
