//! Reads `backend.logger.overrides`.
//!
//! The list is read as plain JSON and taken apart here, because the error that serde gives for "a string,
//! a number or a list" names neither the key nor what was expected.

use serde::Deserialize;

use super::Fields;
use super::filter::Override;
use super::level::{ALLOWED, parse_threshold};
use super::matcher::Matcher;
use crate::config::{Config, ConfigError};

/// The key of the list.
pub(super) const KEY: &str = "backend.logger.overrides";

/// An element of the list, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenOverride {
    matchers: Fields,
    level: String,
}

/// Turns the list into overrides, in its order.
pub(super) fn parse(
    config: &Config,
    list: Vec<WrittenOverride>,
) -> Result<Vec<Override>, ConfigError> {
    let numbered = list.into_iter().enumerate();
    numbered
        .map(|(index, written)| {
            parse_one(written)
                .map_err(|message| config.refusal(KEY, format!("element {index}: {message}")))
        })
        .collect()
}

fn parse_one(written: WrittenOverride) -> Result<Override, String> {
    let WrittenOverride { matchers, level } = written;
    let level = parse_threshold(&level)
        .ok_or_else(|| format!("its level is {level:?}, and must be {ALLOWED}"))?;
    let matchers = matchers
        .into_iter()
        .map(|(field, value)| match Matcher::parse(&field, &value) {
            Ok(matcher) => Ok((field, matcher)),
            Err(reason) => Err(format!("the matcher of `{field}` is none: {reason}")),
        })
        .collect::<Result<_, _>>()?;
    Ok(Override { matchers, level })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn error_of(list: Value) -> String {
        let list = serde_json::from_value(list).expect("the outer shape");
        let mistake = parse(&Config::empty(), list).expect_err("a mistake");
        mistake.to_string()
    }

    #[test]
    fn mistakes_name_the_element() {
        assert_eq!(
            error_of(
                json!([{ "matchers": {}, "level": "info" }, { "matchers": {}, "level": "loud" }])
            ),
            "`backend.logger.overrides` from the program's own values: element 1: its level is \"loud\", and must \
             be off, error, warn, info, debug or trace"
        );
        assert_eq!(
            error_of(json!([{ "matchers": { "plugin": null }, "level": "info" }])),
            "`backend.logger.overrides` from the program's own values: element 0: the matcher of `plugin` is none: \
             it must be a string, a \
             number, a boolean, a pattern `/…/`, or a list of these"
        );
    }
}
