//! The default factory of `core.rootHttpRouter`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use greenroom_di_core::{BoxError, RootContext};
use greenroom_di_macros::service_factory;

use super::rate_limit::{RateLimitStoreService, StoreChoice};
use super::{HttpServer, HttpSettings, RootHttpRouterService, RootRouter, RunningServer};
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::lifecycle::{Hook, RootLifecycle};
use crate::logger::RootLogger;
use crate::role::Role;
use crate::root_health::RootHealth;

const NO_COUNTS: &str = "`backend.rateLimit.store` is `redis`, and nothing in this program can count there: add \
                         `greenroom::services::redis_rate_limit_store` to the list in `backend!`, or use `memory`";

/// Lets the backend listen on nothing, when it is among the backend's inputs: everything is built and routes
/// are mounted, but no port is opened. For a check of a whole backend, or a test that needs no socket.
///
/// ```
/// use greenroom_di_core::Inputs;
/// use greenroom_services::root_http_router::NoListen;
///
/// let inputs = Inputs::new().with(NoListen);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NoListen;

/// Provides `core.rootHttpRouter` with a server that listens from now on: requests to a plugin that is not up
/// yet wait. Where the [role](crate::role) is to work alone, nothing answers for plugins. When a stop is asked for, the
/// server stops accepting and lets the requests in flight end. With [`NoListen`] among the backend's inputs there is no
/// server.
///
/// # Errors
///
/// [`BindError`](super::BindError) when the address cannot be had, and `backend.rateLimit.store: redis` without a
/// factory of [`RateLimitStoreService`] in the list.
#[service_factory(eager)]
pub async fn root_http_router(
    context: Arc<RootContext>,
    settings: ServiceSettings<HttpSettings>,
    role: ServiceSettings<Role>,
    logger: RootLogger,
    health: RootHealth,
    lifecycle: RootLifecycle,
    clock: Clock,
    counts: Option<Arc<dyn RateLimitStoreService>>,
) -> Result<Arc<dyn RootHttpRouterService>, BoxError> {
    let counts = match settings.rate_limits.store {
        StoreChoice::Memory => None,
        StoreChoice::Redis => Some(counts.ok_or(NO_COUNTS)?),
    };
    let settings = settings.for_role(*role);
    let server = match context.input::<NoListen>() {
        Some(NoListen) => None,
        None => Some(HttpServer::bind(&settings, &logger).await?),
    };
    let address = server.as_ref().map(HttpServer::address);
    let router =
        RootRouter::with_counts(&settings, &logger, health, address, clock, counts.as_ref());
    for plugin in context.plugins() {
        router.expect_plugin(plugin.id(), plugin.state());
    }
    if let Some(server) = server {
        let running = server.serve(Arc::clone(&router));
        drain_before_shutdown(running, &settings, &lifecycle)?;
    }
    Ok(router)
}

fn drain_before_shutdown(
    running: RunningServer,
    settings: &HttpSettings,
    lifecycle: &RootLifecycle,
) -> Result<(), BoxError> {
    let (delay, timeout) = (settings.shutdown_delay, settings.drain_timeout);
    let ready = Arc::new(AtomicBool::new(false));
    let is_ready = Arc::clone(&ready);
    lifecycle.add_startup_hook(Hook::new(
        "note that requests are welcome",
        async move || {
            is_ready.store(true, Ordering::Relaxed);
            Ok(())
        },
    ))?;
    let drain = Hook::new("finish the requests in flight", async move || {
        // The delay is for load balancers, which never sent anything to a backend that failed to start.
        if ready.load(Ordering::Relaxed) {
            tokio::time::sleep(delay).await;
        }
        running.drain(timeout).await;
        Ok(())
    });
    // The drain keeps its own time; this is for a drain that fails to.
    let deadline = delay + timeout + Duration::from_secs(5);
    lifecycle.add_before_shutdown_hook(drain.deadline(deadline))?;
    Ok(())
}
