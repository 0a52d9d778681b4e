//! What a plugin's queues count.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

use super::QueueFigures;

/// The instruments of one plugin's queues.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    plugin: String,
    enqueued: Counter<u64>,
    completed: Counter<u64>,
    failed: Counter<u64>,
    dead: Counter<u64>,
    duration: Histogram<f64>,
    depth: Gauge<u64>,
}

impl Metrics {
    pub(super) fn new(meter: &Meter, plugin: &str) -> Self {
        let counter = |name, description| {
            meter
                .u64_counter(name)
                .with_description(description)
                .build()
        };
        Self {
            plugin: plugin.to_owned(),
            enqueued: counter(
                "backend_queue.jobs.enqueued",
                "Jobs that were enqueued, also by transactions that were undone",
            ),
            completed: counter("backend_queue.jobs.completed", "Jobs that were done"),
            failed: counter("backend_queue.jobs.failed", "Attempts that failed"),
            dead: counter("backend_queue.jobs.dead", "Jobs that were given up"),
            duration: meter
                .f64_histogram("backend_queue.jobs.duration")
                .with_description("How long attempts took")
                .with_unit("s")
                .build(),
            depth: meter
                .u64_gauge("backend_queue.jobs.depth")
                .with_description("Jobs in the table, by their state")
                .build(),
        }
    }

    pub(super) fn enqueued(&self, queue: &str, jobs: u64) {
        if jobs > 0 {
            self.enqueued.add(jobs, &self.labels(queue));
        }
    }

    pub(super) fn completed(&self, queue: &str, took: Duration) {
        let labels = self.labels(queue);
        self.completed.add(1, &labels);
        self.duration.record(took.as_secs_f64(), &labels);
    }

    pub(super) fn failed(&self, queue: &str, took: Duration) {
        let labels = self.labels(queue);
        self.failed.add(1, &labels);
        self.duration.record(took.as_secs_f64(), &labels);
    }

    pub(super) fn dead(&self, queue: &str) {
        self.dead.add(1, &self.labels(queue));
    }

    pub(super) fn depth(&self, queue: &str, figures: QueueFigures) {
        for (state, jobs) in [
            ("ready", figures.ready),
            ("delayed", figures.delayed),
            ("running", figures.running),
            ("dead", figures.dead),
            ("done", figures.done),
        ] {
            let [plugin, queue] = self.labels(queue);
            self.depth
                .record(jobs, &[plugin, queue, KeyValue::new("state", state)]);
        }
    }

    fn labels(&self, queue: &str) -> [KeyValue; 2] {
        [
            KeyValue::new("plugin", self.plugin.clone()),
            KeyValue::new("queue", queue.to_owned()),
        ]
    }
}
