//! A line for a machine: one JSON object.
//!
//! `serde_json` escapes what JSON requires. That leaves characters that some readers take for the end of a
//! line (U+2028) and some terminals for a command (U+009B); they are escaped too, which JSON allows.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::line::Line;
use super::text_safety::{LONGEST, is_active, shortened};
use super::value::FieldValue;

/// Appends the line, without a newline at its end.
pub(super) fn render(line: &Line<'_>, buffer: &mut Vec<u8>) {
    let time = humantime::format_rfc3339_millis(line.time);
    // Writing into a `Vec` cannot fail; a time beyond the year 9999 leaves an empty string.
    let _ = write!(buffer, "{{\"timestamp\":\"{time}\"");
    let _ = write!(buffer, ",\"level\":\"{}\",\"message\":", line.level);
    string(line.message, buffer);
    let first = ["plugin", "service"]
        .into_iter()
        .filter_map(|name| Some((name, line.get(name)?)));
    for (name, field) in first.chain(line.others()) {
        buffer.push(b',');
        string(name, buffer);
        buffer.push(b':');
        value(field, buffer);
    }
    buffer.push(b'}');
}

/// Appends a value.
pub(super) fn value(value: FieldValue<'_>, buffer: &mut Vec<u8>) {
    match value {
        FieldValue::Text(text) => string(text, buffer),
        FieldValue::Bool(value) => serialize(&value, buffer),
        FieldValue::Signed(number) => serialize(&number, buffer),
        FieldValue::Unsigned(number) => serialize(&number, buffer),
        FieldValue::Float(number) if number.is_finite() => serialize(&number, buffer),
        // `serde_json` would write `null`, which hides that something went wrong.
        FieldValue::Float(number) => string(&number.to_string(), buffer),
        FieldValue::Json(value) => {
            let start = buffer.len();
            serialize(value, buffer);
            if buffer.len() - start > LONGEST {
                let text = String::from_utf8_lossy(&buffer[start..]).into_owned();
                buffer.truncate(start);
                string(&text, buffer);
            }
        }
    }
}

/// Appends a text in quotes.
pub(super) fn string(text: &str, buffer: &mut Vec<u8>) {
    serialize(&*shortened(text), buffer);
}

fn serialize<T: Serialize + ?Sized>(value: &T, buffer: &mut Vec<u8>) {
    let mut serializer = Serializer::with_formatter(buffer, OneLine);
    // Neither JSON values nor scalars have anything that serde_json refuses.
    let _ = value.serialize(&mut serializer);
}

/// Compact, and with every active character escaped.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        // Nearly all are ASCII: this looks at many bytes at once.
        let is_plain = |plain, byte| plain & matches!(byte, b' '..=b'~');
        if fragment.bytes().fold(true, is_plain) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut written = 0;
        for (index, character) in fragment.char_indices() {
            if !character.is_ascii_graphic() && is_active(character) {
                writer.write_all(&fragment.as_bytes()[written..index])?;
                // All active characters lie below U+10000, so one escape is enough.
                write!(writer, "\\u{:04x}", u32::from(character))?;
                written = index + character.len_utf8();
            }
        }
        CompactFormatter.write_string_fragment(writer, &fragment[written..])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(field: FieldValue<'_>) -> String {
        let mut buffer = Vec::new();
        value(field, &mut buffer);
        String::from_utf8(buffer).expect("UTF-8")
    }

    #[test]
    fn active_characters_are_escaped_and_come_back() {
        let text = "a\n\r\t\x1b[31m\x7f\u{9b}\u{2028}\u{202e}é\"\\";
        let json = written(FieldValue::Text(text));
        assert_eq!(json, r#""a\n\r\t\u001b[31m\u007f\u009b\u2028\u202eé\"\\""#);
        let back: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(back, json!(text));
    }

    #[test]
    fn active_characters_in_nested_values_are_escaped() {
        let nested = json!({ "a\u{9b}": ["\u{2028}"] });
        assert_eq!(
            written(FieldValue::from(&nested)),
            r#"{"a\u009b":["\u2028"]}"#
        );
    }

    #[test]
    fn numbers_that_are_none_become_text() {
        assert_eq!(written(FieldValue::Float(0.5)), "0.5");
        assert_eq!(written(FieldValue::Float(f64::NAN)), "\"NaN\"");
        assert_eq!(written(FieldValue::Float(f64::NEG_INFINITY)), "\"-inf\"");
    }

    #[test]
    fn a_huge_value_is_cut_and_stays_json() {
        let huge = json!({ "list": vec!["abcdefgh"; LONGEST / 8] });
        let json = written(FieldValue::from(&huge));
        let back: Value = serde_json::from_str(&json).expect("JSON");
        assert!(
            back.as_str()
                .is_some_and(|text| text.ends_with(" bytes more)"))
        );
    }
}
