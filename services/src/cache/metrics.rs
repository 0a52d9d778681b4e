//! What the metrics are told: calls, how they ended, how long they took, and whether the store is away.
//!
//! | name | kind | attributes |
//! |---|---|---|
//! | `cache.operation.count` | counter | `plugin`, `operation`, `result` |
//! | `cache.operation.duration` | histogram, seconds | `plugin`, `operation` |
//! | `cache.store.away` | gauge: 1 while the breaker is open | `store` |
//!
//! `operation` is `get`, `set`, `delete`, `delete_by_tag` or `increment`; `result` is `hit`, `miss` or `unreadable` of a
//! `get`, else `ok`, and `error` of any that the store did not answer.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

/// The instruments, of which all plugins use the same.
#[derive(Clone)]
pub(super) struct Metrics {
    count: Counter<u64>,
    duration: Histogram<f64>,
    away: Gauge<u64>,
}

/// The instruments in the name of one plugin.
#[derive(Clone)]
pub(super) struct PluginMetrics {
    metrics: Metrics,
    plugin: Arc<str>,
}

impl Metrics {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            count: meter
                .u64_counter("cache.operation.count")
                .with_description("Calls of the cache, by how they ended")
                .build(),
            duration: meter
                .f64_histogram("cache.operation.duration")
                .with_description("How long calls of the cache took")
                .with_unit("s")
                .with_boundaries(vec![
                    0.000_01, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0,
                ])
                .build(),
            away: meter
                .u64_gauge("cache.store.away")
                .with_description("1 while the store of the cache is away and is not asked")
                .build(),
        }
    }

    pub(super) fn of_plugin(&self, plugin: &str) -> PluginMetrics {
        PluginMetrics {
            metrics: self.clone(),
            plugin: plugin.into(),
        }
    }

    pub(super) fn is_away(&self, store: &'static str, is_away: bool) {
        let store = KeyValue::new("store", store);
        self.away.record(u64::from(is_away), &[store]);
    }
}

impl PluginMetrics {
    pub(super) fn ended(&self, operation: &'static str, result: &'static str, took: Duration) {
        let attributes = [
            KeyValue::new("plugin", Arc::clone(&self.plugin)),
            KeyValue::new("operation", operation),
            KeyValue::new("result", result),
        ];
        self.metrics.count.add(1, &attributes);
        let duration = took.as_secs_f64();
        self.metrics.duration.record(duration, &attributes[..2]);
    }

    /// Of a value that was found and turns out to be something else.
    pub(super) fn unreadable(&self) {
        let attributes = [
            KeyValue::new("plugin", Arc::clone(&self.plugin)),
            KeyValue::new("operation", "get"),
            KeyValue::new("result", "unreadable"),
        ];
        self.metrics.count.add(1, &attributes);
    }
}
