//! The accounts as metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use integration_tests::Collector;
use integration_tests::collector::Answer;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, SumDataPoint};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing_openinference::{Backend, Batch, Dropped, Report};
use tracing_subscriber::layer::SubscriberExt;

use crate::pipeline::{PATIENCE, whole};

struct Metrics {
    exporter: InMemoryMetricExporter,
    provider: SdkMeterProvider,
}

impl Metrics {
    fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).with_interval(Duration::from_secs(3600)).build();
        Self { exporter, provider: SdkMeterProvider::builder().with_reader(reader).build() }
    }

    /// `name{component error}` and the number.
    fn collect(&self) -> BTreeMap<String, i64> {
        self.exporter.reset();
        self.provider.force_flush().expect("the reader collects");
        self.exporter.get_finished_metrics().expect("no panic").iter().flat_map(numbers).collect()
    }
}

fn numbers(metrics: &ResourceMetrics) -> Vec<(String, i64)> {
    let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
    let numbers = metrics.flat_map(|metric| match metric.data() {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            let signed = |point: &SumDataPoint<u64>| i64::try_from(point.value()).expect("a small number");
            sum.data_points().map(|point| (label(metric.name(), point), signed(point))).collect::<Vec<_>>()
        }
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| (label(metric.name(), point), point.value())).collect()
        }
        _ => panic!("{} is no sum", metric.name()),
    });
    numbers.collect()
}

fn label<T: Copy>(name: &str, point: &SumDataPoint<T>) -> String {
    let attributes: BTreeMap<_, _> =
        point.attributes().map(|attribute| (attribute.key.to_string(), attribute.value.to_string())).collect();
    assert_eq!(attributes["otel.component.type"], "tracing-openinference");
    assert_eq!(attributes["server.address"], "127.0.0.1");
    let component = attributes["otel.component.name"].trim_start_matches("tracing-openinference/");
    let error = attributes.get("error.type").map_or("", String::as_str);
    format!("{name} {component} {error}").trim_end().to_owned()
}

#[test]
fn a_meter_tells_what_the_report_tells() {
    let (well, ill) = (Collector::start().answer_ok(), Collector::start().answer_always(Answer::status(401)));
    let metrics = Metrics::new();
    let tight = Batch::from_env().max_queue_size(10).schedule_delay(Duration::from_secs(3600));
    let openinference = tracing_openinference::builder()
        .endpoint(well.url())
        .batch(whole())
        .also(Backend::new(ill.url()).batch(tight.max_export_batch_size(10)))
        .drop_spans(|span| span.name == "unwanted")
        .meter(&metrics.provider.meter("test"))
        .build()
        .expect("the settings are right");
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    let make = |name: &str| match name {
        "unwanted" => drop(tracing::info_span!("unwanted")),
        _ => drop(tracing::info_span!("wanted")),
    };
    tracing::subscriber::with_default(subscriber, || {
        ["wanted", "wanted", "unwanted"].into_iter().for_each(make);
        let before = metrics.collect();
        assert_eq!(before["otel.sdk.processor.span.queue.size 0"], 3);
        assert_eq!(before["otel.sdk.processor.span.queue.capacity 1"], 10);
        let _ = openinference.flush(PATIENCE);
        (0..5_000).for_each(|_| make("wanted"));
        let _ = openinference.shutdown(PATIENCE);
        make("wanted");
    });
    let report: Report = openinference.shutdown(PATIENCE);
    let after = metrics.collect();
    let number = |label: &str| after.get(label).copied().unwrap_or(0).unsigned_abs();
    for (at, backend) in report.backends().iter().enumerate() {
        let stats = &backend.stats;
        let of = |name: &str, error: &str| number(format!("otel.sdk.{name} {at} {error}").trim_end());
        assert_eq!(of("exporter.span.exported", ""), stats.exported);
        assert_eq!(of("exporter.span.exported", "rejected"), stats.rejected);
        assert_eq!(of("processor.span.processed", "queue_full"), stats.dropped(Dropped::QueueFull));
        assert_eq!(of("processor.span.processed", "already_shutdown"), 1);
        let processed = "otel.sdk.processor.span.processed";
        let all = after.iter().filter(|(label, _)| label.starts_with(&format!("{processed} {at}")));
        let all: i64 = all.map(|(_, spans)| spans).sum();
        assert_eq!(all.unsigned_abs(), stats.created, "every span is processed once: {after:#?}");
        assert_eq!(of("processor.span.queue.size", ""), 0);
    }
    assert_eq!(number("otel.sdk.exporter.span.exported 0"), 5_002);
    assert!(number("otel.sdk.exporter.span.exported 1 rejected") > 0, "{after:#?}");
}

#[test]
fn what_is_on_disk_is_told_and_a_meter_keeps_no_pipeline_alive() {
    let (directory, collector) = (crate::spool::directory(), Collector::start().answer_always(Answer::reset()));
    let metrics = Metrics::new();
    let openinference = tracing_openinference::builder()
        .endpoint(collector.url())
        .batch(whole())
        .spool(directory.path(), 64 << 20)
        .meter(&metrics.provider.meter("test"))
        .build()
        .expect("the settings are right");
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || (0..7).for_each(|_| drop(tracing::info_span!("small"))));
    drop(openinference);
    let after = metrics.collect();
    assert_eq!(after["tracing_openinference.span.spooled 0"], 7, "dropping the handle ended it: {after:#?}");
    assert_eq!(after["otel.sdk.processor.span.queue.size 0"], 0);
}
