//! What is counted.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

use super::*;

#[tokio::test(start_paused = true)]
async fn runs_are_counted_as_backstage_counts_them() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let world = World::new().await;
    let mut replica = world.replica_as(Role::Both, &provider.meter("test"));
    let probe = Probe::new();
    replica
        .schedule("beat", TaskSchedule::every(MINUTE), &probe)
        .await;
    for ending in [Ending::Return, Ending::Panic] {
        replica.look().await;
        probe.called().await.finish(ending);
        replica.ended().await;
        pass(MINUTE).await;
    }
    provider.force_flush().expect("it is exported");

    let exported = exporter.get_finished_metrics().expect("metrics");
    let mut counts = Vec::new();
    let mut names = Vec::new();
    for metric in exported
        .iter()
        .flat_map(|resource| resource.scope_metrics())
        .flat_map(|scope| scope.metrics())
    {
        names.push(metric.name().to_owned());
        let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else {
            continue;
        };
        for point in sum.data_points() {
            let mut labels: Vec<_> = point
                .attributes()
                .map(|label| format!("{}={}", label.key, label.value))
                .collect();
            labels.sort();
            counts.push((labels.join(" "), point.value()));
        }
    }
    names.sort();
    names.dedup();
    assert_eq!(
        names,
        [
            "backend_tasks.task.runs.completed",
            "backend_tasks.task.runs.count",
            "backend_tasks.task.runs.duration",
            "backend_tasks.task.runs.started",
        ]
    );
    counts.sort();
    let labels = |result| format!("plugin=test result={result} scope=global taskId=beat");
    assert_eq!(
        counts,
        [
            (labels("completed"), 1),
            (labels("failed"), 1),
            (labels("started"), 2)
        ]
    );
}
