//! The default factories of `core.rootLogger` and `core.logger`.

use std::sync::Arc;

use greenroom_di_core::lifecycle::{Hook, Phase};
use greenroom_di_core::{BoxError, PluginContext, RootContext};
use greenroom_di_macros::service_factory;
use serde_json::json;
use tracing::instrument::WithSubscriber as _;

use super::{
    Fields, LoggerService, LoggerSettings, ProcessLog, RootLogger, RootLoggerService, Sink,
    TracingLogger, install_global, panic_hook, plugin_logger,
};
use crate::clock::Clock;
use crate::config::{Config, Mode, RootConfig, ServiceSettings};

/// Provides `core.rootLogger`: a log on standard output (or on the [`Sink`] among the backend's inputs),
/// whose levels and format follow the configuration while the backend runs.
///
/// # Errors
///
/// [`LoggerError`](super::LoggerError) for a level or format that is none.
#[service_factory(eager)]
pub async fn root_logger(
    context: Arc<RootContext>,
    config: RootConfig,
    clock: Clock,
    _checked: ServiceSettings<LoggerSettings>,
) -> Result<Arc<dyn RootLoggerService>, BoxError> {
    // Subscribed before it is read, so that no change falls between the two.
    let mut changes = config.subscribe();
    let newest = changes.borrow_and_update().clone();
    let sink = context
        .input::<Sink>()
        .cloned()
        .unwrap_or_else(Sink::stdout);
    let logger = TracingLogger::with_clock(&newest, sink, Vec::new(), clock)?;
    context.set_dispatch(logger.dispatch());
    if context.input::<ProcessLog>().is_some() {
        install_global(&logger.dispatch());
        std::panic::set_hook(panic_hook(logger.dispatch()));
    }
    say_what_was_read(&logger, &newest);
    let following = tokio::spawn(logger.clone().follow(changes).with_current_subscriber());
    let stop_following = Hook::new("stop following the log's configuration", async move || {
        following.abort();
        Ok(())
    });
    context.hooks().add(Phase::Shutdown, stop_following)?;
    Ok(Arc::new(logger))
}

/// Provides `core.logger`: the root logger with the plugin's id on each line.
#[service_factory]
pub fn logger(root: RootLogger, context: Arc<PluginContext>) -> Arc<dyn LoggerService> {
    plugin_logger(&*root, context.id())
}

/// The first line of a log: whether the files that somebody has in mind are the ones that count, and for
/// what the program believes to run.
fn say_what_was_read(logger: &TracingLogger, config: &Config) {
    let files: Vec<String> = config
        .files()
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let message = if files.is_empty() {
        "No configuration file was read, the defaults hold"
    } else {
        "Configuration read"
    };
    let mode = match config.mode() {
        Mode::Development => "development",
        Mode::Production => "production",
    };
    let fields = Fields::from_iter([("service".to_owned(), json!("rootConfig"))]);
    logger
        .logger(fields)
        .info_with(message, json!({ "files": files, "mode": mode }));
}
