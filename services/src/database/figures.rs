//! How a pool is used, in numbers.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, ObservableCounter, ObservableGauge, ObservableUpDownCounter};

use super::target::Target;

/// How the connections of a plugin are used at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolFigures {
    /// Connections in somebody's hands.
    pub used: u32,
    /// Open connections that wait for work. Where plugins share a pool, those that last served this one.
    pub idle: u32,
    /// How many connections there may be for this plugin.
    pub max: u32,
    /// Who waits for a connection. Only a pool that plugins share knows it.
    pub pending: Option<u32>,
    /// How often somebody waited for a connection in vain.
    pub timeouts: u64,
}

/// The instruments, by the names that OpenTelemetry has for them.
#[derive(Debug)]
pub(super) struct Metrics {
    targets: Arc<Mutex<Vec<Weak<Target>>>>,
    _count: ObservableUpDownCounter<i64>,
    _max: ObservableUpDownCounter<i64>,
    _pending: ObservableGauge<u64>,
    _timeouts: ObservableCounter<u64>,
}

impl Metrics {
    pub(super) fn new(meter: &Meter) -> Self {
        let targets: Arc<Mutex<Vec<Weak<Target>>>> = Arc::default();
        let each = |targets: &Arc<Mutex<Vec<Weak<Target>>>>| {
            let targets = Arc::clone(targets);
            move |tell: &mut dyn FnMut(PoolFigures, KeyValue)| {
                for target in live(&targets) {
                    let plugin = KeyValue::new("plugin", target.plugin.clone());
                    tell(target.figures(), plugin);
                }
            }
        };
        let (count, max, pending, timeouts) = (
            each(&targets),
            each(&targets),
            each(&targets),
            each(&targets),
        );
        Self {
            _count: meter
                .i64_observable_up_down_counter("db.client.connection.count")
                .with_unit("{connection}")
                .with_description("Open connections, by state.")
                .with_callback(move |observer| {
                    count(&mut |figures, plugin| {
                        for (state, number) in [("used", figures.used), ("idle", figures.idle)] {
                            let state = KeyValue::new("db.client.connection.state", state);
                            observer.observe(number.into(), &[plugin.clone(), state]);
                        }
                    });
                })
                .build(),
            _max: meter
                .i64_observable_up_down_counter("db.client.connection.max")
                .with_unit("{connection}")
                .with_description("How many connections there may be.")
                .with_callback(move |observer| {
                    max(&mut |figures, plugin| observer.observe(figures.max.into(), &[plugin]));
                })
                .build(),
            _pending: meter
                .u64_observable_gauge("db.client.connection.pending_requests")
                .with_unit("{request}")
                .with_description("Who waits for a connection.")
                .with_callback(move |observer| {
                    pending(&mut |figures, plugin| {
                        if let Some(pending) = figures.pending {
                            observer.observe(pending.into(), &[plugin]);
                        }
                    });
                })
                .build(),
            _timeouts: meter
                .u64_observable_counter("db.client.connection.timeouts")
                .with_unit("{timeout}")
                .with_description("How often somebody waited for a connection in vain.")
                .with_callback(move |observer| {
                    timeouts(&mut |figures, plugin| observer.observe(figures.timeouts, &[plugin]));
                })
                .build(),
            targets,
        }
    }

    /// Tells of this one from now on, for as long as it lives.
    pub(super) fn watch(&self, target: &Arc<Target>) {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.retain(|known| known.strong_count() > 0);
        targets.push(Arc::downgrade(target));
    }
}

fn live(targets: &Mutex<Vec<Weak<Target>>>) -> Vec<Arc<Target>> {
    let targets = targets.lock().unwrap_or_else(PoisonError::into_inner);
    targets.iter().filter_map(Weak::upgrade).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use opentelemetry::metrics::MeterProvider as _;
    use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

    use crate::clock::SystemClock;
    use crate::config::{Config, FromConfig as _};
    use crate::database::{DatabaseSettings, RootDatabase};

    #[tokio::test]
    async fn a_pool_shows_its_figures_with_its_plugin() {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let settings = DatabaseSettings::from_config(&Config::empty()).expect("nothing is wrong");
        let meter = provider.meter("test");
        let root = RootDatabase::new(settings, Arc::new(SystemClock), &meter, None);
        let database = Arc::new(root).for_plugin("tea");
        let client = database
            .client()
            .await
            .expect("SQLite in memory needs nothing");
        let held = client.sqlite().await.expect("a connection");
        let figures = client.figures().expect("it is ours");
        assert_eq!((figures.used, figures.idle, figures.max), (1, 0, 1));
        provider.force_flush().expect("the exporter is in memory");
        let shown = format!("{:?}", exporter.get_finished_metrics());
        for part in [
            "db.client.connection.count",
            "db.client.connection.max",
            "db.client.connection.timeouts",
            "tea",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        drop(held);
    }
}
