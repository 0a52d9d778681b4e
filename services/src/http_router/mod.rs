//! The routes of one plugin, under `/api/<plugin id>`, secure by default.
//!
//! A request passes the life cycle gate (is the plugin up?), the barrier (may this caller come in?) and
//! then the plugin's own axum router. Every plugin also has routes of the framework: its public keys, ahead
//! of all that, and the cookie of a user, behind the barrier. Everything a plugin registers, it registers
//! while it starts; with the first request after that the set is frozen, and requests take no lock.
//!
//! Registering cannot fail where it is called, so that an init reads as a plain list. What is wrong with
//! it (overlapping routes, a malformed policy) is reported and makes the plugin's start fail.

mod barrier;
mod endpoint;
mod factory;
mod framework_routes;
mod pattern;
mod pattern_syntax;
mod policy;
mod service;
mod settings;
mod surprising;
#[cfg(test)]
mod tests;
mod why_refused;

use std::sync::Arc;

use axum::Router;
use greenroom_di_macros::service;

pub use factory::http_router;
pub use policy::{Allow, AuthPolicy};
pub use service::{HttpRouterParts, create};
pub use settings::HttpRouterSettings;

/// Registers the routes of one plugin.
#[service(
    id = "core.httpRouter",
    provided_by = "greenroom::services::http_router"
)]
pub trait HttpRouterService: Send + Sync + 'static {
    /// Adds routes. They see paths without `/api/<plugin id>`; the whole is in axum's `OriginalUri`.
    /// Called again, it adds to what is there. What no route matches, by path or by method, is a 404
    /// without a body.
    fn mount(&self, router: Router);

    /// Opens a path to callers that would be refused otherwise. Without a policy every path of the
    /// plugin requires credentials.
    fn add_auth_policy(&self, policy: AuthPolicy);
}

/// The handle of [`HttpRouterService`].
pub type HttpRouter = Arc<dyn HttpRouterService>;

/// Told of everything that is wrong with what a plugin registered; the plugin's start then fails.
pub type OnError = Arc<dyn Fn(HttpRouterError) + Send + Sync>;

/// A mistake in what a plugin registered with its HTTP router.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpRouterError {
    /// Two mounted routers answer the same path and method, or both have a fallback.
    #[error("routes of plugin `{plugin}` overlap: {message}")]
    OverlappingRoutes {
        /// The plugin.
        plugin: String,
        /// Which, in axum's words.
        message: String,
    },
    /// The path of a policy cannot be read.
    #[error("auth policy of plugin `{plugin}`: {message}")]
    MalformedPolicy {
        /// The plugin.
        plugin: String,
        /// What is wrong where, in the words of path-to-regexp.
        message: String,
    },
    /// The plugin was up already, so that requests could have been answered without it.
    #[error("plugin `{plugin}` registered {what} after its start: do so in its init")]
    TooLate {
        /// The plugin.
        plugin: String,
        /// What was registered.
        what: &'static str,
    },
}
