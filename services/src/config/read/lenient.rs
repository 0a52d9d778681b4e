//! Numbers and truth values that were written as text.
//!
//! `${PORT}` is always text, and so is what a container's settings hand over; a reader that wants a
//! number takes it. The other way round nothing is lenient: a number where text is wanted was
//! mostly a version such as `1.10`, and turning it into text would lose its zero.

use serde_json::Number;

use crate::config::scalar;
use crate::config::tree::{Node, Value};

/// The number that a node holds or spells.
pub(in crate::config) fn number(node: &Node) -> Option<Number> {
    match &node.value {
        Value::Number(number) => Some(number.clone()),
        Value::Text(text) => scalar::decimal(text.trim()),
        _ => None,
    }
}

/// The whole number that a node holds or spells; `8080.0` and `1e3` are whole too.
pub(in crate::config) fn integer(node: &Node) -> Option<Number> {
    let number = number(node)?;
    if !number.is_f64() {
        return Some(number);
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    // Beyond 2^53 a float no longer says which whole number was meant.
    if float.abs() > 9_007_199_254_740_992.0 {
        return None;
    }
    scalar::decimal(&format!("{float:.0}"))
}

/// The truth value that a node holds or spells.
pub(in crate::config) fn boolean(node: &Node) -> Option<bool> {
    let text = match &node.value {
        Value::Bool(value) => return Some(*value),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.trim().to_ascii_lowercase(),
        _ => return None,
    };
    match text.as_str() {
        "true" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(json: serde_json::Value) -> Node {
        Node::from_program(json)
    }

    #[test]
    fn numbers_from_text() {
        assert_eq!(number(&node(json!(" 12 "))), Some(12.into()));
        assert_eq!(number(&node(json!("-1.5"))), Number::from_f64(-1.5));
        for text in ["", "abc", "1h", "0x10", "NaN", "infinity", "1 2"] {
            assert_eq!(number(&node(json!(text))), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_however_they_are_written() {
        assert_eq!(integer(&node(json!(8080.0))), Some(8080.into()));
        assert_eq!(integer(&node(json!("1e3"))), Some(1000.into()));
        assert_eq!(integer(&node(json!(1.5))), None);
        assert_eq!(integer(&node(json!(u64::MAX))), Some(u64::MAX.into()));
    }

    #[test]
    fn truth_from_text() {
        for yes in [
            json!("Yes"),
            json!("on"),
            json!("1"),
            json!(1),
            json!("TRUE"),
            json!(true),
        ] {
            assert_eq!(boolean(&node(yes)), Some(true));
        }
        for no in [
            json!("no"),
            json!("off"),
            json!(0),
            json!("False"),
            json!("n"),
        ] {
            assert_eq!(boolean(&node(no)), Some(false));
        }
        assert_eq!(boolean(&node(json!("maybe"))), None);
    }
}
