//! Spans and events of other vocabularies, from the call site to what is sent.

use opentelemetry_sdk::trace::SpanData;
use tracing::{debug, dispatcher, info, info_span};
use tracing_openinference::TraceConfig;

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

#[test]
fn hidden_messages_come_back_under_no_name() {
    let config = || TraceConfig::new().hide_input_messages(true).hide_output_messages(true);
    for config in [config(), config().enable_genai_semconv(true)] {
        let pipeline = Pipeline::with(|builder| builder.trace_config(config));
        dispatcher::with_default(&pipeline.alone(), || {
            let words = r#"[{"role":"user","parts":[{"type":"text","content":"s3cret"}]}]"#;
            drop(info_span!(
                "chat",
                gen_ai.operation.name = "chat",
                gen_ai.request.model = "gpt-4o",
                gen_ai.input.messages = words,
                gen_ai.output.messages = words,
            ));
            drop(info_span!("ask", gen_ai.operation.name = "invoke_agent", gen_ai.prompt = "s3cret"));
            drop(info_span!("native", openinference.span.kind = "LLM", llm.input_messages = "s3cret"));
        });
        let spans = pipeline.recorder.spans();
        assert_eq!(spans.len(), 3);
        for span in spans {
            assert!(!format!("{span:?}").contains("s3cret"), "{:#?}", lines(&span));
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
