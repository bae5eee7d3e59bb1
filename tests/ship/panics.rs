use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use integration_tests::Collector;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing_openinference::{Dropped, TraceConfig};

use crate::pipeline::{PATIENCE, Pipeline, Transport, quick};

const PANICS: u64 = 1000;

/// Panics over its first thousand batches: at once, and after it has waited.
#[derive(Clone, Debug, Default)]
struct Clumsy {
    batches: Arc<AtomicU64>,
    exported: Arc<AtomicU64>,
}

impl SpanExporter for Clumsy {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let batch = self.batches.fetch_add(1, Ordering::SeqCst);
        if batch % 2 == 1 {
            tokio::task::yield_now().await;
        }
        assert!(batch >= PANICS, "the exporter panics over batch {batch}");
        self.exported.fetch_add(spans.len() as u64, Ordering::SeqCst);
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("the exporter panics over its end")
    }
}

#[test]
fn an_exporter_that_panics_a_thousand_times_stops_nobody() {
    let clumsy = Clumsy::default();
    let builder = tracing_openinference::builder().span_exporter(clumsy.clone());
    let pipeline = Pipeline::new(builder.batch(quick().max_export_batch_size(1)));
    pipeline.spans(PANICS + 10);
    let report = pipeline.finish_losing(PANICS, Dropped::Panicked);
    assert_eq!(report.stats.exported, 10);
    assert_eq!(clumsy.exported.load(Ordering::SeqCst), 10);
}

/// What panics outside of the future that it should return is not guarded by the future.
#[test]
fn a_panic_with_spans_in_hand_gives_back_their_memory() {
    #[derive(Debug, Default)]
    struct Hasty(AtomicU64);

    impl SpanExporter for Hasty {
        fn export(&self, _: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
            assert!(self.0.fetch_add(1, Ordering::SeqCst) >= 20, "the exporter panics before it exports");
            async { Ok(()) }
        }
    }

    let builder = tracing_openinference::builder().span_exporter(Hasty::default());
    let pipeline = Pipeline::new(builder.batch(quick().max_export_batch_size(1).max_queue_bytes(1 << 20)));
    for _ in 0..30 {
        pipeline.large_spans(1, 200 << 10);
        assert!(!pipeline.flush(PATIENCE).timed_out);
    }
    let report = pipeline.finish_losing(20, Dropped::Panicked);
    assert_eq!(report.stats.reduced, 0, "no span had less room than another: {report}");
}

/// Its own words may hold anything: an address with a password, the answer of a server, a prompt.
#[test]
fn an_exporter_that_fails_is_told_of_without_its_own_words() {
    type Fail = fn() -> OTelSdkError;

    #[derive(Debug)]
    struct Failing(Fail);

    impl SpanExporter for Failing {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            Err((self.0)())
        }
    }

    let cases: [(Fail, &str); 3] = [
        (|| OTelSdkError::InternalFailure("401 for Bearer s3cret".to_owned()), "the exporter failed"),
        (|| OTelSdkError::Timeout(Duration::from_secs(7)), "the exporter timed out"),
        (|| OTelSdkError::AlreadyShutdown, "the exporter was already shut down"),
    ];
    for (error, words) in cases {
        let pipeline = Pipeline::new(tracing_openinference::builder().span_exporter(Failing(error)));
        pipeline.spans(10);
        let report = pipeline.shutdown(PATIENCE);
        assert_eq!(report.stats.rejected, 10, "{report}");
        assert_eq!(report.stats.last_error.as_deref(), Some(words));
        assert!(report.to_string().contains(words) && !report.to_string().contains("s3cret"), "{report}");
    }
}

#[test]
fn an_exporter_that_never_ends_is_given_up() {
    #[derive(Debug)]
    struct Endless;

    impl SpanExporter for Endless {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            std::future::pending().await
        }
    }

    let builder = tracing_openinference::builder().span_exporter(Endless);
    let pipeline = Pipeline::new(builder.batch(quick().export_timeout(Duration::from_millis(50))));
    pipeline.spans(10);
    let report = pipeline.flush(PATIENCE);
    assert_eq!(report.stats.dropped(Dropped::Expired), 10, "{report}");
    let _ = pipeline.finish_losing(10, Dropped::Expired);
}

/// Whether the stages run where the span ends, because something is hidden, or on the export thread.
#[test]
fn a_rule_that_panics_a_thousand_times_costs_no_span() {
    for hide in [false, true] {
        let collector = Collector::start().answer_ok();
        let builder = Transport::Http.to(collector.url());
        let builder = builder.trace_config(TraceConfig::from_env().hide_inputs(hide));
        let pipeline = Pipeline::new(builder.drop_spans(|_| panic!("the rule panics")));
        pipeline.spans(PANICS);
        let _ = pipeline.finish(&collector);
    }
}

#[test]
fn spans_that_a_rule_drops_are_counted_and_are_no_loss() {
    let collector = Collector::start().answer_ok();
    let builder = Transport::Http.to(collector.url()).drop_spans(|span| span.name == "large");
    let pipeline = Pipeline::new(builder);
    pipeline.spans(100);
    pipeline.large_spans(50, 10);
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!((report.stats.exported, report.stats.dropped(Dropped::Selected)), (100, 50), "{report}");
    assert!(report.is_complete(), "{report}");
}

#[test]
fn a_value_that_panics_when_it_is_formatted_costs_only_itself() {
    struct Broken;

    impl std::fmt::Debug for Broken {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("the value panics")
        }
    }

    let collector = Collector::start().answer_ok();
    let pipeline = Pipeline::new(Transport::Http.to(collector.url()));
    pipeline.each(PANICS, |number| drop(tracing::info_span!("broken", test.number = number, test.broken = ?Broken)));
    let _ = pipeline.finish(&collector);
}
