//! An application that has OpenTelemetry already, through `tracing-opentelemetry`, and gets Phoenix beside it.
//!
//! ```sh
//! cargo run -p service-examples --bin existing_otel
//! ```
//!
//! The backend that was there (`OTEL_EXPORTER_OTLP_ENDPOINT`, or `http://localhost:4318`) has the spans it always had. Phoenix
//! has them too, under the same trace and span ids, with what an LLM application wants to see; the messages go nowhere else.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::{error::Error, time::Duration};

use opentelemetry::trace::{SpanContext, TraceContextExt, TracerProvider};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use service_examples::setting;
use tracing::{Span, instrument};
use tracing_openinference::{Message, OpenInferenceSpanExt, TokenCount, llm_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

fn main() -> Result<(), Box<dyn Error>> {
    // What the application has.
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("shop").build())
        .with_batch_exporter(SpanExporter::builder().with_http().build()?)
        .build();
    let existing = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));

    // What is added. The endpoint is said in code: `OTEL_EXPORTER_OTLP_ENDPOINT` means the other backend here.
    let openinference = tracing_openinference::builder()
        .endpoint(setting("PHOENIX_COLLECTOR_ENDPOINT", "http://localhost:6006"))
        .service_name("shop")
        .build()?;
    tracing_subscriber::registry()
        .with(openinference.layer()) // first, so that the other one takes the same ids
        .with(existing.with_filter(EnvFilter::new("info")))
        .with(fmt::layer().with_filter(EnvFilter::from_default_env()))
        .init();

    println!("{}", buy("a red bicycle"));

    println!("Phoenix: {}", openinference.shutdown(Duration::from_secs(5)));
    // It says nothing about what became of the spans.
    provider.shutdown()?;
    Ok(())
}

/// A span as the application always had them. Both backends show its argument and its value.
#[instrument(ret)]
fn buy(what: &str) -> String {
    compare_ids("buy", &Span::current());
    format!("Bought {what}: {}", describe(what))
}

fn describe(what: &str) -> String {
    let span = llm_span!("describe");
    let _entered = span.enter();
    compare_ids("describe", &span);
    let text = format!("You will like {what}.");
    span.set_model("gpt-4o")
        .set_provider("openai")
        .set_input_messages([Message::user(format!("Praise {what} in one sentence."))])
        .set_output_messages(Message::assistant(&*text))
        .set_token_count(TokenCount::new(12, 7))
        .set_ok();
    text
}

/// The ids under which each of the two layers exports the span.
fn compare_ids(name: &str, span: &Span) {
    let in_phoenix = span.span_context().unwrap_or(SpanContext::NONE);
    let elsewhere = span.context().span().span_context().clone();
    let [ours, theirs] = [&in_phoenix, &elsewhere].map(|context| (context.trace_id(), context.span_id()));
    assert_eq!(ours, theirs, "one span, one id");
    println!("{name}: trace {}, span {}, in both backends", ours.0, ours.1);
}
