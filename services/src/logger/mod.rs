//! The log of a backend: `core.rootLogger` and `core.logger`.
//!
//! Two ways lead into one log. A plugin that holds a [`Logger`] calls `logger.info("…")`; code that
//! knows nothing of greenroom, its own or a library's, uses the macros of `tracing`. Both come out in the
//! same format, through the same levels, with the plugin's id on the line.
//!
//! **Each backend has a log of its own.** It is a [`tracing::Dispatch`] that belongs to the root logger,
//! because two backends in one process (a test run, say) must not write into each other's log. A program
//! with one backend makes it the process's default with [`install_global`]; nothing here needs that.
//!
//! **How a [`Logger`] writes.** `tracing` wants the names of an event's fields to be known when the program
//! is compiled, and those of a [`Logger`] are known when it runs. So a [`Logger`] hands its record straight
//! to the writer that also serves the macros, without the detour of an event whose fields would have to
//! be packed into one string and unpacked again. Only where further layers were added (telemetry) does it
//! *also* emit an event, with target `greenroom::logger`, the fields `message` and `plugin`, and the
//! rest as JSON text in `fields`, so that they see it as well.
//!
//! **A line** has, in this order, `timestamp` (RFC 3339, UTC, milliseconds), `level`, `message`, `plugin`,
//! `service` (default `backstage`, as in the model that greenroom follows), then all other fields by name.
//! Where two sources give one field the nearer one wins: the call or event, the logger's own fields, the
//! spans around it from leaf to root (all spans, whoever opened them), `backend.logger.meta`. An event of
//! the macros also has `target`. A field that is called like one of the first three is written as
//! `field.level` and so on, and never displaces them.
//!
//! # Configuration
//!
//! | key | meaning |
//! |---|---|
//! | `backend.logger.level` | `off`, `error`, `warn`, `info` (default), `debug` or `trace` |
//! | `backend.logger.format` | `text` or `json`; default: text on a terminal, JSON otherwise |
//! | `backend.logger.meta` | fields that are added to every line |
//! | `backend.logger.overrides` | list of `{matchers: {field: value}, level}`; the first that matches decides |
//! | `LOG_LEVEL` | replaces the level: `debug`, or with directives `info,sqlx=warn,plugin:example=trace` |
//! | `LOG_FORMAT` | replaces the format |
//! | `NO_COLOR` | when set and not empty: no colours, which only a terminal gets anyway |
//!
//! A matcher's value is a string, a number, a boolean, a pattern `/…/` with the flags `i`, `m`, `s`, or a
//! list of these of which one must match. All matchers of an override must match. A string for `target`
//! also matches the modules below it. Directives of `LOG_LEVEL` come before the overrides: those for a
//! target (the longest first), then those for a plugin. The levels speak about lines; a span of level info
//! or above is kept at any level, since a warning should still say to which request it belongs.
//!
//! # What it deliberately does not do
//!
//! It searches no line for secrets: what must not be logged is a `Secret` and cannot become a field. It
//! has no background thread and no queue: a line is in the sink when the call returns, so a crash loses
//! none. It writes to one sink, standard output by default, as containers expect. Records of the `log` crate
//! are not picked up.

mod directives;
mod error;
mod error_fields;
mod factory;
mod filter;
mod format;
mod forward;
mod json;
mod layer;
mod level;
mod level_methods;
mod line;
mod matcher;
mod overrides;
mod panic;
mod record;
mod reload;
mod settings;
mod sink;
mod spans;
mod text;
mod text_safety;
mod tracing_logger;
mod value;
mod writer;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use greenroom_di_macros::service;

pub use self::error::LoggerError;
pub use self::error_fields::fields_of_error;
pub use self::factory::{logger, root_logger};
pub use self::layer::{ExtraLayer, install_global};
pub use self::level::Level;
pub use self::panic::panic_hook;
pub use self::settings::LoggerSettings;
pub use self::sink::{Lines, Sink};
pub use self::tracing_logger::{TracingLogger, plugin_logger};

/// Named values that belong to a line: a JSON object.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// The handle of a [`LoggerService`].
pub type Logger = Arc<dyn LoggerService>;

/// The handle of a [`RootLoggerService`].
pub type RootLogger = Arc<dyn RootLoggerService>;

/// Writes lines that carry the fields of its owner; a plugin's has `plugin: <id>`.
///
/// The methods to call are those of `dyn LoggerService`, one pair for each level:
///
/// ```
/// # use greenroom_services::config::Config;
/// # use greenroom_services::logger::{plugin_logger, Sink, TracingLogger};
/// # let (sink, lines) = Sink::memory();
/// # let root = TracingLogger::new(&Config::empty(), sink).unwrap();
/// let logger = plugin_logger(&root, "example");
/// logger.info("the index is ready");
/// logger.warn_with("the index is old", serde_json::json!({ "days": 3 }));
/// assert!(lines.all()[1].contains(r#""plugin":"example","service":"backstage","days":3"#));
/// ```
#[service(id = "core.logger", provided_by = "greenroom::services::logger")]
pub trait LoggerService: Send + Sync + 'static {
    /// Writes one line, if the levels allow it.
    ///
    /// `fields` win over the logger's own. The message may have several lines. A failing sink is ignored:
    /// there is no better place to report it.
    fn log(&self, level: Level, message: &str, fields: &Fields);

    /// Whether a line of this level could be written, judged by the logger's own fields.
    ///
    /// `true` may still end in no line where an override asks for fields of the single call. An
    /// override that the logger's own fields contradict counts as out of reach, even if a call would
    /// give that field another value.
    fn enabled(&self, level: Level) -> bool;

    /// A logger that adds these fields to every line; they win over those that this one has.
    fn child(&self, fields: Fields) -> Logger;
}

/// The one log of a backend, from which every [`Logger`] comes.
#[service(
    id = "core.rootLogger",
    scope = "root",
    provided_by = "greenroom::services::root_logger"
)]
pub trait RootLoggerService: Send + Sync + 'static {
    /// A logger that adds these fields to every line.
    ///
    /// A root service names itself with `service`; see [`plugin_logger`] for a plugin's.
    fn logger(&self, fields: Fields) -> Logger;

    /// The subscriber of this backend, to be the default wherever its code runs.
    fn dispatch(&self) -> tracing::Dispatch;
}

/// Among a backend's inputs: this backend is what the process is for, so its log becomes the default of
/// the process, and panics are written to it. Without it nothing outside the backend is touched.
#[derive(Clone, Copy, Debug)]
pub struct ProcessLog;
