//! `core.logger` in tests.

use std::sync::Arc;

use greenroom::logger::{Fields, Level, Logger, LoggerService};
use serde_json::Value;

use crate::capture::Capture;
use crate::{LogLine, Logs, TestDouble};

/// A logger that keeps its lines, of every level, and those of its children.
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::mock_services::FakeLogger;
/// fn sweep(logger: &Logger) {
///     logger.warn_with("the shop is dirty", serde_json::json!({ "days": 3 }));
/// }
///
/// let logger = FakeLogger::new();
/// sweep(&(logger.clone() as Logger));
/// assert_eq!(logger.logs().assert_contains("dirty").fields["days"], 3);
/// ```
#[derive(Debug)]
pub struct FakeLogger {
    capture: Capture,
    fields: Fields,
}

impl FakeLogger {
    /// A logger without a plugin. In a backend each plugin has a child of it, with the plugin's name.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            capture: Capture::new(),
            fields: Fields::new(),
        })
    }

    /// The lines so far.
    #[must_use]
    pub fn logs(&self) -> Logs {
        self.capture.logs()
    }

    /// Waits until a line contains this text.
    ///
    /// # Panics
    ///
    /// When no line does so for ten seconds of real time.
    #[track_caller]
    pub fn logged(&self, text: &str) -> impl Future<Output = ()> + Send + use<> {
        self.capture.logged(text)
    }
}

impl LoggerService for FakeLogger {
    fn log(&self, level: Level, message: &str, fields: &Fields) {
        let mut all = self.fields.clone();
        all.extend(fields.clone());
        let plugin = match all.remove("plugin") {
            Some(Value::String(plugin)) => Some(plugin),
            Some(other) => Some(other.to_string()),
            None => None,
        };
        self.capture.add(LogLine {
            level,
            message: message.to_owned(),
            plugin,
            time: None,
            fields: all,
        });
    }

    fn enabled(&self, _level: Level) -> bool {
        true
    }

    fn child(&self, fields: Fields) -> Logger {
        let mut all = self.fields.clone();
        all.extend(fields);
        Arc::new(Self {
            capture: self.capture.clone(),
            fields: all,
        })
    }
}

impl TestDouble for FakeLogger {
    type Service = dyn LoggerService;

    fn into_service(self: Arc<Self>) -> Logger {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Logger {
        self.child(Fields::from_iter([("plugin".to_owned(), plugin.into())]))
    }
}

mock_service! {
    /// A mock of `core.logger`.
    pub MockLoggerService for LoggerService {
        fn log(&self, level: Level, message: &str, fields: &Fields);
        fn enabled(&self, level: Level) -> bool;
        fn child(&self, fields: Fields) -> Logger;
    }
}
