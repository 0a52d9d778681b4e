//! Slots by a cron pattern, in a time zone.
//!
//! When clocks are set forward, a slot in the hour that is left out comes when that hour is over; when they are set back, a
//! slot at a fixed time comes once, and one of `*` or `*/n` in both hours. The time zones are those that the program
//! brings along, so that all replicas have the same.

use std::fmt;
use std::sync::Arc;

use croner::Cron;
use croner::parser::{CronParser, Year};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::SchedulerError;

/// A cron pattern and its time zone.
#[derive(Clone)]
pub struct CronSchedule {
    pattern: String,
    /// Shared, since it is large and schedules are cloned.
    cron: Arc<Cron>,
    zone: TimeZone,
    zone_name: Option<String>,
}

impl CronSchedule {
    /// Reads `[second] minute hour day-of-month month day-of-week`, in UTC.
    ///
    /// # Errors
    ///
    /// It is no pattern, or it names a day that never comes.
    pub fn new(pattern: &str) -> Result<Self, SchedulerError> {
        let parser = CronParser::builder().year(Year::Disallowed).build();
        let cron = parser.parse(pattern).map_err(|error| {
            SchedulerError::invalid(format!(
                "`{pattern}` is no cron pattern (`[second] minute hour day month weekday`): {error}"
            ))
        })?;
        let schedule = Self {
            pattern: pattern.to_owned(),
            cron: Arc::new(cron),
            zone: TimeZone::UTC,
            zone_name: None,
        };
        if schedule.next_after(0).is_none() {
            let message = format!("the cron pattern `{pattern}` never comes up");
            return Err(SchedulerError::invalid(message));
        }
        Ok(schedule)
    }

    /// The same by the clocks of another time zone, such as `Europe/Berlin`.
    ///
    /// # Errors
    ///
    /// There is no time zone of this name.
    pub fn in_time_zone(mut self, name: &str) -> Result<Self, SchedulerError> {
        self.zone = TimeZone::get(name).map_err(|_| {
            let message =
                format!("there is no time zone `{name}`; they have names such as `Europe/Berlin`");
            SchedulerError::invalid(message)
        })?;
        self.zone_name = Some(name.to_owned());
        Ok(self)
    }

    /// The pattern, as it was given.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The time zone, unless it is UTC by default.
    #[must_use]
    pub fn time_zone(&self) -> Option<&str> {
        self.zone_name.as_deref()
    }

    /// The first slot later than this time, both in milliseconds since 1970.
    pub(super) fn next_after(&self, time: i64) -> Option<i64> {
        let next = self.cron.find_next_occurrence(&self.zoned(time)?, false);
        next.ok().map(|next| next.timestamp().as_millisecond())
    }

    /// The last slot that is no later than this time.
    pub(super) fn last_until(&self, time: i64) -> Option<i64> {
        let last = self.cron.find_previous_occurrence(&self.zoned(time)?, true);
        last.ok().map(|last| last.timestamp().as_millisecond())
    }

    fn zoned(&self, time: i64) -> Option<Zoned> {
        // The pattern knows of whole seconds only.
        let second = Timestamp::from_second(time.div_euclid(1000)).ok()?;
        Some(second.to_zoned(self.zone.clone()))
    }
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        (&self.pattern, &self.zone_name) == (&other.pattern, &other.zone_name)
    }
}

impl fmt::Debug for CronSchedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CronSchedule")
            .field("pattern", &self.pattern)
            .field("time_zone", &self.zone_name)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> i64 {
        time.parse::<Timestamp>().expect("a time").as_millisecond()
    }

    fn slots(schedule: &CronSchedule, after: &str, count: usize) -> Vec<String> {
        let mut time = at(after);
        let mut next = || {
            time = schedule.next_after(time).expect("there is always another");
            let time = Timestamp::from_millisecond(time).expect("in range");
            time.to_string()
        };
        (0..count).map(|_| next()).collect()
    }

    fn berlin(pattern: &str) -> CronSchedule {
        let schedule = CronSchedule::new(pattern).expect("a pattern");
        schedule.in_time_zone("Europe/Berlin").expect("a zone")
    }

    #[test]
    fn seconds_may_be_left_out() {
        let minutes = CronSchedule::new("*/15 * * * *").expect("a pattern");
        let found = slots(&minutes, "2026-01-01T00:00:00.5Z", 2);
        assert_eq!(found, ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]);
        let seconds = CronSchedule::new("*/20 * * * * *").expect("a pattern");
        let found = slots(&seconds, "2026-01-01T00:00:00Z", 2);
        assert_eq!(found, ["2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z"]);
    }

    #[test]
    fn a_slot_that_is_left_out_in_spring_comes_when_the_hour_is_over() {
        // On 29 March 2026 it is 3 o'clock right after 2 o'clock, which is 1 o'clock in UTC.
        let found = slots(&berlin("30 2 * * *"), "2026-03-28T00:00:00Z", 3);
        assert_eq!(
            found,
            [
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z"
            ]
        );
    }

    #[test]
    fn a_slot_that_comes_twice_in_autumn_runs_once_if_its_time_is_fixed() {
        // On 25 October 2026 it is 2:30 at 0:30 and again at 1:30 in UTC.
        let found = slots(&berlin("30 2 * * *"), "2026-10-24T12:00:00Z", 2);
        assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
        let found = slots(&berlin("*/30 * * * *"), "2026-10-25T00:00:00Z", 4);
        assert_eq!(
            found,
            [
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:00:00Z"
            ]
        );
    }

    #[test]
    fn the_last_slot_is_found_too() {
        let nightly = berlin("0 2 * * *");
        assert_eq!(
            nightly.last_until(at("2026-06-02T00:00:00.9Z")),
            Some(at("2026-06-02T00:00:00Z"))
        );
        assert_eq!(
            nightly.last_until(at("2026-06-01T23:59:59Z")),
            Some(at("2026-06-01T00:00:00Z"))
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refusal = |pattern: &str| {
            let error = CronSchedule::new(pattern).expect_err("it is wrong");
            error.to_string()
        };
        assert!(refusal("60 * * * *").starts_with("`60 * * * *` is no cron pattern"));
        assert!(refusal("* * * * * * 2030").contains("no cron pattern"));
        assert!(refusal("0 0 30 2 *").contains("never comes up"));
        let nowhere = CronSchedule::new("* * * * *").expect("a pattern");
        let error = nowhere.in_time_zone("Moon/Crater").expect_err("no zone");
        assert!(error.to_string().contains("`Moon/Crater`"), "{error}");
    }
}
