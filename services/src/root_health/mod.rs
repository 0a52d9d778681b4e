//! Whether the backend lives and whether it wants requests, for whoever orchestrates it.
//!
//! The two answers are functions of the states that the container keeps, of the backend and of its plugins.
//! This service deliberately asks no plugin and no database: a readiness that hangs on a dependency takes
//! every replica out of service at once. Who wants that replaces the service; the routes below
//! `/.backstage/health/v1` then answer with the replacement's word.
//!
//! **A backend without one of its plugins is ready.** The startup policy said to carry on, and a 503 would
//! take the plugins that work out of service too, on every replica. So the status, which orchestrators
//! read, is 200; the body, which people and monitors read, says `degraded` instead of `ok`, and names the
//! plugins. It does not say why they failed: the route is open to everybody, and the log has the reason.

mod endpoint;
mod factory;
mod state;

use std::borrow::Cow;
use std::sync::Arc;

use greenroom_di_core::lifecycle::{BackendState, PluginState};
use greenroom_di_macros::service;
use http::HeaderMap;
use tokio::sync::watch;

use crate::config::Mode;
use crate::root_http_router::Endpoint;

pub use factory::root_health;

/// The path below which the health routes are mounted.
pub(crate) const HEALTH_PATH: &str = "/.backstage/health/v1";

/// One answer of the health service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// 200 `{"status":"ok"}`.
    Ok,
    /// 200 `{"status":"degraded","failed":[…]}`: it works but for some plugins.
    Degraded {
        /// The ids of these plugins.
        failed: Vec<Cow<'static, str>>,
    },
    /// 503 `{"message":…,"status":"error"}`.
    Error {
        /// The reason, for people.
        message: Cow<'static, str>,
    },
}

impl Health {
    /// A healthy answer that names the plugins which do not work.
    #[must_use]
    pub fn degraded<Id: Into<Cow<'static, str>>>(failed: impl IntoIterator<Item = Id>) -> Self {
        Self::Degraded {
            failed: failed.into_iter().map(Into::into).collect(),
        }
    }

    /// An unhealthy answer with its reason.
    #[must_use]
    pub fn error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Error {
            message: message.into(),
        }
    }
}

/// Says whether the backend is alive and ready. Called on every request to a health route, so it
/// answers from memory.
#[service(
    id = "core.rootHealth",
    scope = "root",
    provided_by = "greenroom::services::root_health"
)]
pub trait RootHealthService: Send + Sync + 'static {
    /// Whether the process works at all; an error makes an orchestrator restart it.
    fn liveness(&self) -> Health;

    /// Whether requests are welcome; an error takes the backend out of load balancing.
    fn readiness(&self) -> Health;
}

/// The handle of [`RootHealthService`].
pub type RootHealth = Arc<dyn RootHealthService>;

/// The default service: alive always, ready while the backend is [`BackendState::Ready`], and degraded while
/// one of its plugins is [`PluginState::Failed`]. Plugins are named in the order in which they come here.
#[must_use]
pub fn from_state(
    backend: watch::Receiver<BackendState>,
    plugins: impl IntoIterator<Item = (&'static str, watch::Receiver<PluginState>)>,
) -> RootHealth {
    Arc::new(state::StateHealth {
        backend,
        plugins: plugins.into_iter().collect(),
    })
}

/// The routes `/readiness` and `/liveness`, for the root HTTP router to mount.
pub(crate) fn endpoint(health: RootHealth, headers: HeaderMap, mode: Mode) -> Arc<dyn Endpoint> {
    Arc::new(endpoint::HealthEndpoint::new(health, headers, mode))
}
