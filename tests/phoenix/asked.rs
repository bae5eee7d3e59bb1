//! Everything the other modules ask Phoenix is asked here about a trace that was written by hand, so that a red test
//! there means our spans and not the question.

use integration_tests::Phoenix;
use integration_tests::phoenix::{Project, unique};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span::Event};
use prost::Message;
use serde_json::json;

#[test]
fn phoenix_can_be_asked() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let project = phoenix.project("asked");
    let session = unique("session");
    send_by_hand(&phoenix, &project, &session);

    let spans = project.spans(2);
    assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["agent", "chat"]);
    let chat = project.span("chat");
    assert_eq!((&*chat.kind, &*chat.status, &*chat.status_message), ("LLM", "ERROR", "boom"));
    assert_eq!(chat.parent_id.as_ref(), Some(&spans[0].id));
    assert_eq!(*chat.attribute("llm.input_messages.0.message.role"), json!("user"));
    assert_eq!(chat.exception().expect("an exception")["attributes"]["exception.message"], "boom");

    let trace = phoenix.trace(&chat.trace_id, 2);
    assert_eq!(trace.summary["rootSpan"]["name"], "agent");
    assert_eq!(trace.span("chat")["tokenCountPrompt"], 1000);
    assert_eq!(trace.span("chat")["attributes"]["llm"]["model_name"], "gpt-4o");
    assert_eq!(phoenix.cost(&chat.trace_id), 0.0075);
    assert_eq!(project.session(&session)["numTraces"], 1);
    assert_eq!(project.summary()["tokenCountTotal"].as_f64(), Some(1500.0));
}

fn send_by_hand(phoenix: &Phoenix, project: &Project, session: &str) {
    let trace_id = u128::from_be_bytes(*b"tracing-openinfe") ^ u128::from(std::process::id()) ^ now();
    let agent = Span {
        trace_id: trace_id.to_be_bytes().to_vec(),
        span_id: (trace_id as u64).to_be_bytes().to_vec(),
        name: "agent".to_owned(),
        start_time_unix_nano: now() as u64,
        end_time_unix_nano: now() as u64 + 1_000_000,
        attributes: vec![text("openinference.span.kind", "AGENT"), text("session.id", session)],
        ..Span::default()
    };
    let chat = Span {
        parent_span_id: agent.span_id.clone(),
        span_id: (trace_id as u64 ^ 1).to_be_bytes().to_vec(),
        name: "chat".to_owned(),
        start_time_unix_nano: agent.start_time_unix_nano + 1_000,
        attributes: vec![
            text("openinference.span.kind", "LLM"),
            text("llm.model_name", "gpt-4o"),
            text("llm.input_messages.0.message.role", "user"),
            text("llm.input_messages.0.message.content", "Hello?"),
            number("llm.token_count.prompt", 1000),
            number("llm.token_count.completion", 500),
        ],
        events: vec![Event {
            time_unix_nano: agent.start_time_unix_nano,
            name: "exception".to_owned(),
            attributes: vec![text("exception.message", "boom")],
            ..Event::default()
        }],
        status: Some(Status { message: "boom".to_owned(), code: 2 }),
        ..agent.clone()
    };
    let resource =
        Resource { attributes: vec![text("openinference.project.name", project.name())], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans: vec![agent, chat], ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    let answer = ureq::post(format!("{}/v1/traces", phoenix.url()))
        .header("content-type", "application/x-protobuf")
        .send(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
    assert!(answer.expect("Phoenix answers").status().is_success());
}

fn now() -> u128 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_nanos()
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, any_value::Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, any_value::Value::IntValue(value))
}

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
