//! Scopes, silence and streams in tasks that wander from thread to thread.
//!
//! The subscriber is the process's own, as in an application; a test tells its spans from those of the others by the
//! prefix of their names.

#[path = "tasks/bodies.rs"]
mod bodies;
#[path = "tasks/many.rs"]
mod many;
#[path = "tasks/output.rs"]
mod output;
#[path = "tasks/scopes.rs"]
mod scopes;
#[path = "tasks/silence.rs"]
mod silence;
#[path = "tasks/source.rs"]
mod source;
#[path = "tasks/streams.rs"]
mod streams;

use std::future::Future;
use std::sync::OnceLock;

use integration_tests::{Recorder, span_tree};
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tracing_openinference::{OpenInference, TraceConfig};
use tracing_subscriber::layer::SubscriberExt;

/// Runs `work` on four threads and returns the spans whose names begin with `prefix`.
fn on_threads(prefix: &str, work: impl Future<Output = ()> + Send + 'static) -> Vec<SpanData> {
    let recorder = global();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build();
    let runtime = runtime.expect("threads start");
    runtime.block_on(async { tokio::spawn(work).await.expect("no assertion fails") });
    drop(runtime);
    let mut spans = recorder.spans();
    spans.retain(|span| span.name.starts_with(prefix));
    spans
}

/// Runs `work` on this thread under a subscriber of its own.
fn alone(config: TraceConfig, work: impl Future<Output = ()>) -> Vec<SpanData> {
    let (recorder, openinference) = pipeline(config);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(openinference.layer()), || {
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime starts").block_on(work);
    });
    recorder.spans()
}

fn global() -> &'static Recorder {
    static PIPELINE: OnceLock<(Recorder, OpenInference)> = OnceLock::new();
    let (recorder, _) = PIPELINE.get_or_init(|| {
        let (recorder, openinference) = pipeline(TraceConfig::new());
        let subscriber = tracing_subscriber::registry().with(openinference.layer());
        tracing::subscriber::set_global_default(subscriber).expect("it is the first");
        (recorder, openinference)
    });
    recorder
}

fn pipeline(config: TraceConfig) -> (Recorder, OpenInference) {
    let recorder = Recorder::new();
    let openinference = tracing_openinference::builder()
        .trace_config(config)
        .span_processor(recorder.clone())
        .build()
        .expect("the settings are right");
    (recorder, openinference)
}

fn value<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
}

fn text(span: &SpanData, key: &str) -> Option<String> {
    value(span, key).map(ToString::to_string)
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    let mut named = spans.iter().filter(|span| span.name == name);
    let found = named.next().unwrap_or_else(|| panic!("no {name} in\n{}", span_tree(spans)));
    assert!(named.next().is_none(), "more than one {name}");
    found
}
