//! The one HTTP server of a backend, and what is mounted on it.
//!
//! An answer gets, from the outside in: security headers, CORS, the line in the log, the rate limit, 304
//! and compression, indentation in development, the error body, and then what is mounted at its path, within
//! limits of time, size and panics. Plugins are endpoints like any other: they put themselves under
//! `/api/<id>`, and authentication is theirs, not this service's.
//!
//! The anchor's order is the same but for compression, which it has outside of the log: its log counts a
//! compressed answer as empty, and so does ours, because the length is not known when the line is written.
//! Rate limits of single plugins are here as well, and not in the plugins' routers, so that they count
//! before a request waits for its plugin. What is not configured is not in the way.

mod activity;
mod bind;
mod body_limit;
mod client_address;
mod compression;
mod conditional;
mod connection;
mod cors;
mod csp;
mod discard;
mod dispatch;
mod entity_tag;
mod factory;
mod gate;
mod indent;
mod lenient_path;
mod listen;
mod panic;
mod rate_limit;
mod refusals;
mod request_context;
mod request_id;
mod request_log;
mod router;
mod sealed;
mod security_headers;
mod server;
mod settings;
mod stall;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod vary;
mod waiting;
mod whole_body;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use greenroom_di_macros::service;

pub use bind::BindError;
pub use client_address::ClientAddress;
pub use factory::{NoListen, root_http_router};
pub(crate) use gate::Gate;
pub use rate_limit::{Hits as RateLimitHits, RateLimitStore, RateLimitStoreService};
pub(crate) use request_context::RequestContext;
pub use request_id::RequestId;
pub use router::RootRouter;
pub(crate) use sealed::SealedRouter;
pub use server::{Drained, HttpServer, RunningServer};
pub use settings::HttpSettings;
pub(crate) use settings::{STARTUP_PAUSE, describe_duration, duration};

/// The time after which a client is told to try again, where the framework refuses a request because
/// of the life cycle.
pub(crate) const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// Puts routers on the backend's HTTP server, at any path.
///
/// Plugins do not use this but the HTTP router of their own, which is authenticated. What is mounted
/// here is open to everybody.
#[service(
    id = "core.rootHttpRouter",
    scope = "root",
    provided_by = "greenroom::services::root_http_router"
)]
pub trait RootHttpRouterService: Send + Sync + 'static {
    /// Mounts `router` at `path`, such as `/metrics`. The router sees paths without that prefix; the
    /// whole one is in axum's `OriginalUri`. Paths are compared without regard to case.
    ///
    /// # Errors
    ///
    /// [`MountError`] when the path is empty or relative, or one of the two paths in question contains
    /// the other.
    fn mount(&self, path: &str, router: Router) -> Result<(), MountError> {
        self.mount_endpoint(path, Arc::new(SealedRouter::new(router)))
    }

    /// Mounts anything that answers requests; [`mount`](Self::mount) is this with a router.
    ///
    /// # Errors
    ///
    /// As for [`mount`](Self::mount).
    fn mount_endpoint(&self, path: &str, endpoint: Arc<dyn Endpoint>) -> Result<(), MountError>;

    /// Answers a request as the server would, with log, limits and headers: for a test, or a program that
    /// takes its requests from elsewhere than a socket. A wrapper hands it on to what it wraps.
    ///
    /// It is called under the backend's log, which `Running::dispatch` has.
    fn answer(self: Arc<Self>, request: Request) -> EndpointFuture;

    /// The address that the server is bound to, with the actual port where 0 was configured. `None`
    /// in a backend that does not listen.
    fn address(&self) -> Option<SocketAddr>;
}

/// The handle of [`RootHttpRouterService`].
pub type RootHttpRouter = Arc<dyn RootHttpRouterService>;

/// The future of an [`Endpoint`]'s answer.
pub type EndpointFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Whatever answers the requests below one path.
pub trait Endpoint: Send + Sync + 'static {
    /// Answers a request whose path no longer has the mount's prefix.
    fn call(self: Arc<Self>, request: Request) -> EndpointFuture;

    /// The plugin that answers, for the log.
    fn plugin_id(&self) -> Option<&Arc<str>> {
        None
    }
}

/// A path cannot be mounted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MountError {
    /// The path has no segment.
    #[error("the path of a root route may not be empty")]
    Empty,
    /// The path does not begin with a slash, or has a query.
    #[error("the path `{path}` of a root route must begin with `/` and be a path alone")]
    Malformed {
        /// The path as given.
        path: String,
    },
    /// One path contains the other, so that one of the two would never be reached.
    #[error("Path {path} conflicts with the existing path {existing}")]
    Conflict {
        /// The path as given.
        path: String,
        /// The path that was mounted before.
        existing: String,
    },
}
