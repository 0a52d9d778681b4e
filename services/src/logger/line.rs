//! A line before it is formatted: all fields in their final order, each name once.

use std::sync::Arc;
use std::time::SystemTime;

use super::Fields;
use super::level::Level;
use super::record::Record;
use super::value::FieldValue;

/// A field of a line.
pub(super) type Entry<'a> = (&'a str, FieldValue<'a>);

/// The value of `service` where nobody gave one.
pub(super) const DEFAULT_SERVICE: &str = "backstage";

/// A line that is ready to be formatted.
pub(super) struct Line<'a> {
    pub(super) time: SystemTime,
    pub(super) level: Level,
    pub(super) message: &'a str,
    /// Sorted by name; `plugin` and `service` are among them.
    fields: Vec<Entry<'a>>,
}

/// The same entries as in the configuration or a logger.
pub(super) fn entries_of(fields: &Fields) -> impl Iterator<Item = Entry<'_>> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), FieldValue::from(value)))
}

impl<'a> Line<'a> {
    /// Puts a line together from its sources, the nearest first.
    ///
    /// `own` are the fields of the event or of the call and its logger, `spans` go from leaf to root.
    pub(super) fn new<'own: 'a>(
        (time, level, message): (SystemTime, Level, &'a str),
        own: impl Iterator<Item = Entry<'own>>,
        spans: &'a [Arc<Record>],
        meta: &'a Fields,
    ) -> Self {
        let mut fields = Vec::with_capacity(16);
        for entry in own {
            fields.push(entry);
        }
        fields.extend(spans.iter().flat_map(|record| record.entries()));
        fields.extend(entries_of(meta));
        fields.push(("service", FieldValue::Text(DEFAULT_SERVICE)));
        for (name, _) in &mut fields {
            *name = unreserved(name);
        }
        // The sort is stable, so the first of a name is the nearest.
        fields.sort_by_key(|(name, _)| *name);
        fields.dedup_by_key(|(name, _)| *name);
        Self {
            time,
            level,
            message,
            fields,
        }
    }

    /// The value of a field.
    pub(super) fn get(&self, name: &str) -> Option<FieldValue<'a>> {
        let found = self.fields.binary_search_by_key(&name, |(name, _)| name);
        found.ok().map(|index| self.fields[index].1)
    }

    /// All fields except `plugin` and `service`, sorted by name.
    pub(super) fn others(&self) -> impl Iterator<Item = Entry<'a>> {
        let all = self.fields.iter().copied();
        all.filter(|(name, _)| !matches!(*name, "plugin" | "service"))
    }
}

/// Moves a field out of the way of what every line has.
fn unreserved(name: &str) -> &str {
    match name {
        "timestamp" => "field.timestamp",
        "level" => "field.level",
        "message" => "field.message",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_source_wins_and_names_are_sorted() {
        let own = [
            ("z", FieldValue::Signed(1)),
            ("level", FieldValue::Signed(2)),
            ("a", FieldValue::Signed(3)),
            ("a", FieldValue::Signed(4)),
        ];
        let meta = json!({ "z": 5, "m": "meta", "service": "shop" });
        let meta = meta.as_object().expect("an object");
        let head = (SystemTime::UNIX_EPOCH, Level::Info, "");
        let line = Line::new(head, own.into_iter(), &[], meta);
        let others: Vec<_> = line.others().collect();
        assert_eq!(
            others,
            [
                ("a", FieldValue::Signed(3)),
                ("field.level", FieldValue::Signed(2)),
                ("m", FieldValue::Text("meta")),
                ("z", FieldValue::Signed(1)),
            ]
        );
        assert_eq!(line.get("service"), Some(FieldValue::Text("shop")));
        assert_eq!(line.get("plugin"), None);
    }
}
