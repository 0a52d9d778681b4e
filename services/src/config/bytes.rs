//! Sizes such as the limit of a request's body: `100kb`, `1mb`, or a number of bytes.
//!
//! Units are powers of 1024, whatever their case, as in the limits that operators know from Node.
//! It is for sizes of data in one process; it has no units of bits and no decimal units.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// The name of the format in a schema.
pub(super) const FORMAT: &str = "byte-size";

/// What a reader of a message is told to write.
pub(super) const WANTED: &str = "a size such as `100kb` or `1mb`, or a number of bytes";

/// A number of bytes, written as `100kb`, `1.5mb` or `2048`.
///
/// Units: `b`, `kb`, `mb`, `gb`, `tb`, each 1024 times the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

impl ByteSize {
    /// A size of so many bytes.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// A size of so many times 1024 bytes.
    #[must_use]
    pub const fn kb(kilobytes: u64) -> Self {
        Self(kilobytes.saturating_mul(1024))
    }

    /// A size of so many times 1024 times 1024 bytes.
    #[must_use]
    pub const fn mb(megabytes: u64) -> Self {
        Self(megabytes.saturating_mul(1024 * 1024))
    }

    /// How many bytes it is.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// How many bytes it is, or the most that this machine can address.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// The size that a text spells.
pub(super) fn parse(text: &str) -> Option<ByteSize> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "kb" => 10,
        "mb" => 20,
        "gb" => 30,
        "tb" => 40,
        _ => return None,
    };
    let factor = 1_u64 << shift;
    if let Ok(whole) = digits.parse::<u64>() {
        return whole.checked_mul(factor).map(ByteSize);
    }
    let (whole, fraction) = digits.split_once('.')?;
    let thousandths: u64 = match fraction.len() {
        1..=3 => format!("{fraction:0<3}").parse().ok()?,
        _ => return None,
    };
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    whole.checked_add(thousandths * factor / 1000).map(ByteSize)
}

impl From<ByteSize> for u64 {
    fn from(size: ByteSize) -> Self {
        size.0
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WANTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ByteSize, E> {
        parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: serde::de::Error>(self, bytes: u64) -> Result<ByteSize, E> {
        Ok(ByteSize(bytes))
    }

    fn visit_i64<E: serde::de::Error>(self, bytes: i64) -> Result<ByteSize, E> {
        u64::try_from(bytes)
            .map(ByteSize)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(bytes), &self))
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "format": FORMAT,
            "minimum": 0,
            "examples": ["100kb", "1mb", 2048],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn read(value: Json) -> Option<u64> {
        serde_json::from_value::<ByteSize>(value)
            .ok()
            .map(ByteSize::as_u64)
    }

    #[test]
    fn sizes() {
        assert_eq!(read(json!("1mb")), Some(1 << 20));
        assert_eq!(read(json!("100 KB")), Some(102_400));
        assert_eq!(read(json!("1.5kb")), Some(1536));
        assert_eq!(read(json!("2048")), Some(2048));
        assert_eq!(read(json!(2048)), Some(2048));
        assert_eq!(read(json!("0b")), Some(0));
        assert_eq!(ByteSize::kb(100), ByteSize::bytes(102_400));
        assert_eq!(ByteSize::mb(1).as_u64(), 1 << 20);
        assert_eq!(ByteSize::mb(u64::MAX).as_u64(), u64::MAX);
    }

    #[test]
    fn what_is_no_size() {
        for value in [
            json!("1 megabyte"),
            json!("kb"),
            json!(-1),
            json!("-1kb"),
            json!(1.5),
            json!("1.kb"),
            json!(""),
        ] {
            assert_eq!(read(value.clone()), None, "{value}");
        }
        assert_eq!(read(json!("99999999999tb")), None);
    }
}
