//! What the scheduler counts, by the names that Backstage has for it.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

use super::{RunOutcome, TaskScope};

/// The instruments of one plugin's scheduler.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    plugin: String,
    count: Counter<u64>,
    duration: Histogram<f64>,
    started: Gauge<f64>,
    completed: Gauge<f64>,
}

impl Metrics {
    pub(super) fn new(meter: &Meter, plugin: &str) -> Self {
        Self {
            plugin: plugin.to_owned(),
            count: meter
                .u64_counter("backend_tasks.task.runs.count")
                .with_description("Runs of tasks that started, completed or failed")
                .build(),
            duration: meter
                .f64_histogram("backend_tasks.task.runs.duration")
                .with_description("How long runs of tasks took")
                .with_unit("s")
                .build(),
            started: meter
                .f64_gauge("backend_tasks.task.runs.started")
                .with_description("When a task last started, in seconds since 1970")
                .with_unit("s")
                .build(),
            completed: meter
                .f64_gauge("backend_tasks.task.runs.completed")
                .with_description("When a task last ended, in seconds since 1970")
                .with_unit("s")
                .build(),
        }
    }

    /// A run began; `now` is in milliseconds since 1970.
    pub(super) fn started(&self, id: &str, scope: TaskScope, now: i64) {
        let labels = self.labels(id, scope);
        self.started.record(seconds(now), &labels);
        self.count.add(1, &with_result(&labels, "started"));
    }

    /// A run ended.
    pub(super) fn ended(
        &self,
        id: &str,
        scope: TaskScope,
        outcome: RunOutcome,
        took: Duration,
        now: i64,
    ) {
        let result = if outcome == RunOutcome::Completed {
            "completed"
        } else {
            "failed"
        };
        let labels = with_result(&self.labels(id, scope), result);
        self.count.add(1, &labels);
        self.duration.record(took.as_secs_f64(), &labels);
        self.completed.record(seconds(now), &labels);
    }

    fn labels(&self, id: &str, scope: TaskScope) -> [KeyValue; 3] {
        [
            KeyValue::new("plugin", self.plugin.clone()),
            KeyValue::new("taskId", id.to_owned()),
            KeyValue::new("scope", scope.name()),
        ]
    }
}

fn with_result(labels: &[KeyValue], result: &'static str) -> Vec<KeyValue> {
    let mut labels = labels.to_vec();
    labels.push(KeyValue::new("result", result));
    labels
}

fn seconds(milliseconds: i64) -> f64 {
    Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64()
}
