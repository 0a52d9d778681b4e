//! The default factory of `core.queue`.

use std::sync::Arc;
use std::time::Duration;

use greenroom_di_core::{PluginContext, RootContext};
use greenroom_di_macros::service_factory;

use super::service::{Parts, PluginQueues};
use super::{QueueService, QueueSettings};
use crate::clock::Clock;
use crate::config::ServiceSettings;
use crate::database::{Database, MigrationCommand};
use crate::lifecycle::{Hook, Lifecycle, RootLifecycle};
use crate::role::Role;

/// Provides `core.queue` over the plugin's database. Nothing is opened before the plugin declares a queue.
///
/// When a stop is asked for, no more jobs are claimed. Those that run are told, have `backend.queue.drainTimeout` to come
/// to an end, and go back to the queue otherwise.
#[service_factory]
pub fn queue(
    context: Arc<PluginContext>,
    root: Arc<RootContext>,
    database: Database,
    clock: Clock,
    settings: ServiceSettings<QueueSettings>,
    role: ServiceSettings<Role>,
    lifecycle: Lifecycle,
    root_lifecycle: RootLifecycle,
) -> Arc<dyn QueueService> {
    let spawner = Arc::clone(&context);
    let queues = PluginQueues::new(Parts {
        plugin: context.id(),
        database,
        clock,
        settings: *settings,
        // For a command on migrations it is for its tables alone that the plugin starts.
        role: match root.input::<MigrationCommand>() {
            None => *role,
            Some(_) => Role::Web,
        },
        state: context.state(),
        meter: opentelemetry::global::meter("greenroom"),
        spawn: Box::new(move |worker| spawner.spawn("queue", worker)),
    });
    let drain = |queues: &Arc<PluginQueues>| {
        let queues = Arc::clone(queues);
        let work = async move || {
            queues.drain().await;
            Ok(())
        };
        // The drain keeps its own time; this is for one that fails to.
        Hook::new("bring the jobs to an end", work)
            .deadline(settings.drain_timeout + Duration::from_secs(5))
    };
    // While everything still works, beside the requests in flight. It comes too late only where a stop was asked for during
    // the start; the plugin's own hook, which runs in any case, finds it done otherwise.
    let _ = root_lifecycle.add_before_shutdown_hook(drain(&queues));
    let _ = lifecycle.add_shutdown_hook(drain(&queues));
    queues
}
