//! What can be wrong with the configuration of the log.

use thiserror::Error;

use super::level::ALLOWED;
use crate::config::ConfigError;

/// The configuration of the log cannot be used.
///
/// Every variant names the key or the variable of the environment that holds the mistake.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoggerError {
    /// A value of the configuration has the wrong shape or names nothing that is known.
    #[error(transparent)]
    Config(#[from] ConfigError),

    /// `LOG_FORMAT` names no format.
    #[error("`LOG_FORMAT` is {value:?}; it must be text or json")]
    Format {
        /// What the variable holds.
        value: String,
    },

    /// A part of `LOG_LEVEL` is neither a level nor a directive.
    #[error(
        "`LOG_LEVEL` contains {part:?}; each of its parts, separated by commas, must be a level, \
         `target=level` or `plugin:id=level`, where a level is {ALLOWED}"
    )]
    Directive {
        /// The part that cannot be read.
        part: String,
    },
}
