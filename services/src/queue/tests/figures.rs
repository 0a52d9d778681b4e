use std::time::Duration;

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};

use super::{Fixture, until, work};
use crate::database::testing::memory;
use crate::queue::{Backoff, QueueOptions};
use crate::role::Role;

/// The sums of the counters, with their labels as text.
fn sums(exporter: &InMemoryMetricExporter) -> Vec<(String, u64, String)> {
    let finished = exporter.get_finished_metrics().expect("it was exported");
    let last = finished.last().expect("it was flushed");
    let mut sums = Vec::new();
    for metric in last.scope_metrics().flat_map(|scope| scope.metrics()) {
        let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else {
            continue;
        };
        for point in sum.data_points() {
            let mut labels: Vec<String> = point
                .attributes()
                .map(|label| format!("{}={}", label.key, label.value))
                .collect();
            labels.sort();
            sums.push((metric.name().to_owned(), point.value(), labels.join(" ")));
        }
    }
    sums.sort();
    sums
}

#[tokio::test]
async fn what_becomes_of_jobs_is_counted_by_plugin_and_queue() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .build();
    let fixture = Fixture::on(memory().await, Role::Both, provider.meter("test"));
    let options = QueueOptions::new().max_attempts(2);
    let emails = fixture
        .declare(options.backoff(Backoff::Fixed(Duration::ZERO)))
        .await;
    let _heard = work(&emails, |job| match &*job.payload {
        "good" => Ok(()),
        _ => Err("bad".into()),
    });
    let texts = ["good", "good", "bad"].map(str::to_owned);
    emails.enqueue_all(&texts).await.expect("there");
    until(&emails, |figures| {
        figures.dead == 1 && figures.running + figures.ready == 0
    })
    .await;
    provider.force_flush().expect("it is exported");
    let labels = || "plugin=shop queue=emails".to_owned();
    assert_eq!(
        sums(&exporter),
        [
            ("backend_queue.jobs.completed".to_owned(), 2, labels()),
            ("backend_queue.jobs.dead".to_owned(), 1, labels()),
            ("backend_queue.jobs.enqueued".to_owned(), 3, labels()),
            ("backend_queue.jobs.failed".to_owned(), 2, labels()),
        ]
    );
}
