//! What reading a value and reading a key have in common: numbers, refusals, and errors that know
//! their place.

use serde::de::{self, Unexpected, Visitor};
use serde_json::Number;

use super::ReadError;

/// Deserializes by a method of the cursor and says where it happened if that fails.
macro_rules! by {
    ($($method:ident => |$cursor:ident, $visitor:ident| $call:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $visitor: V) -> Result<V::Value, ReadError> {
            let $cursor = &self;
            let result: Result<V::Value, ReadError> = $call;
            result.map_err(|error| ReadError::Located(error.locate(&self.at())))
        }
    )*};
}

pub(super) use by;

/// The error of a value of another kind than `visitor` takes.
pub(super) fn refuse<'de, V: Visitor<'de>>(visitor: &V) -> ReadError {
    de::Error::invalid_type(Unexpected::Unit, visitor)
}

/// Hands over the number that a value spells, if it spells one.
pub(super) fn spelled<'de, V: Visitor<'de>>(
    number: Option<Number>,
    visitor: V,
) -> Result<V::Value, ReadError> {
    match number {
        Some(number) => visit_number(&number, visitor),
        None => Err(refuse(&visitor)),
    }
}

/// Hands over a number as the kind that it is.
pub(super) fn visit_number<'de, V: Visitor<'de>>(
    number: &Number,
    visitor: V,
) -> Result<V::Value, ReadError> {
    if let Some(number) = number.as_u64() {
        visitor.visit_u64(number)
    } else if let Some(number) = number.as_i64() {
        visitor.visit_i64(number)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
    }
}
