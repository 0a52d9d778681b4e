//! The loggers themselves.
//!
//! Every logger holds the root directly and all of its own fields: a child of a child costs no more than
//! any other, and there is no chain to follow when a line is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tracing::Dispatch;

use super::filter::Known;
use super::layer::{self, ExtraLayer};
use super::level::Level;
use super::line::entries_of;
use super::settings::Settings;
use super::value::FieldValue;
use super::writer::{Listeners, Writer};
use super::{Fields, Logger, LoggerError, LoggerService, RootLoggerService, Sink};
use super::{forward, spans};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;

/// The root logger of greenroom: one dispatch, one sink.
///
/// Clones share everything. As a [`RootLogger`](super::RootLogger) it is an `Arc` of a clone.
#[derive(Clone, Debug)]
pub struct TracingLogger {
    pub(super) writer: Arc<Writer>,
    dispatch: Dispatch,
}

impl TracingLogger {
    /// The log that the configuration asks for, written to `sink`.
    ///
    /// # Errors
    ///
    /// [`LoggerError`] if a level, a format or a matcher cannot be read.
    pub fn new(config: &Config, sink: Sink) -> Result<Self, LoggerError> {
        Self::with_layers(config, sink, Vec::new())
    }

    /// Like [`new`](Self::new), with further layers in the dispatch, such as one that exports spans.
    ///
    /// # Errors
    ///
    /// The same as those of [`new`](Self::new).
    pub fn with_layers(
        config: &Config,
        sink: Sink,
        layers: Vec<ExtraLayer>,
    ) -> Result<Self, LoggerError> {
        Self::with_clock(config, sink, layers, Arc::new(SystemClock))
    }

    /// Like [`with_layers`](Self::with_layers), with a clock of its own for the times of the lines.
    ///
    /// # Errors
    ///
    /// The same as those of [`new`](Self::new).
    pub fn with_clock(
        config: &Config,
        sink: Sink,
        layers: Vec<ExtraLayer>,
        clock: Clock,
    ) -> Result<Self, LoggerError> {
        let settings = Settings::read(config, sink.destination())?;
        let listeners = match layers.len() {
            0 => Listeners::None,
            _ => Listeners::Some,
        };
        let writer = Arc::new(Writer::new(settings, sink, clock, listeners));
        let dispatch = layer::dispatch(&writer, layers);
        Ok(Self { writer, dispatch })
    }
}

impl RootLoggerService for TracingLogger {
    fn logger(&self, fields: Fields) -> Logger {
        Arc::new(FieldLogger::new(self.clone(), fields))
    }

    fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }
}

/// The logger of a plugin: every line has `plugin: <id>`.
pub fn plugin_logger(root: &dyn RootLoggerService, plugin: &str) -> Logger {
    root.logger(Fields::from_iter([(
        "plugin".to_owned(),
        Value::from(plugin),
    )]))
}

/// Writes a line of a logger, or of the panic hook.
///
/// `fields` go from the nearest to the farthest.
pub(super) fn emit(
    writer: &Writer,
    dispatch: &Dispatch,
    (level, message): (Level, &str),
    fields: [&Fields; 2],
) {
    let own = fields.into_iter().flat_map(entries_of);
    let is_written = writer.write(level, message, own, &spans::current(dispatch));
    if is_written && writer.listeners() == Listeners::Some {
        forward::forward(dispatch, level, message, fields);
    }
}

struct FieldLogger {
    root: TracingLogger,
    fields: Fields,
    /// The most detailed level of this logger, by its number, below the generation that it belongs to.
    bound: AtomicU64,
}

impl FieldLogger {
    fn new(root: TracingLogger, fields: Fields) -> Self {
        let logger = Self {
            root,
            fields,
            bound: AtomicU64::new(0),
        };
        logger.renew_bound();
        logger
    }

    fn bound(&self) -> u64 {
        let cached = self.bound.load(Ordering::Relaxed);
        if cached >> 8 == u64::from(self.root.writer.generation()) {
            cached & 0xff
        } else {
            self.renew_bound()
        }
    }

    #[cold]
    fn renew_bound(&self) -> u64 {
        // The generation is read first: if the settings change in between, the result is only renewed
        // once more.
        let generation = u64::from(self.root.writer.generation());
        let settings = self.root.writer.settings();
        let threshold = settings.filter.bound(|name| match self.fields.get(name) {
            Some(value) => Known::Value(FieldValue::from(value)),
            // Only events of the macros have a target.
            None if name == "target" => Known::Absent,
            None => Known::Unknown,
        });
        let bound = threshold
            .into_level()
            .map_or(0, |level| number(Level::from(level)));
        self.bound.store(generation << 8 | bound, Ordering::Relaxed);
        bound
    }
}

/// 1 for error up to 5 for trace; 0 stands for off.
const fn number(level: Level) -> u64 {
    level as u64 + 1
}

impl LoggerService for FieldLogger {
    fn log(&self, level: Level, message: &str, fields: &Fields) {
        if self.enabled(level) {
            let TracingLogger { writer, dispatch } = &self.root;
            emit(writer, dispatch, (level, message), [fields, &self.fields]);
        }
    }

    fn enabled(&self, level: Level) -> bool {
        number(level) <= self.bound()
    }

    fn child(&self, fields: Fields) -> Logger {
        let mut all = self.fields.clone();
        all.extend(fields);
        Arc::new(Self::new(self.root.clone(), all))
    }
}
