use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, SpanKind as Direction, Status};
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;

use super::super::{content_only, may_tell_content};
use super::{Conversion, convert, lines, span};

fn rows(mut span: SpanData) -> Vec<String> {
    convert(&mut span, &Conversion::default());
    span.attributes.iter().map(|attribute| format!("{} = {}", attribute.key, attribute.value)).collect()
}

fn told(name: &'static str, fields: &[(&'static str, &'static str)]) -> Event {
    let fields = fields.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect();
    Event::new(name, std::time::UNIX_EPOCH, fields, 0)
}

fn outcome(span: &SpanData) -> (Status, Vec<String>) {
    let attribute = |attribute: &KeyValue| format!("{} = {}", attribute.key, attribute.value);
    (span.status.clone(), span.events.iter().flat_map(|event| event.attributes.iter().map(attribute)).collect())
}

#[test]
fn a_tool_of_rig_that_failed_has_failed() {
    let mut span = span(vec![
        KeyValue::new("gen_ai.operation.name", "execute_tool"),
        KeyValue::new("gen_ai.tool.name", "w"),
        KeyValue::new("gen_ai.tool.call.outcome", "error"),
        KeyValue::new("gen_ai.tool.error.type", "other"),
        KeyValue::new("gen_ai.tool.call.result", "the tool failed"),
    ]);
    convert(&mut span, &Conversion::default());
    let failed = Status::Error { description: "the tool failed".into() };
    let exception = ["exception.type = other", "exception.message = the tool failed"].map(String::from).to_vec();
    assert_eq!(outcome(&span), (failed.clone(), exception.clone()));
    convert(&mut span, &Conversion::default());
    assert_eq!(outcome(&span), (failed, exception));
}

#[test]
fn a_request_of_rig_without_an_answer_has_failed() {
    let asked = || vec![KeyValue::new("rig.completion_parent", true), KeyValue::new("gen_ai.operation.name", "chat")];
    let stream = |stream: bool| KeyValue::new("gen_ai.request.stream", stream);
    let cases: [(Vec<KeyValue>, bool); 7] = [
        (vec![stream(false)], true),
        (vec![stream(false), KeyValue::new("gen_ai.input.messages", "[]")], true),
        (vec![stream(false), KeyValue::new("gen_ai.response.id", "r1")], false),
        (vec![stream(false), KeyValue::new("gen_ai.usage.input_tokens", 0_i64)], false),
        (vec![stream(false), KeyValue::new("tracing_openinference.unfinished", true)], false),
        // Whoever reads a stream may leave it.
        (vec![stream(true)], false),
        // It was never sent.
        (vec![], false),
    ];
    for (told, failed) in cases {
        let mut span = span([asked(), told.clone()].concat());
        convert(&mut span, &Conversion::default());
        assert_eq!(matches!(span.status, Status::Error { .. }), failed, "{told:?}");
        assert_eq!(span.events.len(), usize::from(failed), "{told:?}");
    }
    // Without an agent around it the span has another sign of rig; somebody else's has none.
    let mut bare = span(vec![stream(false), KeyValue::new("rig.provider_request_id", "req_1")]);
    convert(&mut bare, &Conversion::default());
    assert_eq!(outcome(&bare).1[0], "exception.type = _OTHER");
    let mut other = span(vec![stream(false)]);
    convert(&mut other, &Conversion::default());
    assert_eq!(other.status, Status::Unset);
}

#[test]
fn types_of_errors_and_answers_of_servers_are_failures() {
    for (attribute, direction, failed) in [
        (KeyValue::new("error.type", "429"), Direction::Internal, true),
        (KeyValue::new("error.type", " "), Direction::Internal, false),
        (KeyValue::new("http.response.status_code", 503_i64), Direction::Server, true),
        (KeyValue::new("http.response.status_code", 404_i64), Direction::Server, false),
        (KeyValue::new("http.status_code", "404"), Direction::Client, true),
        (KeyValue::new("http.response.status_code", 200_i64), Direction::Client, false),
    ] {
        let mut span = SpanData { span_kind: direction, ..span(vec![attribute.clone()]) };
        convert(&mut span, &Conversion::default());
        assert_eq!(matches!(span.status, Status::Error { .. }), failed, "{attribute:?}");
        assert_eq!(span.events.len(), usize::from(failed), "{attribute:?}");
    }
    let mut well = SpanData { status: Status::Ok, ..span(vec![KeyValue::new("error.type", "429")]) };
    convert(&mut well, &Conversion::default());
    assert_eq!((well.status, well.events.len()), (Status::Ok, 0));
}

#[test]
fn openllmetry_unwraps_what_it_wrapped() {
    assert_eq!(
        lines(vec![
            KeyValue::new("traceloop.span.kind", "tool"),
            KeyValue::new("traceloop.entity.name", "w"),
            KeyValue::new("traceloop.entity.input", r#"{"inputs":{"city":"Paris"},"tags":[]}"#),
            KeyValue::new("traceloop.entity.output", r#"{"output":"18C"}"#),
            KeyValue::new("traceloop.association.properties.session_id", "s1"),
            KeyValue::new("traceloop.association.properties.team", "a"),
        ]),
        [
            "openinference.span.kind = TOOL",
            "tool.name = w",
            "session.id = s1",
            r#"tool.parameters = {"city":"Paris"}"#,
            "input.mime_type = application/json",
            "output.mime_type = text/plain",
            r#"metadata = {"team":"a"}"#,
            r#"input.value = {"city":"Paris"}"#,
            "output.value = 18C",
        ]
    );
}

#[test]
fn openllmetry_names_kinds_in_any_case_and_leaves_unknown_ones_to_the_operation() {
    for (stated, call, kind) in [
        ("LLM", None, "LLM"),
        (" Tool ", Some(("gen_ai.request.model", "m")), "TOOL"),
        ("AGENT", Some(("gen_ai.operation.name", "execute_tool")), "AGENT"),
        ("unknown", None, "UNKNOWN"),
        ("unknown", Some(("gen_ai.request.model", "m")), "LLM"),
        ("weird", Some(("gen_ai.operation.name", "execute_tool")), "TOOL"),
        ("weird", Some(("gen_ai.operation.name", "weird")), "UNKNOWN"),
    ] {
        let mut attributes = vec![KeyValue::new("traceloop.span.kind", stated)];
        attributes.extend(call.map(|(key, value)| KeyValue::new(key, value)));
        let found = lines(attributes);
        assert!(found.contains(&format!("openinference.span.kind = {kind}")), "{stated} {call:?}: {found:#?}");
    }
}

#[test]
fn swiftide_tells_in_events_what_it_did() {
    let messages = json!([{ "role": "user", "content": "Weather?" }]).to_string();
    let mut span = span(vec![KeyValue::new("langfuse.type", "GENERATION")]);
    span.events.events = vec![Event::new(
        "event swiftide",
        std::time::UNIX_EPOCH,
        vec![
            KeyValue::new("langfuse.model", "gpt-4o"),
            KeyValue::new("langfuse.input", messages.clone()),
            KeyValue::new("langfuse.output", "18C"),
            KeyValue::new("langfuse.usage", r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#),
        ],
        0,
    )];
    let found = rows(span);
    for line in [
        "openinference.span.kind = LLM",
        "llm.model_name = gpt-4o",
        "llm.system = openai",
        "llm.token_count.total = 15",
        "llm.input_messages.0.message.content = Weather?",
        "llm.output_messages.0.message.content = 18C",
        "output.value = 18C",
        &format!("input.value = {messages}"),
    ] {
        assert!(found.iter().any(|found| found == line), "{line} is not in {found:#?}");
    }
}

#[test]
fn goose_and_langchain_are_known_by_their_names() {
    let goose = lines(vec![
        KeyValue::new("observation_type", "GENERATION"),
        KeyValue::new("model", "claude-sonnet-4"),
        KeyValue::new("input_json", r#"{"messages":[{"role":"user","content":"hi"}]}"#),
        KeyValue::new("usage_details_json", r#"{"input":10,"output":5}"#),
    ]);
    for line in ["openinference.span.kind = LLM", "llm.system = anthropic", "llm.token_count.total = 15"] {
        assert!(goose.iter().any(|found| found == line), "{line} is not in {goose:#?}");
    }
    let langchain = rows(SpanData {
        name: "llm.generate".into(),
        ..span(vec![
            KeyValue::new("provider", "openai"),
            KeyValue::new("model", "gpt-4o"),
            KeyValue::new("prompt_tokens", 10_i64),
            KeyValue::new("completion_tokens", 5_i64),
        ])
    });
    for line in ["openinference.span.kind = LLM", "llm.model_name = gpt-4o", "llm.token_count.total = 15"] {
        assert!(langchain.iter().any(|found| found == line), "{line} is not in {langchain:#?}");
    }
    let agent = rows(SpanData { name: "agent.run".into(), ..span(Vec::new()) });
    assert_eq!(agent, ["openinference.span.kind = AGENT"]);
}

#[test]
fn messages_told_one_by_one_are_a_conversation() {
    let mut span = span(vec![KeyValue::new("gen_ai.operation.name", "chat")]);
    span.events.events = vec![
        told("gen_ai.system.message", &[("content", "Be brief.")]),
        told("event src/main.rs:1", &[("event.name", "gen_ai.user.message"), ("content", "Weather?")]),
        told("gen_ai.tool.message", &[("id", "c1"), ("content", "18")]),
        told("an event of the application", &[("detail", "x")]),
        told("gen_ai.choice", &[("index", "0"), ("finish_reason", "stop"), ("message", r#"{"content":"18C"}"#)]),
    ];
    convert(&mut span, &Conversion::default());
    assert_eq!(span.events.len(), 1);
    let found = rows(span);
    for line in [
        "llm.finish_reason = stop",
        "llm.input_messages.0.message.role = system",
        "llm.input_messages.1.message.content = Weather?",
        "llm.input_messages.2.message.tool_call_id = c1",
        "llm.output_messages.0.message.content = 18C",
    ] {
        assert!(found.iter().any(|found| found == line), "{line} is not in {found:#?}");
    }
}

#[test]
fn capture_keeps_of_an_event_what_it_tells_and_nothing_else() {
    assert!(may_tell_content("event x", ["langfuse.input"]));
    assert!(may_tell_content("gen_ai.choice", []));
    assert!(!may_tell_content("event x", ["message", "genai"]));

    let kept = content_only(told("event x", &[("message", "secret"), ("langfuse.model", "m")])).unwrap();
    assert_eq!(kept.attributes, [KeyValue::new("langfuse.model", "m")]);
    let adk = [("event_name", "gen_ai.content.prompt"), ("content", "hi"), ("message", "x")];
    assert_eq!(content_only(told("event x", &adk)).unwrap().attributes.len(), 2);
    assert_eq!(content_only(told("event x", &[("event_name", "login"), ("content", "secret")])), None);

    let mut span = span(Vec::new());
    span.events.events = vec![told("event x", &adk[..2])];
    let found = rows(span);
    assert!(found.contains(&String::from("llm.input_messages.0.message.content = hi")), "{found:#?}");
}

#[test]
fn openllmetry_does_not_repeat_hidden_messages() {
    let messages = r#"{"inputs":{"messages":[{"role":"user","content":"SECRET"}]}}"#;
    let hidden = || Conversion { hide_input_messages: true, hide_output_messages: true, ..Conversion::default() };
    for word in ["traceloop.entity.input", "traceloop.entity.output"] {
        for (kind, shown) in [(Some("llm"), false), (None, false), (Some("task"), true)] {
            let mut attributes = vec![KeyValue::new(word, messages)];
            attributes.extend(kind.map(|kind| KeyValue::new("traceloop.span.kind", kind)));
            let mut span = span(attributes);
            convert(&mut span, &hidden());
            assert_eq!(rows(span).join("\n").contains("SECRET"), shown, "{word} {kind:?}");
        }
    }
}
