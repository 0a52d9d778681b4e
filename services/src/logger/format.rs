//! Which of the formats a log has.
//!
//! A person at a terminal gets text, everything else JSON, unless the configuration or, above it, the
//! environment says otherwise. The mode (development or production) plays no part: what matters is who reads.

use super::LoggerError;
use crate::config::Config;

/// The key of the format.
pub(super) const KEY: &str = "backend.logger.format";

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON object, for a machine.
    Json,
    /// Text for a person.
    Text(Colours),
}

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    None,
    Ansi,
}

/// Where the lines go, as far as their format depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A person watches.
    Terminal,
    /// A file, a pipe, a test.
    Other,
}

/// The variables that concern the format; empty ones count as unset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Environment<'a> {
    pub(super) log_format: Option<&'a str>,
    pub(super) no_color: Option<&'a str>,
}

/// `LOG_FORMAT`, else `backend.logger.format`, else what suits the destination.
pub(super) fn choose(
    config: &Config,
    environment: Environment<'_>,
    destination: Destination,
) -> Result<Format, LoggerError> {
    let text = match (destination, environment.no_color) {
        (Destination::Terminal, None) => Format::Text(Colours::Ansi),
        _ => Format::Text(Colours::None),
    };
    let named = |value: &str| match value.trim().to_ascii_lowercase().as_str() {
        "json" => Some(Format::Json),
        "text" => Some(text),
        _ => None,
    };
    // The configured format is read even where the variable hides it: a mistake should not wait for the
    // day on which the variable is gone.
    let configured = match config.get_optional::<String>(KEY)? {
        Some(value) => Some(named(&value).ok_or_else(|| {
            config.refusal(KEY, format!("it is {value:?}, and must be text or json"))
        })?),
        None => None,
    };
    let wanted = match environment.log_format {
        Some(value) => Some(named(value).ok_or_else(|| LoggerError::Format {
            value: value.to_owned(),
        })?),
        None => configured,
    };
    Ok(wanted.unwrap_or(match destination {
        Destination::Terminal => text,
        Destination::Other => Format::Json,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn chosen(
        configured: Value,
        (log_format, no_color): (Option<&str>, Option<&str>),
        destination: Destination,
    ) -> Result<Format, String> {
        let config =
            Config::from_json(json!({ "backend": { "logger": { "format": configured } } }));
        let environment = Environment {
            log_format,
            no_color,
        };
        choose(&config, environment, destination).map_err(|error| error.to_string())
    }

    #[test]
    fn variable_then_configuration_then_destination() {
        use Destination::{Other, Terminal};
        const COLOURED: Format = Format::Text(Colours::Ansi);
        const PLAIN: Format = Format::Text(Colours::None);
        let unset = (None, None);
        for (configured, environment, destination, format) in [
            (Value::Null, unset, Terminal, COLOURED),
            (Value::Null, (None, Some("1")), Terminal, PLAIN),
            (Value::Null, unset, Other, Format::Json),
            (json!("text"), unset, Other, PLAIN),
            (json!("json"), unset, Terminal, Format::Json),
            (json!("text"), (Some("JSON"), None), Terminal, Format::Json),
            (json!("json"), (Some("text"), None), Terminal, COLOURED),
        ] {
            let result = chosen(configured.clone(), environment, destination);
            assert_eq!(
                result,
                Ok(format),
                "{configured} {environment:?} {destination:?}"
            );
        }
    }

    #[test]
    fn mistakes_name_their_place() {
        assert_eq!(
            chosen(json!("xml"), (Some("json"), None), Destination::Other),
            Err(
                "`backend.logger.format` from the program's own values: it is \"xml\", and must be text or json"
                    .to_owned()
            )
        );
        assert_eq!(
            chosen(Value::Null, (Some("xml"), None), Destination::Other),
            Err("`LOG_FORMAT` is \"xml\"; it must be text or json".to_owned())
        );
    }
}
