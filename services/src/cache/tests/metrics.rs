//! The metrics, as an exporter gets them.

use std::collections::BTreeMap;

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};

use super::*;

#[tokio::test]
async fn calls_are_counted_by_plugin_and_by_how_they_ended() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder();
    let provider = provider.with_periodic_exporter(exporter.clone()).build();
    let clock = with_the_timers(SystemTime::UNIX_EPOCH);
    let log = Recorder::default();
    let meter = provider.meter("greenroom");
    let root = RootCache::with_meter(&settings(json!({})), clock, &log.root(), &meter);
    let root = root.expect("nothing is wrong with the settings");
    let (shop, stock) = (cache_of(&root, "shop"), cache_of(&root, "stock"));
    shop.set("a", "text").await.expect("it is JSON");
    let _: [Option<String>; 2] = [shop.get("a").await, shop.get("b").await];
    let _: Option<u8> = shop.get("a").await;
    stock.increment("n", 1, None).await.expect("it counts");

    provider.force_flush().expect("it is in memory");
    let exported = exporter.get_finished_metrics().expect("it is in memory");
    let mut counted = BTreeMap::new();
    let mut timed = 0;
    let scopes = exported.iter().flat_map(|metrics| metrics.scope_metrics());
    for metric in scopes.flat_map(|scope| scope.metrics()) {
        match (metric.name(), metric.data()) {
            ("cache.operation.count", AggregatedMetrics::U64(MetricData::Sum(sum))) => {
                for point in sum.data_points() {
                    let mut of: Vec<_> =
                        point.attributes().map(|of| of.value.to_string()).collect();
                    of.sort();
                    counted.insert(of.join(" "), point.value());
                }
            }
            ("cache.operation.duration", AggregatedMetrics::F64(MetricData::Histogram(all))) => {
                timed += all.data_points().map(|point| point.count()).sum::<u64>();
            }
            _ => {}
        }
    }
    let counted: Vec<_> = counted.iter().map(|(of, count)| (&**of, *count)).collect();
    assert_eq!(
        counted,
        [
            ("get hit shop", 2),
            ("get miss shop", 1),
            ("get shop unreadable", 1),
            ("increment ok stock", 1),
            ("ok set shop", 1),
        ]
    );
    assert_eq!(timed, 5);
}
