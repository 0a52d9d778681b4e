//! The default factory of `core.rootConfig`.

use std::sync::Arc;

use greenroom_di_core::lifecycle::{Hook, Phase};
use greenroom_di_core::{BoxError, RootContext};
use greenroom_di_macros::service_factory;

use super::{ConfigArguments, RootConfigService, load};

/// Provides `core.rootConfig` from the files and the environment, or as the [`ConfigArguments`] among the
/// backend's inputs say. The files are watched while the backend runs.
///
/// # Errors
///
/// [`ConfigErrors`](super::ConfigErrors): all mistakes of all files.
#[service_factory]
pub fn root_config(context: Arc<RootContext>) -> Result<Arc<dyn RootConfigService>, BoxError> {
    let arguments = context
        .input::<ConfigArguments>()
        .cloned()
        .unwrap_or_default();
    let options = match arguments.into_options() {
        Ok(options) => options,
        Err(config) => return Ok(config),
    };
    let config = Arc::new(load(options)?);
    // Once there is a log, so that what the watcher has to say is heard.
    let watched = Arc::downgrade(&config);
    let watch = Hook::new("watch the configuration", async move || {
        if let Some(config) = watched.upgrade() {
            config.watch();
        }
        Ok(())
    });
    context.hooks().add(Phase::Startup, watch)?;
    Ok(config)
}
