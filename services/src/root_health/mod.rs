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
//!
//! **A backend without something that it can do without is ready too.** A cache that is away makes requests slower and
//! not wrong, and it is away for every replica at once: to be unready would turn a slow site into none. Who makes use of
//! such a thing notes it by [`note_dependency`](RootHealthService::note_dependency), and `away` in the body names it.

mod endpoint;
mod factory;
mod state;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

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
    /// 200 `{"status":"degraded","failed":[…],"away":[…]}`: it works but for some plugins, or without something that
    /// it can do without. The body has no list that is empty.
    #[non_exhaustive]
    Degraded {
        /// The ids of these plugins.
        failed: Vec<Cow<'static, str>>,
        /// The names of what is away.
        away: Vec<Cow<'static, str>>,
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
            away: Vec::new(),
        }
    }

    /// The same answer, which names too what is away. It makes a healthy answer a degraded one, and leaves an unhealthy
    /// one as it is.
    #[must_use]
    pub fn without<Name: Into<Cow<'static, str>>>(
        self,
        names: impl IntoIterator<Item = Name>,
    ) -> Self {
        let mut names = names.into_iter().map(Into::into).peekable();
        if names.peek().is_none() {
            return self;
        }
        match self {
            Self::Ok => Self::Degraded {
                failed: Vec::new(),
                away: names.collect(),
            },
            Self::Degraded { failed, mut away } => {
                away.extend(names);
                Self::Degraded { failed, away }
            }
            error @ Self::Error { .. } => error,
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

    /// Notes something that the backend makes use of and can do without, such as a cache. While the receiver says `true`
    /// it is away, and readiness is degraded. A service that has no word for that leaves it out, as this default does.
    fn note_dependency(&self, name: &'static str, is_away: watch::Receiver<bool>) {
        let _ = (name, is_away);
    }
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
        dependencies: Mutex::default(),
    })
}

/// The routes `/readiness` and `/liveness`, for the root HTTP router to mount.
pub(crate) fn endpoint(health: RootHealth, headers: HeaderMap, mode: Mode) -> Arc<dyn Endpoint> {
    Arc::new(endpoint::HealthEndpoint::new(health, headers, mode))
}
