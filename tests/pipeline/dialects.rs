//! Spans and events of other vocabularies, from the call site to what is sent.

use integration_tests::Recorder;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::{debug, dispatcher, info, info_span};
use tracing_openinference::{OpenInferenceProcessor, TraceConfig};

use crate::Pipeline;

fn lines(span: &SpanData) -> Vec<String> {
    span.attributes.iter().map(|attribute| format!("{} = {}", attribute.key, attribute.value)).collect()
}

#[track_caller]
fn assert_says(span: &SpanData, line: &str) {
    assert!(lines(span).iter().any(|found| found == line), "{line} is not in {:#?}", lines(span));
}

#[test]
fn what_a_library_tells_in_events_is_told_of_its_span() {
    let pipeline = Pipeline::with(|builder| builder.filter("info,pipeline=debug"));
    dispatcher::with_default(&pipeline.alone(), || {
        info_span!("complete", langfuse.r#type = "GENERATION").in_scope(|| {
            debug!(langfuse.model = "gpt-4o", langfuse.input = r#"[{"role":"user","content":"hi"}]"#, "asked");
            debug!(langfuse.output = "hello", secret = "s3cret");
            debug!("request body: s3cret");
        });
        info_span!("chat", gen_ai.operation.name = "chat").in_scope(|| {
            info!(name: "gen_ai.user.message", content = "Weather?");
            info!(event_name = "gen_ai.content.completion", content = "18C");
        });
    });
    let spans = pipeline.recorder.spans();
    for (span, expected) in [
        (
            &spans[0],
            ["openinference.span.kind = LLM", "llm.input_messages.0.message.content = hi", "output.value = hello"],
        ),
        (
            &spans[1],
            ["openinference.span.kind = LLM", "llm.input_messages.0.message.content = Weather?", "output.value = 18C"],
        ),
    ] {
        expected.iter().for_each(|line| assert_says(span, line));
        assert_eq!(span.events.len(), 0, "{:?}", span.events);
        assert!(!format!("{span:?}").contains("s3cret"));
    }
}

/// Spans of plain OpenTelemetry: from a layer such words would not even be taken.
#[test]
fn hidden_messages_come_back_under_no_name() {
    const WORDS: &str = r#"[{"role":"user","parts":[{"type":"text","content":"s3cret"}]}]"#;
    let hidden = || TraceConfig::new().hide_input_messages(true).hide_output_messages(true);
    let text = || TraceConfig::new().hide_input_text(true).hide_output_text(true);
    for config in [hidden(), hidden().enable_genai_semconv(true), text(), text().enable_genai_semconv(true)] {
        for (kind, key, value) in [
            ("LLM", "gen_ai.input.messages", WORDS),
            ("LLM", "gen_ai.output.messages", WORDS),
            ("AGENT", "gen_ai.prompt", "s3cret"),
            ("AGENT", "gen_ai.completion", "s3cret"),
            ("LLM", "gen_ai.prompt.0.content", "s3cret"),
            ("LLM", "llm.input_messages", "s3cret"),
            ("LLM", "llm.output_messages", "s3cret"),
            ("LLM", "langfuse.input", "s3cret"),
        ] {
            let recorder = Recorder::new();
            let processor = OpenInferenceProcessor::new(recorder.clone()).trace_config(config.clone());
            let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
            let mut span = provider.tracer("test").start("call");
            span.set_attribute(KeyValue::new("openinference.span.kind", kind));
            span.set_attribute(KeyValue::new(key, value));
            span.end();
            let spans = recorder.spans();
            assert_eq!(spans.len(), 1);
            assert!(!format!("{spans:?}").contains("s3cret"), "{key} of {kind}: {:#?}", lines(&spans[0]));
        }
    }
}

#[test]
fn otel_words_are_written_on_request_only() {
    for (asked, config) in [(false, TraceConfig::new()), (true, TraceConfig::new().enable_genai_semconv(true))] {
        let pipeline = Pipeline::with(|builder| builder.trace_config(config));
        dispatcher::with_default(&pipeline.alone(), || {
            drop(info_span!("chat", openinference.span.kind = "LLM", llm.model_name = "gpt-4o"));
        });
        let written = lines(&pipeline.recorder.spans()[0]);
        assert_eq!(written.contains(&String::from("gen_ai.request.model = gpt-4o")), asked, "{written:?}");
    }
}
