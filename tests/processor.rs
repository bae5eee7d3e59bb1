//! The stages in front of a processor of an `SdkTracerProvider`, without our layer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use integration_tests::Recorder;
use opentelemetry::trace::{
    Span as _, SpanContext, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing_openinference::{OpenInferenceProcessor, TraceConfig, attribute, semconv::SpanKind};
use tracing_subscriber::prelude::*;

type Edit = fn(OpenInferenceProcessor<Recorder>) -> OpenInferenceProcessor<Recorder>;

fn provider(edit: Edit) -> (SdkTracerProvider, Recorder) {
    let recorder = Recorder::new();
    let processor = edit(OpenInferenceProcessor::new(recorder.clone()));
    (SdkTracerProvider::builder().with_span_processor(processor).build(), recorder)
}

/// A model call as a program writes it that knows no flattened keys: messages as JSON.
fn chat(provider: &SdkTracerProvider) {
    provider.tracer("plain").in_span("chat", |context| {
        for (key, value) in [
            ("openinference.span.kind", "LLM"),
            ("llm.model_name", "gpt-4o"),
            ("llm.input_messages", r#"[{"role":"user","content":"my secret"}]"#),
        ] {
            context.span().set_attribute(KeyValue::new(key, value));
        }
    });
}

#[test]
fn spans_are_converted() {
    let (provider, recorder) = provider(|processor| processor);
    chat(&provider);
    assert_snapshot!(recorder.tree(), @r#"
    chat
      input.mime_type: "text/plain"
      input.value: "my secret"
      llm.input_messages.0.message.content: "my secret"
      llm.input_messages.0.message.role: "user"
      llm.model_name: "gpt-4o"
      openinference.span.kind: "LLM"
    "#);
}

#[test]
fn what_the_policy_hides_does_not_reach_the_next_processor() {
    let (provider, recorder) =
        provider(|processor| processor.trace_config(TraceConfig::new().hide_inputs(true).hide_input_messages(true)));
    chat(&provider);
    assert!(!format!("{:?}", recorder.spans()).contains("secret"), "{}", recorder.tree());
    assert_eq!(attribute(&recorder.spans()[0], "llm.model_name"), Some("gpt-4o"));
}

#[test]
fn a_dropped_span_does_not_reach_the_next_processor() {
    let (provider, recorder) = provider(|processor| {
        processor
            .drop_spans(|span| span.name == "health")
            .drop_spans(|span| attribute(span, "openinference.span.kind") == Some("LLM"))
    });
    let tracer = provider.tracer("plain");
    tracer.in_span("health", |_| {});
    tracer.in_span("kept", |_| {});
    chat(&provider);
    let names: Vec<_> = recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["kept"]);
}

#[test]
fn the_default_kind_can_be_chosen() {
    let (provider, recorder) = provider(|processor| processor.default_kind(SpanKind::Agent));
    provider.tracer("plain").in_span("step", |_| {});
    assert_eq!(attribute(&recorder.span("step"), "openinference.span.kind"), Some("AGENT"));
}

#[test]
fn of_keys_that_stand_twice_the_last_write_is_left() {
    let (provider, recorder) = provider(|processor| processor.trace_config(TraceConfig::new().hide_inputs(true)));
    provider.tracer("plain").in_span("step", |context| {
        for value in ["first secret", "second secret"] {
            context.span().set_attribute(KeyValue::new("input.value", value));
        }
        for value in [1, 2] {
            context.span().set_attribute(KeyValue::new("llm.token_count.prompt", value));
        }
    });
    let step = recorder.span("step");
    for key in ["input.value", "llm.token_count.prompt"] {
        assert_eq!(step.attributes.iter().filter(|kv| kv.key.as_str() == key).count(), 1, "{key}");
    }
    assert!(step.attributes.contains(&KeyValue::new("llm.token_count.prompt", 2)));
    assert!(!format!("{step:?}").contains("secret"), "{step:?}");
}

#[test]
fn a_rule_that_panics_keeps_the_span() {
    let (provider, recorder) = provider(|processor| processor.drop_spans(|_| panic!("a rule panics")));
    provider.tracer("plain").in_span("step", |_| {});
    assert_eq!(recorder.spans().len(), 1);
}

#[test]
fn ids_times_status_events_and_links_are_left_as_they_are() {
    let (provider, recorder) = provider(|processor| processor);
    let tracer = provider.tracer("plain");
    let remote = SpanContext::new(7.into(), 8.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    let mut span = tracer.start_with_context("step", &Context::new().with_remote_span_context(remote.clone()));
    span.add_link(remote.clone(), vec![KeyValue::new("why", "batch")]);
    span.add_event("retry", vec![KeyValue::new("attempt", 2)]);
    span.set_status(Status::error("timed out"));
    let context = span.span_context().clone();
    span.end();
    let step = recorder.span("step");
    assert_eq!(step.span_context, context);
    assert_eq!((step.parent_span_id, step.parent_span_is_remote), (remote.span_id(), true));
    assert_eq!(step.status, Status::error("timed out"));
    assert_eq!((step.events.len(), step.links.len()), (1, 1));
    assert!(step.end_time >= step.start_time);
}

#[test]
fn behind_the_layer_of_tracing_opentelemetry_it_works_without_ours() {
    let (provider, recorder) = provider(|processor| processor.trace_config(TraceConfig::new().hide_outputs(true)));
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        tracing::info_span!("agent", openinference.span.kind = "AGENT").in_scope(|| {
            tracing::info_span!("chat", question = "why", output.value = "a secret").in_scope(|| {});
        });
    });
    assert!(!format!("{:?}", recorder.spans()).contains("a secret"), "{}", recorder.tree());
    let (agent, chat) = (recorder.span("agent"), recorder.span("chat"));
    assert_eq!(chat.parent_span_id, agent.span_context.span_id());
    assert_eq!(attribute(&agent, "openinference.span.kind"), Some("AGENT"));
    assert!(attribute(&chat, "input.value").is_some_and(|input| input.contains("why")), "{}", recorder.tree());
}

/// Notes every call, and answers each with another error.
#[derive(Clone, Debug, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn note(&self, call: impl Into<String>) {
        self.0.lock().expect("nobody panics with it").push(call.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with it"))
    }
}

fn failed(why: &str) -> OTelSdkResult {
    Err(OTelSdkError::InternalFailure(why.into()))
}

impl SpanProcessor for Calls {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.note(format!("on_start {}", context.span().span_context().span_id()));
        span.set_attribute(KeyValue::new("seen", true));
    }

    fn on_end(&self, span: SpanData) {
        self.note(format!("on_end {}", span.name));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.note("force_flush");
        failed("flush")
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.note(format!("shutdown_with_timeout {timeout:?}"));
        failed("shutdown_with_timeout")
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.note("shutdown");
        failed("shutdown")
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.note(format!("set_resource {:?}", resource.get(&"service.name".into())));
    }
}

fn wrapped() -> (OpenInferenceProcessor<Calls>, Calls) {
    let calls = Calls::default();
    (OpenInferenceProcessor::new(calls.clone()), calls)
}

#[test]
fn on_start_is_forwarded_with_the_span_and_its_context() {
    let (processor, calls) = wrapped();
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    calls.take();
    let remote = SpanContext::new(7.into(), 8.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    let context = Context::new().with_remote_span_context(remote);
    let span = provider.tracer("plain").start_with_context("step", &context);
    assert_eq!(calls.take(), ["on_start 0000000000000008"]);
    let data = span.exported_data().unwrap();
    assert_eq!(data.attributes, [KeyValue::new("seen", true)], "what the next processor writes stays");
}

#[test]
fn on_end_is_forwarded() {
    let (processor, calls) = wrapped();
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    provider.tracer("plain").in_span("step", |_| calls.take());
    assert_eq!(calls.take(), ["on_end step"]);
}

#[test]
fn force_flush_is_forwarded_with_its_result() {
    let (processor, calls) = wrapped();
    assert_eq!(format!("{:?}", processor.force_flush()), format!("{:?}", failed("flush")));
    assert_eq!(calls.take(), ["force_flush"]);
}

#[test]
fn shutdown_with_timeout_is_forwarded_with_its_timeout_and_result() {
    let (processor, calls) = wrapped();
    let result = processor.shutdown_with_timeout(Duration::from_millis(1234));
    assert_eq!(format!("{result:?}"), format!("{:?}", failed("shutdown_with_timeout")));
    assert_eq!(calls.take(), ["shutdown_with_timeout 1.234s"]);
}

#[test]
fn shutdown_is_forwarded_as_such_with_its_result() {
    let (processor, calls) = wrapped();
    assert_eq!(format!("{:?}", processor.shutdown()), format!("{:?}", failed("shutdown")));
    assert_eq!(calls.take(), ["shutdown"]);
}

#[test]
fn set_resource_is_forwarded() {
    let (mut processor, calls) = wrapped();
    processor.set_resource(&Resource::builder_empty().with_service_name("bot").build());
    assert_eq!(calls.take(), [r#"set_resource Some(String(Static("bot")))"#]);
}

/// Writes into memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_variable_that_cannot_be_read_hides_and_is_said_once() {
    let lookup = |name: &str| (name == "OPENINFERENCE_HIDE_INPUT_MESSAGES").then(|| "perhaps".into());
    let processor = OpenInferenceProcessor::new(Recorder::new()).trace_config(TraceConfig::from_lookup(lookup));
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || {
        chat(&provider);
        chat(&provider);
    });
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(said.matches("OPENINFERENCE_HIDE_INPUT_MESSAGES").count(), 1, "{said}");
    assert!(!said.contains("perhaps"), "{said}");
}
