//! The value of a field while its line is put together.
//!
//! It borrows: neither the fields of a logger nor those of a span are copied to write a line.

use serde_json::Value;

/// The value of a field, wherever it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FieldValue<'a> {
    Text(&'a str),
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    /// May be infinite or no number, which JSON cannot say.
    Float(f64),
    /// `null`, a number, a list or an object.
    Json(&'a Value),
}

impl<'a> FieldValue<'a> {
    pub(super) fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, rounded to a double as in the model's matchers.
    #[allow(clippy::cast_precision_loss, reason = "the model compares doubles too")]
    pub(super) fn as_number(self) -> Option<f64> {
        match self {
            Self::Signed(number) => Some(number as f64),
            Self::Unsigned(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Json(value) => value.as_f64(),
            Self::Text(_) | Self::Bool(_) => None,
        }
    }
}

impl<'a> From<&'a Value> for FieldValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Bool(value) => Self::Bool(*value),
            other => Self::Json(other),
        }
    }
}
