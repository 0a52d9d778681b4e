//! Keeps the log in step with a configuration that changes while the backend runs.
//!
//! Who raises the level of a running backend wants to see something at once, so the loggers and events
//! that exist follow too. The sink does not change: where the lines go is decided by who starts the program.

use serde_json::Value;
use tokio::sync::watch;

use super::settings::Settings;
use super::{Fields, LoggerError, RootLoggerService, TracingLogger, fields_of_error};
use crate::config::Config;

impl TracingLogger {
    /// Applies another configuration at once, to the loggers that exist too: levels, overrides, fields of
    /// every line, and format.
    ///
    /// # Errors
    ///
    /// The same as those of [`new`](Self::new); nothing has changed then.
    pub fn set_config(&self, config: &Config) -> Result<(), LoggerError> {
        let settings = Settings::read(config, self.writer.sink().destination())?;
        self.writer.replace_settings(settings);
        Ok(())
    }

    /// Applies each new configuration until its source is gone.
    ///
    /// One that cannot be used is reported as a warning, and the log goes on as before. The factory
    /// spawns this future and ends it with the backend.
    pub async fn follow(self, mut config: watch::Receiver<Config>) {
        let service = ("service".to_owned(), Value::from("rootLogger"));
        let logger = self.logger(Fields::from_iter([service]));
        while config.changed().await.is_ok() {
            let newest = config.borrow_and_update().clone();
            if let Err(error) = self.set_config(&newest) {
                logger.warn_with(
                    "the new configuration of the log is not used",
                    Value::Object(fields_of_error(&error)),
                );
            }
        }
    }
}
