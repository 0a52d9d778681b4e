//! What the configuration says about all queues.

use std::time::Duration;

use greenroom_di_core::BoxError;

use super::options::LONGEST;
use crate::config::{Config, ConfigSchema, FromConfig, HumanDuration, Mistakes};

const POLL_INTERVAL: &str = "backend.queue.pollInterval";
const DRAIN_TIMEOUT: &str = "backend.queue.drainTimeout";

/// The settings of all queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// The longest time after which a worker that has nothing to do looks for jobs of other replicas.
    pub poll_interval: Duration,
    /// How long jobs may take to come to an end when the backend stops.
    pub drain_timeout: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(1),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

impl FromConfig for QueueSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.queue.pollInterval` | duration, from 10 ms to a year | 1 s |
    /// | `backend.queue.drainTimeout` | duration, a year at most | 10 s |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let mut read = |key| -> Option<Duration> {
            let read: Option<HumanDuration> = mistakes.take(config.get_optional(key)).flatten();
            read.map(Into::into)
        };
        let (poll, drain) = (read(POLL_INTERVAL), read(DRAIN_TIMEOUT));
        if poll.is_some_and(|interval| interval < Duration::from_millis(10)) {
            let message = "it must be 10 ms at least: each look is a statement to the database";
            mistakes.take::<(), _>(Err(config.refusal(POLL_INTERVAL, message)));
        }
        for (key, time) in [(POLL_INTERVAL, poll), (DRAIN_TIMEOUT, drain)] {
            if time.is_some_and(|time| time > LONGEST) {
                let message = "it must be a year at most";
                mistakes.take::<(), _>(Err(config.refusal(key, message)));
            }
        }
        let default = Self::default();
        mistakes.finish(Self {
            poll_interval: poll.unwrap_or(default.poll_interval),
            drain_timeout: drain.unwrap_or(default.drain_timeout),
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_key::<HumanDuration>(
            POLL_INTERVAL,
            "The longest time after which an idle worker looks for jobs that other replicas enqueued.",
        );
        schema.add_key::<HumanDuration>(
            DRAIN_TIMEOUT,
            "How long jobs may take to come to an end when the backend stops.",
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(queue: Value) -> Result<QueueSettings, Vec<String>> {
        let config = Config::from_json(json!({ "backend": { "queue": queue } }));
        QueueSettings::from_config(&config)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn keys_are_read_and_mistakes_are_told_together() {
        assert_eq!(read(json!({})), Ok(QueueSettings::default()));
        let read_both = read(json!({ "pollInterval": "50 ms", "drainTimeout": "PT1M" }));
        let read_both = read_both.expect("both are durations");
        assert_eq!(read_both.poll_interval, Duration::from_millis(50));
        assert_eq!(read_both.drain_timeout, Duration::from_secs(60));
        for wrong in [
            json!({ "pollInterval": "1 ms", "drainTimeout": "soon" }),
            json!({ "pollInterval": "400 days", "drainTimeout": "400 days" }),
        ] {
            let mistakes = read(wrong).expect_err("both are wrong");
            assert_eq!(mistakes.len(), 2, "{mistakes:?}");
            for key in [POLL_INTERVAL, DRAIN_TIMEOUT] {
                assert!(
                    mistakes.iter().any(|mistake| mistake.contains(key)),
                    "{mistakes:?}"
                );
            }
        }
    }
}
