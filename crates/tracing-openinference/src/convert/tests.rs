use std::borrow::Cow;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind as Direction, Status};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde_json::json;

use super::{Conversion, convert};

mod dialects;
mod genai;
mod lists;
mod semconv;

fn span(attributes: Vec<KeyValue>) -> SpanData {
    SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: Direction::Internal,
        name: Cow::Borrowed("span"),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

/// Converts twice, to see that the second time changes nothing.
fn converted(attributes: Vec<KeyValue>) -> Vec<KeyValue> {
    let mut span = span(attributes);
    convert(&mut span, &Conversion::default());
    let once = span.attributes.clone();
    convert(&mut span, &Conversion::default());
    assert_eq!(span.attributes, once, "converting twice is not converting once");
    once
}

/// The attributes as lines, without the kind that every span gets.
fn lines(attributes: Vec<KeyValue>) -> Vec<String> {
    let line = |attribute: &KeyValue| format!("{} = {}", attribute.key, attribute.value);
    let lines = converted(attributes).iter().map(line).collect::<Vec<_>>();
    lines.into_iter().filter(|line| line != "openinference.span.kind = CHAIN").collect()
}

#[test]
fn the_kind_is_first_and_content_is_last() {
    let attributes = vec![
        KeyValue::new("input.value", "hello"),
        KeyValue::new("llm.input_messages.0.message.role", "user"),
        KeyValue::new("http.route", "/"),
        KeyValue::new("llm.token_count.prompt", 5_i64),
        KeyValue::new("llm.model_name", "gpt-4o"),
        KeyValue::new("openinference.span.kind", " \"llm\""),
    ];
    let keys: Vec<String> = converted(attributes).iter().map(|attribute| attribute.key.to_string()).collect();
    assert_eq!(
        keys,
        [
            "openinference.span.kind",
            "llm.token_count.prompt",
            "llm.model_name",
            "http.route",
            "input.value",
            "llm.input_messages.0.message.role"
        ]
    );
}

#[test]
fn kinds_are_written_as_the_wire_has_them() {
    for (kind, expected) in [
        (Value::from("llm"), "LLM"),
        (Value::from("Retriever"), "RETRIEVER"),
        (Value::from("\"TOOL\""), "TOOL"),
        (Value::from("custom"), "CUSTOM"),
        (Value::from("  "), "CHAIN"),
        (Value::from(3_i64), "CHAIN"),
        (Value::from(true), "CHAIN"),
    ] {
        let attributes = converted(vec![KeyValue::new("openinference.span.kind", kind)]);
        assert_eq!(attributes, [KeyValue::new("openinference.span.kind", expected)]);
    }
}

#[test]
fn one_argument_is_the_input() {
    for (argument, value, mime_type) in [
        (Value::from("hello"), "hello", "text/plain"),
        (Value::from("\"say \\\"hi\\\"\""), "say \"hi\"", "text/plain"),
        (Value::from("{\"a\": 1}"), "{\"a\": 1}", "application/json"),
        (Value::from("Query { a: 1 }"), "Query { a: 1 }", "text/plain"),
        (Value::from(42_i64), "42", "text/plain"),
        (Value::from(f64::NAN), "NaN", "text/plain"),
    ] {
        assert_eq!(
            lines(vec![KeyValue::new("question", argument)]),
            [format!("input.mime_type = {mime_type}"), format!("input.value = {value}")]
        );
    }
}

#[test]
fn more_arguments_are_an_object_in_their_order() {
    let arguments = vec![
        KeyValue::new("question", "why?"),
        KeyValue::new("limit", 5_i64),
        KeyValue::new("filter", "{\"lang\": [\"en\"]}"),
        KeyValue::new("debug", "Some(1)"),
        KeyValue::new("http.route", "/"),
        KeyValue::new("metadata", "{}"),
    ];
    assert_eq!(
        lines(arguments),
        [
            "http.route = /",
            "metadata = {}",
            "input.mime_type = application/json",
            r#"input.value = {"question":"why?","limit":5,"filter":{"lang": ["en"]},"debug":"Some(1)"}"#,
        ]
    );
}

#[test]
fn arguments_stay_where_the_span_says_its_input() {
    assert_eq!(
        lines(vec![KeyValue::new("attempt", 2_i64), KeyValue::new("input.value", "hello")]),
        ["attempt = 2", "input.value = hello"]
    );
    assert_eq!(
        lines(vec![KeyValue::new("attempt", 2_i64), KeyValue::new("llm.input_messages", "hello")]),
        ["attempt = 2", "llm.input_messages.0.message.role = user", "llm.input_messages.0.message.content = hello"]
    );
}

#[test]
fn the_returned_value_is_the_output_unless_there_is_one() {
    assert_eq!(
        lines(vec![KeyValue::new("return", "[1, 2]")]),
        ["output.mime_type = application/json", "output.value = [1, 2]"]
    );
    assert_eq!(lines(vec![KeyValue::new("return", "\"x\""), KeyValue::new("output.value", "y")]), ["output.value = y"]);
}

#[test]
fn obvious_words_get_their_keys() {
    assert_eq!(
        lines(vec![
            KeyValue::new("input", "q"),
            KeyValue::new("output", "{\"a\":1}"),
            KeyValue::new("user", 7_i64),
            KeyValue::new("session", " s1 "),
            KeyValue::new("llm", "gpt"),
        ]),
        [
            "user.id = 7",
            "session.id = s1",
            "metadata = {\"llm\":\"gpt\"}",
            "output.mime_type = application/json",
            "input.value = q",
            "output.value = {\"a\":1}",
        ]
    );
}

#[test]
fn a_user_that_may_be_more_than_an_id_is_an_argument() {
    for word in ["user", "session"] {
        let secret = || vec![KeyValue::new(word, "User { name: \"Ann\" }")];
        assert_eq!(lines(secret())[1], "input.value = User { name: \"Ann\" }", "{word}");
        for argument in [secret(), vec![KeyValue::new(word, "Ann")]] {
            let mut span = span(argument);
            convert(&mut span, &Conversion { hide_arguments: true, ..Conversion::default() });
            let keys: Vec<_> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
            assert_eq!(keys, ["openinference.span.kind", "input.mime_type", "input.value"], "{word}");
        }
    }
}

#[test]
fn numbers_of_tokens_are_numbers() {
    assert_eq!(
        converted(vec![
            KeyValue::new("llm.token_count.prompt", " 10"),
            KeyValue::new("llm.token_count.completion", 5.0),
            KeyValue::new("llm.token_count.prompt_details.cache_read", "many"),
            KeyValue::new("llm.cost.total", "0.25"),
            KeyValue::new("llm.response.model_name", "gpt-4o-2024"),
            KeyValue::new("llm.request.model_name", "gpt-4o"),
        ])[1..],
        [
            KeyValue::new("llm.token_count.prompt", 10_i64),
            KeyValue::new("llm.token_count.completion", 5_i64),
            KeyValue::new("llm.token_count.prompt_details.cache_read", "many"),
            KeyValue::new("llm.cost.total", 0.25),
            KeyValue::new("llm.response.model_name", "gpt-4o-2024"),
            KeyValue::new("llm.request.model_name", "gpt-4o"),
            KeyValue::new("llm.model_name", "gpt-4o-2024"),
            KeyValue::new("llm.token_count.total", 15_i64),
        ]
    );
}

#[test]
fn values_get_the_type_they_must_have() {
    assert_eq!(
        lines(vec![
            KeyValue::new("session.id", 5_i64),
            KeyValue::new("user.id", "  "),
            KeyValue::new("metadata", "plain"),
            KeyValue::new("llm.invocation_parameters", "{\"t\": 0}"),
            KeyValue::new("input.value", 5_i64),
            KeyValue::new("output.value", " {}"),
        ]),
        [
            "session.id = 5",
            "metadata = \"plain\"",
            "llm.invocation_parameters = {\"t\": 0}",
            "output.mime_type = application/json",
            "input.value = 5",
            "output.value =  {}",
        ]
    );
    for (tags, expected) in [("[\"a\", 1]", r#"["a","1"]"#), ("a, b,", r#"["a","b"]"#), ("one", r#"["one"]"#)] {
        assert_eq!(lines(vec![KeyValue::new("tag.tags", tags)]), [format!("tag.tags = {expected}")]);
    }
}

#[test]
fn names_that_phoenix_would_misread_are_corrected() {
    assert_eq!(
        lines(vec![
            KeyValue::new("", 1_i64),
            KeyValue::new(".llm", "x"),
            KeyValue::new("input.value ", "in"),
            KeyValue::new("llm..model_name", "gpt"),
        ]),
        ["llm.model_name = gpt", "metadata = {\"llm\":\"x\"}", "input.value = in"]
    );
}

#[test]
fn size_and_depth_take_neither_the_stack_nor_seconds() {
    let started = Instant::now();
    let message = json!({ "role": "user", "content": "x".repeat(100) });
    let many = serde_json::Value::from(vec![message; 80_000]).to_string();
    assert!(many.len() > 10_000_000);
    assert_eq!(converted(vec![KeyValue::new("llm.input_messages", many)]).len(), 160_001);

    let deep = "[".repeat(5_000_000) + &"]".repeat(5_000_000);
    assert_eq!(lines(vec![KeyValue::new("llm.input_messages", deep.clone())]).len(), 2);
    assert_eq!(lines(vec![KeyValue::new("a", deep.clone()), KeyValue::new("b", deep)]).len(), 2);

    let wide = (0..10_000).map(|n| KeyValue::new(format!("app.{n}.x"), "y")).collect();
    assert_eq!(converted(wide).len(), 10_001);
    let wide = (0..10_000).map(|n| KeyValue::new(format!("a{n}"), "y")).collect();
    assert_eq!(lines(wide).len(), 2);
    // Built without optimisation; anything quadratic would take minutes.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn what_a_config_is_going_to_hide_is_not_repeated_under_another_name() {
    let config = crate::TraceConfig::new().hide_input_messages(true).hide_output_messages(true);
    let left = |options: &Conversion| {
        let mut span = span(vec![
            KeyValue::new("openinference.span.kind", "LLM"),
            KeyValue::new("llm.input_messages", r#"[{"role":"user","content":"secret"}]"#),
            KeyValue::new("llm.output_messages", r#"[{"role":"assistant","content":"secret"}]"#),
        ]);
        convert(&mut span, options);
        crate::redact(&mut span, &config);
        format!("{span:?}")
    };
    assert!(left(&Conversion::default()).contains("secret"), "nothing repeats the messages any more");
    assert!(!left(&Conversion::for_config(&config)).contains("secret"));
}

#[test]
fn a_hundred_thousand_thoughts_take_no_seconds() {
    let started = Instant::now();
    let thought = json!({ "type": "reasoning", "text": "x" });
    let mut parts = vec![thought; 100_000];
    parts.push(json!({ "type": "text", "text": "said" }));
    let message = json!([{ "role": "assistant", "content": parts }]).to_string();
    let mut span =
        span(vec![KeyValue::new("openinference.span.kind", "LLM"), KeyValue::new("llm.output_messages", message)]);
    convert(&mut span, &Conversion::default());
    assert!(span.attributes.contains(&KeyValue::new("output.value", "said")));
    // Built without optimisation; comparing every part with every other one takes minutes.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn a_member_of_metadata_hides_no_other() {
    let converted = converted(vec![KeyValue::new("metadata.value.llm", false), KeyValue::new("metadata.value", true)]);
    let keys: Vec<_> = converted.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(keys, ["openinference.span.kind", "metadata"]);
    assert_eq!(converted[1].value.as_str(), r#"{"value":true,"value.llm":false}"#);
}
