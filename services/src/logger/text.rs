//! A line for a person.
//!
//! `<time> <level> <plugin, service or target> <message> <key>=<value> …`. Who looks at a terminal wants to
//! see whose line it is, not all that identifies it: `service` is left out where it says nothing, and a
//! `target` takes its place for events of libraries.

use std::io::Write;

use super::format::Colours;
use super::json;
use super::level::Level;
use super::line::{DEFAULT_SERVICE, Line};
use super::text_safety::{is_active, shortened};
use super::value::FieldValue;

const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BLUE: &str = "\x1b[34m";
const MAGENTA: &str = "\x1b[35m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// What the further lines of a message begin with, so that they cannot pass for lines of their own.
const INDENT: &[u8] = b"    ";

/// Fields whose newlines are worth keeping; they come last, indented.
const BLOCKS: [&str; 2] = ["backtrace", "stack"];

/// Appends the line, without a newline at its end.
pub(super) fn render(line: &Line<'_>, colours: Colours, buffer: &mut Vec<u8>) {
    let level_style = match line.level {
        Level::Error => RED,
        Level::Warn => YELLOW,
        Level::Info => GREEN,
        Level::Debug => MAGENTA,
        Level::Trace => DIM,
    };
    let time = humantime::format_rfc3339_millis(line.time);
    let level = line.level;
    let (subject, subject_value) = subject(line);
    styled(DIM, colours, buffer, |buffer| {
        write_to(buffer, format_args!("{time}"));
    });
    buffer.push(b' ');
    styled(level_style, colours, buffer, |buffer| {
        write_to(buffer, format_args!("{level:<5}"));
    });
    buffer.push(b' ');
    styled(BLUE, colours, buffer, |buffer| value(subject_value, buffer));
    buffer.push(b' ');
    message(line.message, buffer);
    let service = line
        .get("service")
        .filter(|service| subject != "service" && *service != FieldValue::Text(DEFAULT_SERVICE));
    let fields = service.map(|service| ("service", service));
    let fields = fields.into_iter().chain(line.others());
    for (name, field) in fields.filter(|(name, field)| *name != subject && !is_block(name, *field))
    {
        buffer.push(b' ');
        styled(CYAN, colours, buffer, |buffer| {
            value(FieldValue::Text(name), buffer);
        });
        buffer.push(b'=');
        value(field, buffer);
    }
    for (name, field) in line.others().filter(|(name, field)| is_block(name, *field)) {
        buffer.push(b'\n');
        buffer.extend_from_slice(INDENT);
        styled(CYAN, colours, buffer, |buffer| {
            write_to(buffer, format_args!("{name}"));
        });
        buffer.push(b'\n');
        buffer.extend_from_slice(INDENT);
        message(field.as_text().unwrap_or_default().trim_end(), buffer);
    }
}

/// Whose line it is: the name of the field that says it, and its value.
fn subject<'a>(line: &Line<'a>) -> (&'static str, FieldValue<'a>) {
    let default = FieldValue::Text(DEFAULT_SERVICE);
    let service = line.get("service").unwrap_or(default);
    match (line.get("plugin"), line.get("target")) {
        (Some(plugin), _) => ("plugin", plugin),
        (None, Some(target)) if service == default => ("target", target),
        (None, _) => ("service", service),
    }
}

fn is_block(name: &str, field: FieldValue<'_>) -> bool {
    BLOCKS.contains(&name) && field.as_text().is_some_and(|text| text.contains('\n'))
}

fn write_to(buffer: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing into a `Vec` cannot fail; a time beyond the year 9999 leaves nothing.
    let _ = buffer.write_fmt(text);
}

fn styled(style: &str, colours: Colours, buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    match colours {
        Colours::None => write(buffer),
        Colours::Ansi => {
            buffer.extend_from_slice(style.as_bytes());
            write(buffer);
            buffer.extend_from_slice(RESET.as_bytes());
        }
    }
}

/// Appends a text of one or several lines.
fn message(text: &str, buffer: &mut Vec<u8>) {
    for (index, line) in shortened(text).lines().enumerate() {
        if index > 0 {
            buffer.push(b'\n');
            buffer.extend_from_slice(INDENT);
        }
        let acts = |character: char| character != '\t' && is_active(character);
        if !line.contains(acts) {
            buffer.extend_from_slice(line.as_bytes());
            continue;
        }
        for character in line.chars() {
            if acts(character) {
                write_to(buffer, format_args!("{}", character.escape_default()));
            } else {
                write_to(buffer, format_args!("{character}"));
            }
        }
    }
}

/// Appends a value: a text without quotes if it is plainly one word, else JSON.
fn value(value: FieldValue<'_>, buffer: &mut Vec<u8>) {
    let is_plain = |character: char| {
        !character.is_whitespace()
            && !is_active(character)
            && !matches!(character, '"' | '\\' | '=')
    };
    match value {
        FieldValue::Text(text) if !text.is_empty() && text.chars().all(is_plain) => {
            buffer.extend_from_slice(shortened(text).as_bytes());
        }
        other => json::value(other, buffer),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;
    use crate::logger::line::entries_of;

    #[test]
    fn colours_do_not_touch_the_text() {
        let fields = json!({ "plugin": "example", "a": 1, "b": "\x1b[31m" });
        let fields = fields.as_object().expect("an object");
        let meta = crate::logger::Fields::new();
        let written = |level, colours| {
            let head = (SystemTime::UNIX_EPOCH, level, "ready");
            let line = Line::new(head, entries_of(fields), &[], &meta);
            let mut buffer = Vec::new();
            render(&line, colours, &mut buffer);
            String::from_utf8(buffer).expect("UTF-8")
        };
        assert_eq!(
            written(Level::Info, Colours::Ansi),
            "\x1b[2m1970-01-01T00:00:00.000Z\x1b[0m \x1b[32minfo \x1b[0m \x1b[34mexample\x1b[0m ready \
             \x1b[36ma\x1b[0m=1 \x1b[36mb\x1b[0m=\"\\u001b[31m\""
        );
        assert!(written(Level::Error, Colours::Ansi).contains("\x1b[31merror\x1b[0m"));
        assert_eq!(
            written(Level::Info, Colours::None),
            "1970-01-01T00:00:00.000Z info  example ready a=1 b=\"\\u001b[31m\""
        );
    }
}
