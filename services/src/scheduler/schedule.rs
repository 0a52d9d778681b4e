//! When and how a task runs, as a plugin writes it or as it stands in the configuration.

use std::borrow::Cow;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::frequency::milliseconds;
use super::iso::iso;
use super::{CronSchedule, Frequency, SchedulerError};
use crate::config::HumanDuration;

/// When and how a task runs.
///
/// In a plugin's settings it is a type like any other, with the keys of Backstage's task schedules and two more:
///
/// ```yaml
/// schedule:
///   frequency: { cron: '0 2 * * *', timeZone: Europe/Berlin }
///   timeout: { minutes: 10 }
///   initialDelay: 15s
///   scope: global
///   missed: skip
///   jitter: 30s
/// ```
///
/// ```
/// use greenroom_services::scheduler::TaskSchedule;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct CatalogSettings {
///     /// When the sources are read.
///     schedule: TaskSchedule,
/// }
/// ```
///
/// | | default |
/// |---|---|
/// | frequency | it has none |
/// | timeout | 1 hour |
/// | initial delay | none |
/// | scope | [`Global`](TaskScope::Global) |
/// | missed | [`CatchUpOnce`](Missed::CatchUpOnce) |
/// | jitter | none |
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskSchedule {
    /// How often the task runs.
    pub frequency: Frequency,
    /// How long one run may take.
    #[serde(default = "TaskSchedule::default_timeout")]
    pub timeout: HumanDuration,
    /// How long each process waits after its start before it runs the task for the first time.
    #[serde(default)]
    pub initial_delay: Option<HumanDuration>,
    /// Whether one of all replicas runs the task, or each of them.
    #[serde(default)]
    pub scope: TaskScope,
    /// What becomes of a run that was due while nobody was there for it.
    #[serde(default)]
    pub missed: Missed,
    /// A run begins later than planned by up to this long, so that not everything runs at the full hour.
    #[serde(default)]
    pub jitter: Option<HumanDuration>,
}

/// Where a task runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TaskScope {
    /// On one of all replicas at a time.
    #[default]
    Global,
    /// On each replica, by itself.
    Local,
}

impl TaskScope {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Local => "local",
        }
    }
}

/// What becomes of a run that was due while nobody was there for it: the backend was down, or the replica that had
/// begun it died or stopped in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Missed {
    /// The task runs once as soon as it can, however many runs were missed. A run that kills its process, or loses its
    /// lease, is tried three times in a row, and then waits for its next slot.
    #[default]
    CatchUpOnce,
    /// The next run is at the next slot.
    Skip,
}

impl TaskSchedule {
    /// A schedule of any frequency.
    #[must_use]
    pub fn new(frequency: impl Into<Frequency>) -> Self {
        Self {
            frequency: frequency.into(),
            timeout: Self::default_timeout(),
            initial_delay: None,
            scope: TaskScope::default(),
            missed: Missed::default(),
            jitter: None,
        }
    }

    /// Runs at once and then in this interval, from begin to begin. 100 ms is the shortest.
    #[must_use]
    pub fn every(interval: Duration) -> Self {
        Self::new(Frequency::Every(interval))
    }

    /// Runs at the times of a cron pattern, `[second] minute hour day-of-month month day-of-week`, in UTC. For another time
    /// zone see [`CronSchedule::in_time_zone`].
    ///
    /// # Errors
    ///
    /// It is no pattern, or it names a day that never comes.
    pub fn cron(pattern: &str) -> Result<Self, SchedulerError> {
        Ok(Self::new(CronSchedule::new(pattern)?))
    }

    /// Runs only when somebody triggers it.
    #[must_use]
    pub fn manual() -> Self {
        Self::new(Frequency::Manual)
    }

    /// How long one run may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// How long each process waits after its start before it runs the task for the first time.
    #[must_use]
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = Some(delay.into());
        self
    }

    /// Whether one of all replicas runs it, or each of them.
    #[must_use]
    pub fn scope(mut self, scope: TaskScope) -> Self {
        self.scope = scope;
        self
    }

    /// What becomes of a run that was missed.
    #[must_use]
    pub fn missed(mut self, missed: Missed) -> Self {
        self.missed = missed;
        self
    }

    /// Lets a run begin later than planned, by up to this long.
    #[must_use]
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = Some(jitter.into());
        self
    }

    fn default_timeout() -> HumanDuration {
        Duration::from_secs(3600).into()
    }

    pub(super) fn check(&self) -> Result<(), SchedulerError> {
        if Duration::from(self.timeout).is_zero() {
            let message = "the timeout of a task must be longer than 0";
            return Err(SchedulerError::invalid(message));
        }
        self.frequency.check()
    }

    pub(super) fn delay_milliseconds(&self) -> i64 {
        self.initial_delay
            .map_or(0, |delay| milliseconds(delay.into()))
    }

    /// When the run of a slot may begin.
    pub(super) fn begin_of(&self, slot: i64) -> i64 {
        fastrand::i64(slot..=self.latest_begin(slot))
    }

    /// The latest time at which the run of a slot begins if nothing is in its way.
    pub(super) fn latest_begin(&self, slot: i64) -> i64 {
        let jitter = self.jitter.map_or(0, |jitter| milliseconds(jitter.into()));
        slot.saturating_add(jitter)
    }

    /// The same at the pace that is in force, which is that of the settings that were registered last: replicas of an
    /// older version plan by it too, as long as they are there.
    pub(super) fn at_pace_of(&self, settings: &Value) -> Cow<'_, Self> {
        let text = |key: &str| settings.get(key).and_then(Value::as_str);
        let (cadence, zone) = (text("cadence").unwrap_or_default(), text("timeZone"));
        if cadence == self.frequency.cadence() && zone == self.frequency.time_zone() {
            return Cow::Borrowed(self);
        }
        match Frequency::of_cadence(cadence, zone) {
            Some(frequency) => Cow::Owned(Self {
                frequency,
                ..self.clone()
            }),
            None => Cow::Borrowed(self),
        }
    }

    /// As Backstage keeps and tells it; what it does not know stands there only when it is used.
    pub(super) fn settings(&self) -> Value {
        let mut settings = Map::new();
        settings.insert("version".to_owned(), json!(2));
        let mut put = |key: &str, value: String| settings.insert(key.to_owned(), value.into());
        put("cadence", self.frequency.cadence());
        if let Some(zone) = self.frequency.time_zone() {
            put("timeZone", zone.to_owned());
        }
        if let Some(delay) = self.initial_delay {
            put("initialDelayDuration", iso(delay.into()));
        }
        put("timeoutAfterDuration", iso(self.timeout.into()));
        if self.missed == Missed::Skip {
            put("missed", "skip".to_owned());
        }
        if let Some(jitter) = self.jitter {
            put("jitterDuration", iso(jitter.into()));
        }
        Value::Object(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_from_a_configuration() {
        let read: TaskSchedule = serde_json::from_value(json!({
            "frequency": { "minutes": 5 },
            "timeout": "PT1M",
            "initialDelay": "15s",
            "scope": "local",
            "missed": "skip",
            "jitter": { "seconds": 1 },
        }))
        .expect("all is right");
        let written = TaskSchedule::every(Duration::from_secs(300))
            .timeout(Duration::from_secs(60))
            .initial_delay(Duration::from_secs(15))
            .scope(TaskScope::Local)
            .missed(Missed::Skip)
            .jitter(Duration::from_secs(1));
        assert_eq!(read, written);
        let least: TaskSchedule =
            serde_json::from_value(json!({ "frequency": "1h" })).expect("the rest has defaults");
        assert_eq!(least, TaskSchedule::every(Duration::from_secs(3600)));
        let typo =
            serde_json::from_value::<TaskSchedule>(json!({ "frequency": "1h", "timout": "1s" }));
        assert!(typo.is_err_and(|error| error.to_string().contains("`timout`")));
    }

    #[test]
    fn it_is_told_as_backstage_does() {
        let year = Duration::from_secs(365 * 86_400);
        let schedule = TaskSchedule::every(year)
            .initial_delay(year)
            .timeout(Duration::from_secs(10));
        assert_eq!(
            schedule.settings(),
            json!({
                "version": 2,
                "cadence": "P365D",
                "initialDelayDuration": "P365D",
                "timeoutAfterDuration": "PT10S",
            })
        );
    }

    #[test]
    fn jitter_never_brings_a_run_forward() {
        let schedule = TaskSchedule::manual().jitter(Duration::from_millis(20));
        for _ in 0..200 {
            assert!((1000..=1020).contains(&schedule.begin_of(1000)));
        }
    }
}
