//! How often a task runs.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::iso::iso;
use super::{CronSchedule, SchedulerError};
use crate::config::HumanDuration;

/// The shortest interval. What has to be done more often than this is no task for a schedule.
const SHORTEST: Duration = Duration::from_millis(100);

const WANTED: &str = "a duration such as `PT5M`, `30s` or `{ minutes: 5 }`, \
                      `{ cron: '0 2 * * *', timeZone: Europe/Berlin }`, or `{ trigger: manual }`";

/// How often a task runs.
///
/// In the configuration:
///
/// ```yaml
/// frequency: PT5M                                           # or `5 minutes`, or `{ minutes: 5 }`
/// frequency: { cron: '0 2 * * *' }                          # in UTC; six fields begin with seconds
/// frequency: { cron: '0 2 * * *', timeZone: Europe/Berlin }
/// frequency: { trigger: manual }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Frequency {
    /// In this interval, from begin to begin. The first run is at once.
    Every(Duration),
    /// At the times of a cron pattern.
    Cron(CronSchedule),
    /// Only when somebody triggers it.
    Manual,
}

/// The slots of a task that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// How many, from the first to the latest.
    pub(super) count: u64,
    pub(super) latest: i64,
    /// The one after that.
    pub(super) next: Option<i64>,
}

impl Frequency {
    pub(super) fn check(&self) -> Result<(), SchedulerError> {
        match self {
            Self::Every(interval) if *interval < SHORTEST => {
                let shortest = humantime::format_duration(SHORTEST);
                let message = format!("a task cannot run more often than every {shortest}");
                Err(SchedulerError::invalid(message))
            }
            _ => Ok(()),
        }
    }

    /// As it is kept and told: a duration, a pattern, or `manual`.
    pub(super) fn cadence(&self) -> String {
        match self {
            Self::Every(interval) => iso(*interval),
            Self::Cron(cron) => cron.pattern().to_owned(),
            Self::Manual => "manual".to_owned(),
        }
    }

    /// What was kept as this cadence, and the time zone of a pattern; none for what a newer version may write.
    pub(super) fn of_cadence(cadence: &str, time_zone: Option<&str>) -> Option<Self> {
        if cadence == "manual" {
            return Some(Self::Manual);
        }
        if cadence.starts_with('P') {
            return serde_json::from_value(cadence.into()).ok();
        }
        let cron = CronSchedule::new(cadence).ok()?;
        let cron = match time_zone {
            Some(zone) => cron.in_time_zone(zone).ok()?,
            None => cron,
        };
        Some(Self::Cron(cron))
    }

    /// The time zone of a pattern, unless it is UTC by default.
    pub(super) fn time_zone(&self) -> Option<&str> {
        match self {
            Self::Cron(cron) => cron.time_zone(),
            Self::Every(_) | Self::Manual => None,
        }
    }

    /// The first slot of a task that has never run; `delay` and times are in milliseconds.
    pub(super) fn first(&self, now: i64, delay: i64) -> Option<i64> {
        match self {
            Self::Every(_) => Some(now.saturating_add(delay)),
            Self::Cron(cron) => cron.next_after(now.saturating_add(delay)),
            Self::Manual => None,
        }
    }

    /// The first slot later than this one.
    pub(super) fn after(&self, slot: i64) -> Option<i64> {
        match self {
            Self::Every(interval) => Some(slot.saturating_add(milliseconds(*interval))),
            Self::Cron(cron) => cron.next_after(slot),
            Self::Manual => None,
        }
    }

    /// The slots from `first`, which has come, until now.
    pub(super) fn due(&self, first: i64, now: i64) -> Due {
        match self {
            Self::Every(interval) => {
                let interval = milliseconds(*interval);
                let steps = now.saturating_sub(first).max(0) / interval;
                let latest = first.saturating_add(steps * interval);
                Due {
                    count: steps.unsigned_abs() + 1,
                    latest,
                    next: Some(latest.saturating_add(interval)),
                }
            }
            Self::Cron(cron) => due_by_cron(cron, first, now),
            Self::Manual => Due {
                count: 1,
                latest: first,
                next: None,
            },
        }
    }
}

/// Counting costs time for each slot; after this many the count is a lower bound.
const COUNTED: u64 = 10_000;

fn due_by_cron(cron: &CronSchedule, first: i64, now: i64) -> Due {
    let (mut count, mut latest) = (1, first);
    loop {
        let next = cron.next_after(latest);
        match next {
            Some(next) if next <= now && count < COUNTED => {
                count += 1;
                latest = next;
            }
            Some(next) if next <= now => {
                latest = cron.last_until(now).unwrap_or(next);
                let next = cron.next_after(latest);
                return Due {
                    count,
                    latest,
                    next,
                };
            }
            _ => {
                return Due {
                    count,
                    latest,
                    next,
                };
            }
        }
    }
}

/// Whole milliseconds, at least one.
pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis())
        .unwrap_or(i64::MAX)
        .max(1)
}

impl From<CronSchedule> for Frequency {
    fn from(cron: CronSchedule) -> Self {
        Self::Cron(cron)
    }
}

impl<'de> Deserialize<'de> for Frequency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FrequencyVisitor)
    }
}

struct FrequencyVisitor;

impl<'de> Visitor<'de> for FrequencyVisitor {
    type Value = Frequency;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Frequency, E> {
        let text = Value::from(text);
        let interval = HumanDuration::deserialize(text).map_err(|error| E::custom(error))?;
        checked(Frequency::Every(interval.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Frequency, A::Error> {
        let mut fields = Map::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            fields.insert(key, value);
        }
        if let Some(trigger) = fields.remove("trigger") {
            return match trigger.as_str() {
                Some("manual") if fields.is_empty() => Ok(Frequency::Manual),
                _ => Err(A::Error::custom(
                    "the one way to trigger is `{ trigger: manual }`",
                )),
            };
        }
        if let Some(pattern) = fields.remove("cron") {
            let zone = fields.remove("timeZone");
            return cron_of(&pattern, zone.as_ref(), &fields).map_err(A::Error::custom);
        }
        // A number may stand there as text, as it does when it comes from a variable.
        for value in fields.values_mut() {
            if let Some(number) = value.as_str().and_then(|text| text.parse::<f64>().ok()) {
                *value = Value::from(number);
            }
        }
        let interval = HumanDuration::deserialize(Value::Object(fields));
        let interval = interval.map_err(A::Error::custom)?;
        checked(Frequency::Every(interval.into()))
    }
}

fn cron_of(
    pattern: &Value,
    zone: Option<&Value>,
    others: &Map<String, Value>,
) -> Result<Frequency, SchedulerError> {
    let text = |value: &Value, key: &str| {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| SchedulerError::invalid(format!("`{key}` must be a text")))
    };
    if let Some(other) = others.keys().next() {
        let message = format!("beside `cron` stands `timeZone` alone, and no `{other}`");
        return Err(SchedulerError::invalid(message));
    }
    let cron = CronSchedule::new(&text(pattern, "cron")?)?;
    Ok(Frequency::Cron(match zone {
        Some(zone) => cron.in_time_zone(&text(zone, "timeZone")?)?,
        None => cron,
    }))
}

fn checked<E: Error>(frequency: Frequency) -> Result<Frequency, E> {
    frequency.check().map_err(E::custom)?;
    Ok(frequency)
}

impl JsonSchema for Frequency {
    fn schema_name() -> Cow<'static, str> {
        "TaskFrequency".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let interval = generator.subschema_for::<HumanDuration>();
        json_schema!({ "anyOf": [
            interval,
            {
                "type": "object",
                "properties": { "cron": { "type": "string" }, "timeZone": { "type": "string" } },
                "required": ["cron"],
                "additionalProperties": false,
            },
            {
                "type": "object",
                "properties": { "trigger": { "const": "manual" } },
                "required": ["trigger"],
                "additionalProperties": false,
            },
        ]})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Frequency, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn all_spellings_of_the_anchor_are_read() {
        let five = Frequency::Every(Duration::from_secs(300));
        for value in [
            json!("PT5M"),
            json!("5 minutes"),
            json!({ "minutes": 5 }),
            json!({ "minutes": "5" }),
        ] {
            assert_eq!(read(value), Ok(five.clone()));
        }
        assert_eq!(read(json!({ "trigger": "manual" })), Ok(Frequency::Manual));
        let cron = read(json!({ "cron": "0 2 * * *", "timeZone": "Europe/Berlin" }));
        let Ok(Frequency::Cron(cron)) = cron else {
            panic!("{cron:?}");
        };
        assert_eq!(
            (cron.pattern(), cron.time_zone()),
            ("0 2 * * *", Some("Europe/Berlin"))
        );
    }

    #[test]
    fn a_mistake_is_told_with_what_is_wanted() {
        for (value, told) in [
            (json!(5), "a duration such as"),
            (json!("soon"), "a duration such as"),
            (json!({ "minutes": 0 }), "more often than every 100ms"),
            (json!({ "minute": 1 }), "unknown field `minute`"),
            (json!({ "cron": "nightly" }), "no cron pattern"),
            (
                json!({ "cron": "* * * * *", "timezone": "UTC" }),
                "`timezone`",
            ),
            (json!({ "trigger": "auto" }), "trigger: manual"),
        ] {
            let error = read(value.clone()).expect_err("it is wrong");
            assert!(error.contains(told), "{value}: {error}");
        }
    }

    #[test]
    fn what_is_kept_as_a_cadence_is_read_again() {
        let cron = CronSchedule::new("30 0 2 * * MON").expect("a pattern");
        let there = cron.clone().in_time_zone("Europe/Berlin").expect("a zone");
        for frequency in [
            Frequency::Manual,
            Frequency::Every(Duration::from_millis(100)),
            Frequency::Every(Duration::from_millis(90_061_001)),
            Frequency::Every(Duration::from_secs(365 * 86_400)),
            Frequency::Cron(cron),
            Frequency::Cron(there),
        ] {
            let cadence = frequency.cadence();
            let read = Frequency::of_cadence(&cadence, frequency.time_zone());
            assert_eq!(read, Some(frequency));
        }
        assert_eq!(Frequency::of_cadence("at dawn", None), None);
    }

    #[test]
    fn slots_lie_on_a_grid_from_the_first_one() {
        let half = Frequency::Every(Duration::from_millis(500));
        let due = |count, latest, next| Due {
            count,
            latest,
            next: Some(next),
        };
        assert_eq!(half.due(1000, 1000), due(1, 1000, 1500));
        assert_eq!(half.due(1000, 1499), due(1, 1000, 1500));
        assert_eq!(half.due(1000, 2600), due(4, 2500, 3000));

        let cron = CronSchedule::new("* * * * *").expect("a pattern");
        let minutely = Frequency::Cron(cron);
        assert_eq!(minutely.due(60_000, 60_000), due(1, 60_000, 120_000));
        assert_eq!(minutely.due(60_000, 200_000), due(3, 180_000, 240_000));
        let month = 30 * 86_400_000;
        let long = minutely.due(60_000, month + 1);
        assert_eq!((long.count, long.latest), (COUNTED, month));
    }
}
