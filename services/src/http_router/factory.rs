//! The default factory of `core.httpRouter`.

use std::sync::Arc;

use greenroom_di_core::{BoxError, PluginContext};
use greenroom_di_macros::service_factory;

use super::{HttpRouterParts, HttpRouterService, HttpRouterSettings, create};
use crate::auth::Auth;
use crate::config::ServiceSettings;
use crate::http_auth::HttpAuth;
use crate::logger::Logger;
use crate::root_http_router::RootHttpRouter;

/// Provides `core.httpRouter`: the plugin's place at `/api/<plugin id>`. What is wrong with what the plugin
/// registers makes its start fail.
///
/// # Errors
///
/// [`MountError`](crate::root_http_router::MountError) when something else is mounted there.
#[service_factory]
pub fn http_router(
    settings: ServiceSettings<HttpRouterSettings>,
    context: Arc<PluginContext>,
    logger: Logger,
    auth: Auth,
    http_auth: HttpAuth,
    root: RootHttpRouter,
) -> Result<Arc<dyn HttpRouterService>, BoxError> {
    let reported = Arc::clone(&context);
    Ok(create(HttpRouterParts {
        plugin_id: context.id(),
        settings: *settings,
        logger: &logger,
        auth,
        http_auth,
        root: &root,
        state: context.state(),
        on_error: Arc::new(move |error| reported.fail(error)),
    })?)
}
