//! The default factory of `core.scheduler`.

use std::sync::Arc;
use std::time::Duration;

use greenroom_di_core::{BoxError, PluginContext, RootContext};
use greenroom_di_macros::service_factory;

use super::routes::routes;
use super::{SchedulerParts, SchedulerService, SchedulerTiming, create};
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::database::{Database, MigrationCommand};
use crate::http_router::HttpRouter;
use crate::lifecycle::{Hook, RootLifecycle};
use crate::role::Role;

/// What the end of the runs may take beyond their grace.
const LEEWAY: Duration = Duration::from_secs(3);

/// Provides `core.scheduler`. When a stop is asked for, its runs are told to stop while everything still works.
///
/// # Errors
///
/// The backend stops already.
#[service_factory]
pub fn scheduler(
    context: Arc<PluginContext>,
    root: Arc<RootContext>,
    role: ServiceSettings<Role>,
    clock: Clock,
    database: Database,
    lifecycle: RootLifecycle,
    http_router: Option<HttpRouter>,
) -> Result<Arc<dyn SchedulerService>, BoxError> {
    let timing = SchedulerTiming::default();
    let background = Arc::clone(&context);
    let scheduler = create(SchedulerParts {
        plugin_id: context.id().to_owned(),
        database,
        clock,
        meter: opentelemetry::global::meter("greenroom"),
        spawn: match root.input::<MigrationCommand>() {
            None => Some(Arc::new(move |name, work| background.spawn(name, work))),
            // It is for its tables alone that the plugin starts.
            Some(_) => None,
        },
        state: Some(context.state()),
        role: *role,
        timing,
    });
    let drained = Arc::clone(&scheduler);
    let name = format!("end the tasks of {}", context.id());
    let drain = Hook::new(name, async move || {
        drained.drain().await;
        Ok(())
    });
    lifecycle.add_before_shutdown_hook(drain.deadline(timing.grace + LEEWAY))?;
    if let Some(http_router) = http_router {
        http_router.mount(routes(Arc::clone(&scheduler)));
    }
    Ok(scheduler)
}
