//! The fields of an event or a span, collected from `tracing`.
//!
//! `tracing` shows each value once, for the length of a call, so it has to be kept. All texts of a record
//! go into one string that is used again for the next event of the thread: an event with ten fields costs
//! no more allocations than one with none.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::ops::Range;

use tracing::field::{Field, Visit};

use super::error_fields::cause_of;
use super::line::Entry;
use super::value::FieldValue;

/// The fields of an event or a span.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    texts: String,
    fields: Vec<(&'static str, Stored)>,
}

#[derive(Clone, Debug)]
enum Stored {
    /// A piece of `texts`.
    Text(Range<usize>),
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
}

/// Above this many bytes the string of a thread is given back rather than kept.
const KEPT: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Record> = Cell::default();
}

impl Record {
    /// Fills a record and lends it out.
    ///
    /// `fill` runs code of users (`Debug` implementations), which may itself log: the inner event then finds
    /// no spare record and starts with an empty one.
    pub(super) fn lend(fill: impl FnOnce(&mut Self), work: impl FnOnce(&Self)) {
        let mut record = SPARE.try_with(Cell::take).unwrap_or_default();
        fill(&mut record);
        work(&record);
        if record.texts.capacity() <= KEPT {
            record.texts.clear();
            record.fields.clear();
            // While the thread ends there is nowhere to keep it, which does no harm.
            let _ = SPARE.try_with(|spare| spare.set(record));
        }
    }

    /// All fields, the latest first, so that the first of a name is the one that counts.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let latest_first = self.fields.iter().rev();
        latest_first.map(|(name, stored)| -> Entry<'_> { (name, self.value(stored)) })
    }

    /// The text of the field `message`, which the macros of `tracing` fill with their format string.
    pub(super) fn message(&self) -> Option<&str> {
        let (_, value) = self.entries().find(|(name, _)| *name == "message")?;
        value.as_text()
    }

    /// This record with the fields of `newer` in place of its own of the same name.
    pub(super) fn updated_by(&self, newer: &Self) -> Self {
        let mut merged = Self::default();
        let is_new = |name| newer.fields.iter().any(|(field, _)| *field == name);
        for (name, stored) in &self.fields {
            if !is_new(*name) {
                merged.push(name, self.value(stored));
            }
        }
        for (name, stored) in &newer.fields {
            merged.push(name, newer.value(stored));
        }
        merged
    }

    fn value(&self, stored: &Stored) -> FieldValue<'_> {
        match stored {
            Stored::Text(range) => FieldValue::Text(&self.texts[range.clone()]),
            Stored::Bool(value) => FieldValue::Bool(*value),
            Stored::Signed(number) => FieldValue::Signed(*number),
            Stored::Unsigned(number) => FieldValue::Unsigned(*number),
            Stored::Float(number) => FieldValue::Float(*number),
        }
    }

    fn push(&mut self, name: &'static str, value: FieldValue<'_>) {
        if is_for_tracers(name) {
            return;
        }
        let stored = match value {
            FieldValue::Text(text) => return self.push_text(name, |texts| texts.push_str(text)),
            FieldValue::Bool(value) => Stored::Bool(value),
            FieldValue::Signed(number) => Stored::Signed(number),
            FieldValue::Unsigned(number) => Stored::Unsigned(number),
            FieldValue::Float(number) => Stored::Float(number),
            FieldValue::Json(value) => {
                return self.push_text(name, |texts| texts.push_str(&value.to_string()));
            }
        };
        self.fields.push((name, stored));
    }

    fn push_text(&mut self, name: &'static str, write: impl FnOnce(&mut String)) {
        if is_for_tracers(name) {
            return;
        }
        let start = self.texts.len();
        write(&mut self.texts);
        let range = start..self.texts.len();
        self.fields.push((name, Stored::Text(range)));
    }

    fn push_display(&mut self, field: &Field, value: impl fmt::Display) {
        self.push_text(name_of(field), |texts| {
            // A value that refuses to be formatted leaves what it had written so far.
            let _ = write!(texts, "{value}");
        });
    }
}

/// Whether a field says something about its span to whoever exports traces, such as the span's name; no news for a log.
fn is_for_tracers(name: &str) -> bool {
    name.starts_with("otel.")
}

/// A field that is called like a keyword arrives as `r#type`.
fn name_of(field: &Field) -> &'static str {
    let name = field.name();
    name.strip_prefix("r#").unwrap_or(name)
}

impl Visit for Record {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(name_of(field), FieldValue::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(name_of(field), FieldValue::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(name_of(field), FieldValue::Unsigned(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match i64::try_from(value) {
            Ok(number) => self.record_i64(field, number),
            Err(_) => self.push_display(field, value),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(number) => self.record_u64(field, number),
            Err(_) => self.push_display(field, value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(name_of(field), FieldValue::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(name_of(field), FieldValue::Text(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        match cause_of(value) {
            Some(cause) => self.push_display(field, format_args!("{value}: {cause}")),
            None => self.push_display(field, value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push_display(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&'static str, FieldValue<'_>)]) -> Record {
        let mut record = Record::default();
        for (name, value) in fields {
            record.push(name, *value);
        }
        record
    }

    #[test]
    fn an_update_replaces_and_does_not_grow() {
        let mut merged = record(&[
            ("a", FieldValue::Text("one")),
            ("b", FieldValue::Bool(true)),
        ]);
        for _ in 0..100 {
            merged = merged.updated_by(&record(&[("a", FieldValue::Text("two"))]));
        }
        let entries: Vec<_> = merged.entries().collect();
        assert_eq!(
            entries,
            [
                ("a", FieldValue::Text("two")),
                ("b", FieldValue::Bool(true))
            ]
        );
        assert_eq!(merged.texts, "two");
    }

    #[test]
    fn what_a_span_tells_tracers_is_no_field() {
        let told = record(&[
            ("otel.name", FieldValue::Text("task a")),
            ("otel.count", FieldValue::Signed(1)),
            ("task", FieldValue::Text("a")),
        ]);
        let entries: Vec<_> = told.entries().collect();
        assert_eq!(entries, [("task", FieldValue::Text("a"))]);
    }

    #[test]
    fn a_record_inside_a_record_is_another() {
        Record::lend(
            |outer| {
                outer.push("a", FieldValue::Signed(1));
                Record::lend(|_| {}, |inner| assert_eq!(inner.entries().count(), 0));
            },
            |outer| assert_eq!(outer.entries().count(), 1),
        );
        Record::lend(|_| {}, |next| assert_eq!(next.entries().count(), 0));
    }
}
