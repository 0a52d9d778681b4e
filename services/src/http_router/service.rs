//! The HTTP router of a plugin, as the plugin holds it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Router;
use greenroom_di_core::lifecycle::PluginState;
use tokio::sync::watch;

use super::barrier::{Barrier, Policy};
use super::endpoint::PluginEndpoint;
use super::framework_routes::FrameworkRoutes;
use super::pattern::Pattern;
use super::settings::DefaultPolicy;
use super::surprising;
use super::why_refused::WhyRefused;
use super::{
    AuthPolicy, HttpRouter, HttpRouterError, HttpRouterService, HttpRouterSettings, OnError,
};
use crate::auth::Auth;
use crate::config::Mode;
use crate::http_auth::HttpAuth;
use crate::logger::Logger;
use crate::root_http_router::{Gate, MountError, RootHttpRouter};

/// What the HTTP router of a plugin is made from.
pub struct HttpRouterParts<'a> {
    /// The plugin's id, which is also its path segment.
    pub plugin_id: &'a str,
    /// Read from the configuration; the same for all plugins.
    pub settings: HttpRouterSettings,
    /// The plugin's logger.
    pub logger: &'a Logger,
    /// What issues the plugin's tokens, whose public keys the plugin publishes.
    pub auth: Auth,
    /// What reads the credentials of requests.
    pub http_auth: HttpAuth,
    /// Where the plugin is mounted.
    pub root: &'a RootHttpRouter,
    /// How far the plugin has come.
    pub state: watch::Receiver<PluginState>,
    /// Told of mistakes in what the plugin registers.
    pub on_error: OnError,
}

/// Makes the HTTP router of a plugin and mounts it at `/api/<plugin id>`. From then on requests wait for
/// the plugin's start rather than being answered 404.
///
/// # Errors
///
/// [`MountError::Conflict`] when something else is mounted at that path.
pub fn create(parts: HttpRouterParts<'_>) -> Result<HttpRouter, MountError> {
    let HttpRouterParts {
        plugin_id,
        settings,
        logger,
        auth,
        http_auth,
        root,
        state,
        on_error,
    } = parts;
    if settings.default_policy == DefaultPolicy::Disabled {
        logger.warn(
            "Every route of this plugin is open to everybody, because \
             `backend.auth.dangerouslyDisableDefaultAuthPolicy` is set",
        );
    }
    let plugin: Arc<str> = plugin_id.into();
    let gate = Gate::new(Arc::clone(&plugin), state.clone(), settings.startup_pause);
    let routes = FrameworkRoutes::new(auth, Arc::clone(&http_auth), settings.mode);
    let barrier = Barrier::new(settings.default_policy, http_auth);
    let why = (settings.mode == Mode::Development)
        .then(|| WhyRefused::new(Arc::clone(&plugin), Arc::clone(logger)));
    let endpoint = Arc::new(PluginEndpoint::new(
        Arc::clone(&plugin),
        state,
        gate,
        barrier,
        routes,
        why,
    ));
    root.mount_endpoint(&format!("/api/{plugin_id}"), Arc::clone(&endpoint) as _)?;
    Ok(Arc::new(PluginHttpRouter {
        plugin,
        endpoint,
        logger: Arc::clone(logger),
        on_error,
    }))
}

struct PluginHttpRouter {
    plugin: Arc<str>,
    endpoint: Arc<PluginEndpoint>,
    logger: Logger,
    on_error: OnError,
}

impl PluginHttpRouter {
    fn plugin(&self) -> String {
        self.plugin.to_string()
    }

    fn too_late(&self, what: &'static str) {
        (self.on_error)(HttpRouterError::TooLate {
            plugin: self.plugin(),
            what,
        });
    }
}

impl HttpRouterService for PluginHttpRouter {
    fn mount(&self, router: Router) {
        let mut overlap = None;
        let registered = self.endpoint.register(|registered| {
            // axum has no way to ask beforehand: it panics. Cloning a router is cheap.
            let so_far = registered.router.clone();
            match catch_unwind(AssertUnwindSafe(|| so_far.merge(router))) {
                Ok(merged) => registered.router = merged,
                Err(payload) => overlap = Some(panic_message(&*payload)),
            }
        });
        if !registered {
            self.too_late("routes");
        }
        // Outside of the registration, whose lock the callback must not meet.
        if let Some(message) = overlap {
            let plugin = self.plugin();
            (self.on_error)(HttpRouterError::OverlappingRoutes { plugin, message });
        }
    }

    fn add_auth_policy(&self, policy: AuthPolicy) {
        let plugin = self.plugin();
        let pattern = match Pattern::parse(&policy.path) {
            Ok(pattern) => pattern,
            Err(message) => {
                return (self.on_error)(HttpRouterError::MalformedPolicy { plugin, message });
            }
        };
        let policy = Policy {
            pattern,
            written: policy,
        };
        let mut warning = None;
        let registered = self.endpoint.register(|registered| {
            let surprises = surprising::about(&policy, registered.barrier.policies());
            warning = (!surprises.is_empty()).then(|| {
                let (policy, surprises) = (&policy.written, surprises.join("; "));
                format!("Auth policy of plugin `{plugin}`, {policy}: {surprises}")
            });
            registered.barrier.add(policy);
        });
        if !registered {
            self.too_late("an auth policy");
        }
        if let Some(warning) = warning {
            self.logger.warn(warning);
        }
    }
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&'static str>().copied());
    text.unwrap_or("axum does not say which").to_owned()
}
