//! What the configuration and the environment say about the log.
//!
//! The variables come through the config service, as all of the environment does. They are gathered in
//! one struct first, which keeps the rules testable without touching the process's own environment.

use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use super::filter::Filter;
use super::format::{self, Destination, Format};
use super::level::{ALLOWED, parse_threshold};
use super::overrides::{self, WrittenOverride};
use super::{Fields, LoggerError, directives};
use crate::config::{Config, ConfigSchema, FromConfig};
use greenroom_di_core::BoxError;

const LEVEL_KEY: &str = "backend.logger.level";
const META_KEY: &str = "backend.logger.meta";

/// All that can change while the backend runs.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) filter: Filter,
    /// Fields of every line.
    pub(super) meta: Fields,
    pub(super) format: Format,
}

/// The proof that what concerns the log can be read: the factory takes it, so that a mistake shows with
/// all others before anything starts.
#[derive(Debug)]
pub struct LoggerSettings(());

impl FromConfig for LoggerSettings {
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let settings = Settings::read(config, Destination::Other);
        settings
            .map(|_| Self(()))
            .map_err(|error| vec![error.into()])
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_schema(
            LEVEL_KEY,
            level(),
            "The least important lines that are written.",
        );
        schema.add_schema(
            format::KEY,
            json!({ "enum": ["text", "json"] }),
            "How a line looks.",
        );
        schema.add_schema(
            META_KEY,
            json!({ "type": "object" }),
            "Fields of every line.",
        );
        schema.add_schema(
            overrides::KEY,
            json!({ "type": "array", "items": {
                "type": "object",
                "properties": {
                    "matchers": { "type": "object" },
                    "level": level(),
                },
                "required": ["matchers", "level"],
                "additionalProperties": false,
            }}),
            "Lines with a level of their own; the first whose matchers all match decides.",
        );
    }
}

/// The schema of a level; it is read whatever its case, and written in lower case by most.
fn level() -> Value {
    json!({ "enum": ["off", "error", "warn", "info", "debug", "trace"] })
}

#[derive(Clone, Copy, Debug, Default)]
struct Environment<'a> {
    log_level: Option<&'a str>,
    format: format::Environment<'a>,
}

impl Settings {
    /// Reads the keys below `backend.logger` and the variables that win over them.
    pub(super) fn read(config: &Config, destination: Destination) -> Result<Self, LoggerError> {
        // An empty variable counts as unset: that is how one clears it in a compose file.
        let variable = |name| config.environment(name).filter(|text| !text.is_empty());
        let environment = Environment {
            log_level: variable("LOG_LEVEL"),
            format: format::Environment {
                log_format: variable("LOG_FORMAT"),
                no_color: variable("NO_COLOR"),
            },
        };
        Self::resolve(config, environment, destination)
    }

    fn resolve(
        config: &Config,
        environment: Environment<'_>,
        destination: Destination,
    ) -> Result<Self, LoggerError> {
        let directives = directives::parse(environment.log_level.unwrap_or_default())?;
        // The configured level is read even where the variable hides it: a mistake should not wait for
        // the day on which the variable is gone.
        let configured = configured_level(config)?;
        let written: Option<Vec<WrittenOverride>> = config.get_optional(overrides::KEY)?;
        let mut all = directives.overrides;
        all.extend(overrides::parse(config, written.unwrap_or_default())?);
        Ok(Self {
            filter: Filter {
                overrides: all,
                level: directives.level.unwrap_or(configured),
            },
            meta: config.get_optional(META_KEY)?.unwrap_or_default(),
            format: format::choose(config, environment.format, destination)?,
        })
    }
}

fn configured_level(config: &Config) -> Result<LevelFilter, LoggerError> {
    let Some(value) = config.get_optional::<String>(LEVEL_KEY)? else {
        return Ok(LevelFilter::INFO);
    };
    parse_threshold(&value).ok_or_else(|| {
        let message = format!("it is {value:?}, and must be {ALLOWED}");
        config.refusal(LEVEL_KEY, message).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Environment<'_> = Environment {
        log_level: None,
        format: format::Environment {
            log_format: None,
            no_color: None,
        },
    };

    fn resolve(logger: Value, environment: Environment<'_>) -> Result<Settings, LoggerError> {
        let config = Config::from_json(json!({ "backend": { "logger": logger } }));
        Settings::resolve(&config, environment, Destination::Other)
    }

    #[test]
    fn defaults() {
        let settings = Settings::read(&Config::empty(), Destination::Other).expect("no mistake");
        assert_eq!(settings.filter.level, LevelFilter::INFO);
        assert!(settings.filter.overrides.is_empty() && settings.meta.is_empty());
        assert_eq!(settings.format, Format::Json);
    }

    #[test]
    fn the_variable_wins_over_the_configured_level() {
        let level = |text| {
            let environment = Environment {
                log_level: text,
                ..NOTHING
            };
            let settings = resolve(json!({ "level": "warn" }), environment);
            settings.expect("no mistake").filter.level
        };
        assert_eq!(level(None), LevelFilter::WARN);
        assert_eq!(level(Some("debug")), LevelFilter::DEBUG);
        assert_eq!(level(Some("sqlx=off")), LevelFilter::WARN);
    }

    #[test]
    fn directives_come_before_overrides() {
        let environment = Environment {
            log_level: Some("plugin:a=trace"),
            ..NOTHING
        };
        let overrides = json!({ "overrides": [{ "matchers": { "plugin": "a" }, "level": "off" }] });
        let settings = resolve(overrides, environment).expect("no mistake");
        let levels: Vec<_> = settings
            .filter
            .overrides
            .iter()
            .map(|one| one.level)
            .collect();
        assert_eq!(levels, [LevelFilter::TRACE, LevelFilter::OFF]);
    }

    #[test]
    fn mistakes_name_key_and_allowed_values() {
        let error = |logger, environment| {
            let result = resolve(logger, environment);
            result.expect_err("a mistake").to_string()
        };
        assert_eq!(
            error(json!({ "level": "loud" }), NOTHING),
            "`backend.logger.level` from the program's own values: it is \"loud\", and must be off, error, warn, \
             info, debug or trace"
        );
        assert!(error(json!({ "level": 3 }), NOTHING).contains("backend.logger.level"));
    }
}
