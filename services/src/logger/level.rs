//! How important a line is.
//!
//! `tracing` has such a type, but its order, its names and its parser (numbers, empty text) are not those
//! of the configuration, and an interface should not hang on another crate's type.

use std::fmt;

use tracing::level_filters::LevelFilter;

/// How important a line is, from the gravest to the most detailed.
///
/// The order is by detail: `Level::Error < Level::Trace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed and somebody should look.
    Error,
    /// Something is wrong, but the work goes on.
    Warn,
    /// What an operator wants to follow; the default level of a backend.
    Info,
    /// What helps a developer.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// The name in the log and in the configuration: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// The threshold that lets this level and the graver ones through.
    pub(super) const fn threshold(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }
}

/// What [`parse_threshold`] accepts, for the text of errors.
pub(super) const ALLOWED: &str = "off, error, warn, info, debug or trace";

/// Reads a threshold from a configuration, in any case of letters.
pub(super) fn parse_threshold(text: &str) -> Option<LevelFilter> {
    const LEVELS: [Level; 5] = [
        Level::Error,
        Level::Warn,
        Level::Info,
        Level::Debug,
        Level::Trace,
    ];
    let text = text.trim();
    if text.eq_ignore_ascii_case("off") {
        return Some(LevelFilter::OFF);
    }
    LEVELS
        .into_iter()
        .find(|level| text.eq_ignore_ascii_case(level.as_str()))
        .map(Level::threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_names_only() {
        assert_eq!(parse_threshold(" Warn "), Some(LevelFilter::WARN));
        assert_eq!(parse_threshold("OFF"), Some(LevelFilter::OFF));
        for text in ["", "3", "verbose", "warning", "infodebug"] {
            assert_eq!(parse_threshold(text), None, "{text:?}");
        }
    }

    #[test]
    fn more_detail_is_greater() {
        assert!(Level::Error < Level::Warn && Level::Debug < Level::Trace);
        assert!(Level::Info.threshold() <= LevelFilter::INFO);
        assert!(Level::Debug.threshold() > LevelFilter::INFO);
    }
}
