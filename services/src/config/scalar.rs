//! What kind of value a plain YAML scalar is: the core schema of YAML 1.2.
//!
//! The core schema is small on purpose: `yes`, `off`, `012` and `1:30` are not booleans, octal or
//! sexagesimal numbers as they were in YAML 1.1, and country codes stay text. Whether a *text* may
//! be read as a boolean is a question for the reader of the value, see `read::lenient`.

use serde_json::Number;

use super::tree::Value;

/// The value of an unquoted scalar.
///
/// # Errors
/// `.inf` and `.nan`, which no setting means and JSON cannot say; the error is the message.
pub(super) fn resolve(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(text)? {
            Some(number) => Value::Number(number),
            None => Value::Text(text.to_owned()),
        },
    })
}

/// The value of a scalar with a tag of the core schema, such as `!!str 12`.
///
/// # Errors
/// A tag of another kind, or a text that does not fit its tag; the error is the message.
pub(super) fn tagged(text: &str, suffix: &str) -> Result<Value, String> {
    let value = if suffix == "str" {
        Value::Text(text.to_owned())
    } else {
        resolve(text)?
    };
    let fits = match (suffix, &value) {
        ("str", _)
        | ("null", Value::Null)
        | ("bool", Value::Bool(_))
        | ("float", Value::Number(_)) => true,
        ("int", Value::Number(number)) => !number.is_f64(),
        _ => false,
    };
    if fits {
        Ok(value)
    } else {
        Err(format!("the tag `!!{suffix}` does not fit this value"))
    }
}

fn number(text: &str) -> Result<Option<Number>, String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(format!("`{text}` is not a number that a setting can have"));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        let Some(digits) = text.strip_prefix(prefix) else {
            continue;
        };
        let all_digits = digits.chars().all(|digit| digit.is_digit(radix));
        if digits.is_empty() || !all_digits {
            return Ok(None);
        }
        let number = u64::from_str_radix(digits, radix)
            .map_err(|_| format!("`{text}` is too large for a number"))?;
        return Ok(Some(number.into()));
    }
    Ok(decimal(text))
}

/// A decimal number as both YAML and a lenient reader see it; `None` for everything else.
pub(super) fn decimal(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let begins = unsigned
        .strip_prefix('.')
        .unwrap_or(unsigned)
        .starts_with(|c: char| c.is_ascii_digit());
    let plain = unsigned
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !begins || !plain {
        return None;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        if let Ok(number) = text.parse::<u64>() {
            return Some(number.into());
        }
        if let Ok(number) = text.parse::<i64>() {
            return Some(number.into());
        }
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn json_of(text: &str) -> serde_json::Value {
        let Ok(value) = resolve(text) else {
            panic!("{text} does not resolve")
        };
        match value {
            Value::Null => json!(null),
            Value::Bool(value) => json!(value),
            Value::Number(value) => json!(value),
            Value::Text(value) => json!(value),
            _ => unreachable!("a scalar is neither a list nor an object"),
        }
    }

    #[test]
    fn the_core_schema_and_nothing_of_yaml_1_1() {
        for text in [
            "yes", "no", "on", "off", "Norway", "1:30", "1_000", "1.2.3", "0b1", "-", ".",
        ] {
            assert_eq!(json_of(text), json!(text));
        }
        assert_eq!(json_of("~"), json!(null));
        assert_eq!(json_of("TRUE"), json!(true));
        assert_eq!(json_of("012"), json!(12));
        assert_eq!(json_of("0x1F"), json!(31));
        assert_eq!(json_of("0o17"), json!(15));
        assert_eq!(json_of("-7"), json!(-7));
        assert_eq!(json_of("+7"), json!(7));
        assert_eq!(json_of(".5"), json!(0.5));
        assert_eq!(json_of("1e3"), json!(1000.0));
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        assert!(resolve(".inf").is_err());
        assert!(resolve("-.INF").is_err());
        assert!(resolve(".nan").is_err());
    }

    #[test]
    fn tags_of_the_core_schema() {
        assert!(matches!(tagged("12", "str"), Ok(Value::Text(text)) if text == "12"));
        assert!(matches!(tagged("12", "int"), Ok(Value::Number(_))));
        assert!(tagged("x", "int").is_err());
        assert!(tagged("x", "binary").is_err());
    }
}
