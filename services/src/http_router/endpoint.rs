//! The plugin as the root HTTP router sees it.
//!
//! Once the plugin is up, a request finds that out by two atomic loads: the frozen routes are there, and
//! the plugin's state has not changed since. Everything else takes the slow way through the gate.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use greenroom_di_core::lifecycle::PluginState;
use tokio::sync::watch;

use super::barrier::Barrier;
use super::framework_routes::FrameworkRoutes;
use super::why_refused::{Asked, RefusedBy, WhyRefused};
use crate::root_http_router::{Endpoint, EndpointFuture, Gate, SealedRouter};

/// What a plugin has registered so far.
pub(super) struct Registered {
    pub(super) router: Router,
    pub(super) barrier: Barrier,
}

/// Answers the requests of one plugin.
pub(super) struct PluginEndpoint {
    plugin: Arc<str>,
    state: watch::Receiver<PluginState>,
    gate: Gate,
    // `None` once frozen.
    registered: Mutex<Option<Registered>>,
    running: OnceLock<Running>,
    routes: FrameworkRoutes,
    // In development.
    why: Option<WhyRefused>,
}

/// A plugin that is up.
struct Running {
    router: SealedRouter,
    barrier: Barrier,
    // Has seen `Started` and nothing later.
    state: watch::Receiver<PluginState>,
    // False if the plugin was on its way down again before its first request had come in.
    came_up: bool,
}

impl PluginEndpoint {
    pub(super) fn new(
        plugin: Arc<str>,
        state: watch::Receiver<PluginState>,
        gate: Gate,
        barrier: Barrier,
        routes: FrameworkRoutes,
        why: Option<WhyRefused>,
    ) -> Self {
        let registered = Mutex::new(Some(Registered {
            router: Router::new(),
            barrier,
        }));
        Self {
            plugin,
            state,
            gate,
            registered,
            running: OnceLock::new(),
            routes,
            why,
        }
    }

    /// Lets `change` add to what is registered; false when that is too late, because the plugin is up. What a
    /// plugin registers that has failed meanwhile is dropped: no request will ever come to it, and its
    /// failure is told already.
    pub(super) fn register(&self, change: impl FnOnce(&mut Registered)) -> bool {
        let mut registered = self
            .registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let state = *self.state.borrow();
        match (registered.as_mut(), state) {
            (Some(registered), PluginState::Starting) => {
                change(registered);
                true
            }
            (_, PluginState::Failed) => true,
            _ => false,
        }
    }

    /// The frozen routes. Called only when the plugin has started.
    fn running(&self) -> &Running {
        self.running.get_or_init(|| {
            let mut registered = self
                .registered
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let Registered { router, barrier } = registered
                .take()
                .expect("only this takes it, and a `OnceLock` initialises once");
            let mut state = self.state.clone();
            let came_up = *state.borrow_and_update() == PluginState::Started;
            Running {
                router: SealedRouter::new(router),
                barrier,
                state,
                came_up,
            }
        })
    }

    async fn answer(&self, request: Request) -> Response {
        // Another plugin may want to know who calls it while this one is not up yet.
        if FrameworkRoutes::asks_for_keys(&request) {
            return self.routes.keys().await;
        }
        let running = match self.running.get().filter(|running| running.is_up()) {
            Some(running) => running,
            None => match self.gate.pass().await {
                Ok(()) => self.running(),
                Err(refusal) => return refusal.into_bare_response(),
            },
        };
        let why = self.why.as_ref();
        let why = why.map(|why| (why, Asked::of(&request)));
        let (by, response) = match running.barrier.admit(request).await {
            Ok(request) => {
                let answer = match self.routes.behind_the_barrier(request).await {
                    Ok(answer) => answer,
                    Err(request) => running.router.route(request).await,
                };
                (RefusedBy::Handler, answer)
            }
            Err(refusal) => (RefusedBy::Barrier, refusal.into_bare_response()),
        };
        if let Some((why, asked)) = why {
            why.tell(&asked, &running.barrier, by, response.status());
        }
        response
    }
}

impl Running {
    fn is_up(&self) -> bool {
        self.came_up && matches!(self.state.has_changed(), Ok(false))
    }
}

impl Endpoint for PluginEndpoint {
    fn call(self: Arc<Self>, request: Request) -> EndpointFuture {
        Box::pin(async move { self.answer(request).await })
    }

    fn plugin_id(&self) -> Option<&Arc<str>> {
        Some(&self.plugin)
    }
}
