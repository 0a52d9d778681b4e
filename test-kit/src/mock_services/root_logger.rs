//! `core.rootLogger` in tests.

use std::fmt;
use std::sync::Arc;

use greenroom::logger::{Fields, Logger, RootLogger, RootLoggerService, TracingLogger};
use serde_json::json;
use tracing::Dispatch;

use crate::capture::Capture;
use crate::{Logs, TestDouble};

/// The log of a backend, kept line by line, at every level. What the macros of `tracing` say is in it too, where its
/// [dispatch](RootLoggerService::dispatch) is the default.
///
/// It is the default log with another end. In a backend, [`StartedTestBackend::logs`](crate::StartedTestBackend::logs)
/// does the same without it; with it, the lines are here and not there.
pub struct FakeRootLogger {
    logger: TracingLogger,
    capture: Capture,
}

impl FakeRootLogger {
    /// An empty log.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let config = json!({ "backend": { "logger": { "level": "trace", "format": "json" } } });
        let config = greenroom::config::Config::from_json(config);
        let capture = Capture::new();
        let logger = TracingLogger::new(&config, capture.sink());
        let logger = logger.expect("the level and the format are those of the documentation");
        Arc::new(Self { logger, capture })
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

impl fmt::Debug for FakeRootLogger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_tuple("FakeRootLogger");
        shown.field(&self.logs().lines()).finish()
    }
}

impl RootLoggerService for FakeRootLogger {
    fn logger(&self, fields: Fields) -> Logger {
        self.logger.logger(fields)
    }

    fn dispatch(&self) -> Dispatch {
        self.logger.dispatch()
    }
}

impl TestDouble for FakeRootLogger {
    type Service = dyn RootLoggerService;

    fn into_service(self: Arc<Self>) -> RootLogger {
        self
    }
}

mock_service! {
    /// A mock of `core.rootLogger`.
    pub MockRootLoggerService for RootLoggerService {
        fn logger(&self, fields: Fields) -> Logger;
        fn dispatch(&self) -> Dispatch;
    }
}
