//! What an override asks of one field.
//!
//! The forms are those of the model's configuration, so that its files can be taken over. Patterns use a
//! small engine without look-around and Unicode classes, which names of plugins and targets do not need.

use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use super::value::FieldValue;

/// What an override asks of one field.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// The field is this text.
    Text(String),
    /// The field is a module path that is this one or lies below it.
    Module(String),
    /// The field is this number.
    Number(f64),
    /// The field is this truth value.
    Bool(bool),
    /// The field is a text that the pattern is found in.
    Pattern(Regex),
    /// One of these matches.
    AnyOf(Vec<Matcher>),
}

impl Matcher {
    /// Reads the matcher of a field; the error says what is wrong with it.
    pub(super) fn parse(field: &str, value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => match pattern(text)? {
                Some(pattern) => Ok(Self::Pattern(pattern)),
                None if field == "target" => Ok(Self::Module(text.clone())),
                None => Ok(Self::Text(text.clone())),
            },
            Value::Number(number) => number
                .as_f64()
                .map(Self::Number)
                .ok_or_else(|| format!("{number} is out of range")),
            Value::Bool(value) => Ok(Self::Bool(*value)),
            Value::Array(values) => values
                .iter()
                .map(|value| match value {
                    Value::Array(_) => Err("a list within a list".to_owned()),
                    other => Self::parse(field, other),
                })
                .collect::<Result<_, _>>()
                .map(Self::AnyOf),
            Value::Null | Value::Object(_) => Err(
                "it must be a string, a number, a boolean, a pattern `/…/`, or a list of these"
                    .to_owned(),
            ),
        }
    }

    /// Whether a field's value is what is asked for.
    pub(super) fn matches(&self, value: FieldValue<'_>) -> bool {
        match self {
            Self::Text(wanted) => value.as_text() == Some(wanted),
            Self::Module(wanted) => value
                .as_text()
                .and_then(|text| text.strip_prefix(wanted.as_str()))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::")),
            // Numbers are compared as the configuration wrote them; an equal text gives an equal number.
            #[allow(clippy::float_cmp, reason = "equal texts give equal numbers")]
            Self::Number(wanted) => value.as_number() == Some(*wanted),
            Self::Bool(wanted) => value.as_bool() == Some(*wanted),
            Self::Pattern(pattern) => value.as_text().is_some_and(|text| pattern.is_match(text)),
            Self::AnyOf(matchers) => matchers.iter().any(|matcher| matcher.matches(value)),
        }
    }
}

/// Reads `/pattern/flags`; other texts are no pattern.
fn pattern(text: &str) -> Result<Option<Regex>, String> {
    let Some((source, flags)) = text
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
    else {
        return Ok(None);
    };
    let mut builder = RegexBuilder::new(source);
    for flag in flags.chars() {
        match flag {
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            // The other flags of the model's patterns change nothing in a test for a match.
            'g' | 'u' | 'v' | 'd' => &mut builder,
            other => return Err(format!("unknown flag {other:?} of the pattern {text}")),
        };
    }
    builder
        .build()
        .map(Some)
        .map_err(|error| format!("{text} is no pattern: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(field: &str, matcher: &Value, value: &Value) -> bool {
        Matcher::parse(field, matcher)
            .expect("a matcher")
            .matches(FieldValue::from(value))
    }

    #[test]
    fn values_are_compared_by_type() {
        assert!(matches("plugin", &json!("example"), &json!("example")));
        assert!(!matches("plugin", &json!("example"), &json!("example2")));
        assert!(matches("status", &json!(500), &json!(500)));
        assert!(!matches("status", &json!(500), &json!("500")));
        assert!(matches("cached", &json!(true), &json!(true)));
        assert!(matches("plugin", &json!(["a", "b", 3]), &json!(3)));
        assert!(!matches("plugin", &json!([]), &json!("a")));
    }

    #[test]
    fn patterns_have_flags() {
        assert!(matches("plugin", &json!("/^cat/"), &json!("catalog")));
        assert!(!matches("plugin", &json!("/^cat/"), &json!("Catalog")));
        assert!(matches("plugin", &json!("/^cat/i"), &json!("Catalog")));
        assert!(matches("url", &json!("/a/b/"), &json!("/a/b/c")));
        assert!(!matches("status", &json!("/5/"), &json!(500)));
    }

    #[test]
    fn a_target_matches_with_what_lies_below() {
        assert!(matches("target", &json!("sqlx"), &json!("sqlx::query")));
        assert!(!matches("target", &json!("sqlx"), &json!("sqlx_core")));
        assert!(!matches("type", &json!("sqlx"), &json!("sqlx::query")));
    }

    #[test]
    fn what_cannot_match_is_an_error() {
        for value in [
            json!(null),
            json!({}),
            json!([[1]]),
            json!("/(/"),
            json!("/a/q"),
        ] {
            assert!(Matcher::parse("a", &value).is_err(), "{value}");
        }
    }
}
