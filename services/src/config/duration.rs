//! Spans of time as people write them.
//!
//! `30s`, `2 seconds`, `1d`, ISO 8601 `PT5M` and `P2DT6H`, and `{ minutes: 5 }` are all in use in
//! existing configurations. A bare number is refused, because half of its readers take it for
//! seconds and the other half for milliseconds; so is `1h30m`, which is `PT1H30M` or `{ hours: 1,
//! minutes: 30 }`. A month is 30 days and a year is 365: this measures waiting, not calendars.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::{Serialize, Serializer};

/// The name of the format in a schema.
pub(super) const FORMAT: &str = "human-duration";

/// What a reader of a message is told to write.
pub(super) const WANTED: &str = "a duration such as `30s`, `PT5M` or `{ minutes: 5 }`";

const DAY: f64 = 86_400.0;

/// The keys of the form with an object, with the seconds of each.
const PARTS: [(&str, f64); 8] = [
    ("years", 365.0 * DAY),
    ("months", 30.0 * DAY),
    ("weeks", 7.0 * DAY),
    ("days", DAY),
    ("hours", 3600.0),
    ("minutes", 60.0),
    ("seconds", 1.0),
    ("milliseconds", 0.001),
];

const PART_NAMES: [&str; 8] = [
    "years",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
];

/// A span of time, never negative: `30s`, `PT5M` or `{ minutes: 5 }` in the configuration.
///
/// It is written back in milliseconds (`300000ms`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HumanDuration(Duration);

impl From<HumanDuration> for Duration {
    fn from(duration: HumanDuration) -> Self {
        duration.0
    }
}

impl From<Duration> for HumanDuration {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

/// The duration that a text spells.
pub(super) fn parse(text: &str) -> Option<HumanDuration> {
    let text = text.trim();
    let seconds = match text.strip_prefix(['P', 'p']) {
        Some(iso) => iso_seconds(iso)?,
        None => {
            let (amount, unit) = amount(text)?;
            amount * unit_seconds(unit.trim_start())?
        }
    };
    from_seconds(seconds)
}

fn from_seconds(seconds: f64) -> Option<HumanDuration> {
    // Microseconds are finer than anything written here; rounding keeps `0.1s` from being 99.999
    // ms.
    let rounded = (seconds * 1e6).round() / 1e6;
    Duration::try_from_secs_f64(rounded).ok().map(HumanDuration)
}

/// The number at the beginning of `text`, and what follows it.
fn amount(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')?;
    let (digits, rest) = text.split_at(end);
    if !digits.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((digits.replace(',', ".").parse().ok()?, rest))
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7.0 * DAY,
        "y" | "yr" | "yrs" | "year" | "years" => 365.0 * DAY,
        _ => return None,
    })
}

/// The seconds of an ISO 8601 duration without its `P`.
fn iso_seconds(text: &str) -> Option<f64> {
    const DATE: [(char, f64); 4] = [
        ('Y', 365.0 * DAY),
        ('M', 30.0 * DAY),
        ('W', 7.0 * DAY),
        ('D', DAY),
    ];
    const TIME: [(char, f64); 3] = [('H', 3600.0), ('M', 60.0), ('S', 1.0)];
    let text = text.to_ascii_uppercase();
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None if text.is_empty() => return None,
        None => (text.as_str(), ""),
    };
    Some(designated(date, &DATE)? + designated(time, &TIME)?)
}

/// Amounts with designators, each at most once and in the order of `designators`.
fn designated(mut text: &str, mut designators: &[(char, f64)]) -> Option<f64> {
    let mut seconds = 0.0;
    while !text.is_empty() {
        let (number, rest) = amount(text)?;
        let letter = rest.chars().next()?;
        let at = designators
            .iter()
            .position(|(designator, _)| *designator == letter)?;
        seconds += number * designators[at].1;
        designators = &designators[at + 1..];
        text = &rest[letter.len_utf8()..];
    }
    Some(seconds)
}

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}ms", self.0.as_secs_f64() * 1000.0))
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

impl<'de> Visitor<'de> for DurationVisitor {
    type Value = HumanDuration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<HumanDuration, E> {
        parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<HumanDuration, A::Error> {
        let mut seconds = None;
        while let Some(key) = entries.next_key::<String>()? {
            let Some((_, factor)) = PARTS.iter().find(|(name, _)| *name == key) else {
                return Err(A::Error::unknown_field(&key, &PART_NAMES));
            };
            let Amount(amount) = entries.next_value()?;
            seconds = Some(seconds.unwrap_or(0.0) + amount * factor);
        }
        seconds
            .and_then(from_seconds)
            .ok_or_else(|| A::Error::invalid_value(Unexpected::Map, &self))
    }
}

/// A number of units, at least 0; also one that was written as text.
struct Amount(f64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = f64::deserialize(deserializer)?;
        if amount >= 0.0 {
            Ok(Self(amount))
        } else {
            Err(D::Error::invalid_value(
                Unexpected::Float(amount),
                &"a number of 0 or more",
            ))
        }
    }
}

impl JsonSchema for HumanDuration {
    fn schema_name() -> Cow<'static, str> {
        "HumanDuration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let part = json_schema!({ "type": "number", "minimum": 0 });
        let properties: serde_json::Map<_, _> = PART_NAMES
            .iter()
            .map(|name| ((*name).to_owned(), part.clone().to_value()))
            .collect();
        json_schema!({
            "type": ["string", "object"],
            "format": FORMAT,
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
            "examples": ["30s", "PT5M", { "minutes": 5 }],
        })
    }
}
