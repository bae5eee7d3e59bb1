//! What the benches share: the spans that are measured and the subscribers they are measured under.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter},
};
use tracing::Dispatch;
use tracing_openinference::{Batch, OpenInference, TraceConfig, builder};
use tracing_subscriber::{Registry, prelude::*};

/// Throws every batch away, so that only the application's side is measured.
#[derive(Debug)]
pub struct Discard;

impl SpanExporter for Discard {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// A call of a model as an application records it: six fields at creation, four recorded later, entered once, closed.
pub fn llm_span() {
    let span = tracing::info_span!(
        "chat",
        openinference.span.kind = "LLM",
        llm.provider = "openai",
        llm.model_name = "gpt-4o",
        llm.invocation_parameters = "{\"temperature\":0.2,\"max_tokens\":256}",
        session.id = "conversation-42",
        input.value = "What is the capital of France?",
        output.value = tracing::field::Empty,
        llm.token_count.prompt = tracing::field::Empty,
        llm.token_count.completion = tracing::field::Empty,
        llm.token_count.total = tracing::field::Empty,
    );
    span.in_scope(|| {
        span.record("output.value", "The capital of France is Paris.");
        span.record("llm.token_count.prompt", 14_u64);
        span.record("llm.token_count.completion", 8_u64);
        span.record("llm.token_count.total", 22_u64);
    });
}

/// A call of a model with a long conversation: 64 KiB in, 16 KiB out.
pub fn large_llm_span() {
    let text = LARGE.get_or_init(|| "Four score and seven years ago. ".repeat(2048));
    let span = tracing::info_span!(
        "chat",
        openinference.span.kind = "LLM",
        llm.model_name = "gpt-4o",
        input.value = text.as_str(),
        output.value = tracing::field::Empty,
    );
    span.in_scope(|| span.record("output.value", &text[..16 << 10]));
}

static LARGE: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// Every ready-made rule, none of which finds anything.
pub fn every_rule() -> TraceConfig {
    use tracing_openinference::Redaction;
    [
        Redaction::key("*.password"),
        Redaction::json_key("ssn"),
        Redaction::email(),
        Redaction::card(),
        Redaction::phone(),
        Redaction::iban(),
        Redaction::bearer(),
        Redaction::api_keys(),
        Redaction::jwt(),
    ]
    .into_iter()
    .fold(TraceConfig::new(), TraceConfig::redact)
}

/// Every flag on.
pub fn everything_hidden() -> TraceConfig {
    TraceConfig::new()
        .hide_llm_invocation_parameters(true)
        .hide_llm_tools(true)
        .hide_inputs(true)
        .hide_outputs(true)
        .hide_input_messages(true)
        .hide_output_messages(true)
        .hide_input_images(true)
        .hide_input_text(true)
        .hide_output_text(true)
        .hide_embeddings_vectors(true)
        .hide_embeddings_text(true)
        .hide_prompts(true)
        .hide_choices(true)
        .hide_retrieval_documents(true)
        .hide_input_audio(true)
        .hide_output_audio(true)
}

/// A span with three fields, as `#[instrument]` makes it.
pub fn small_span() {
    tracing::info_span!("step", query = "capital", limit = 3_u64, cached = false).in_scope(|| {});
}

/// A small span inside another.
pub fn nested() {
    tracing::info_span!("request", path = "/chat").in_scope(small_span);
}

/// The registry and no layer.
#[must_use]
pub fn registry() -> Dispatch {
    Dispatch::new(Registry::default())
}

/// Our pipeline with everything on, and an exporter that throws batches away.
///
/// # Panics
///
/// When the environment holds settings that cannot be used.
pub fn ours(config: TraceConfig) -> (Dispatch, OpenInference) {
    let openinference = builder()
        .trace_config(config)
        .batch(roomy())
        .span_exporter(Discard)
        .build()
        .expect("the settings of the bench are right");
    (Dispatch::new(Registry::default().with(openinference.layer())), openinference)
}

/// `tracing-opentelemetry` as its documentation sets it up, with the SDK's batch processor and an exporter that throws
/// batches away.
#[must_use]
pub fn tracing_opentelemetry_default() -> (Dispatch, SdkTracerProvider) {
    let provider =
        SdkTracerProvider::builder().with_span_processor(BatchSpanProcessor::builder(Discard).build()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    (Dispatch::new(Registry::default().with(layer)), provider)
}

/// Both sides drop what their queue does not hold; ours then has more to do, not less.
fn roomy() -> Batch {
    Batch::default()
}
