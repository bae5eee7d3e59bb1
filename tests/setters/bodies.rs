//! Whole requests and responses, through the pipeline and under every policy.

use std::time::{Duration, Instant};

use integration_tests::secrets::FLAGS;
use integration_tests::{Recorder, span_tree};
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tracing_openinference::{OpenInferenceSpanExt, TraceConfig, builder, chain_span, embedding_span, llm_span};
use tracing_subscriber::layer::SubscriberExt;

use crate::run;

fn value(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|found| found.value.to_string())
}

fn request() -> Value {
    json!({
        "model": "gpt-4o",
        "messages": [{ "role": "user", "content": "Weather in Paris?" }],
        "tools": [{ "type": "function", "function": { "name": "weather", "parameters": {} } }],
        "temperature": 0.2,
        "api_key": "sk-secret",
    })
}

fn response() -> Value {
    json!({
        "model": "gpt-4o-2024-08-06",
        "choices": [{ "message": { "role": "assistant", "content": "18 °C" }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 },
    })
}

#[test]
fn a_call_is_told_by_its_request_and_its_response() {
    let spans = run(TraceConfig::new(), || {
        tracing::info_span!("chat").set_llm_request(&request()).set_llm_response(&response().to_string());
    });
    insta::assert_snapshot!(span_tree(&spans), @r#"
    chat OK
      input.mime_type: "application/json"
      input.value: "{\"messages\":[{\"content\":\"Weather in Paris?\",\"role\":\"user\"}],\"model\":\"gpt-4o\",\"temperature\":0.2,\"tools\":[{\"function\":{\"name\":\"weather\",\"parameters\":{}},\"type\":\"function\"}]}"
      llm.finish_reason: "stop"
      llm.input_messages.0.message.content: "Weather in Paris?"
      llm.input_messages.0.message.role: "user"
      llm.invocation_parameters: "{\"model\":\"gpt-4o\",\"temperature\":0.2}"
      llm.model_name: "gpt-4o-2024-08-06"
      llm.output_messages.0.message.content: "18 °C"
      llm.output_messages.0.message.role: "assistant"
      llm.request.model_name: "gpt-4o"
      llm.response.model_name: "gpt-4o-2024-08-06"
      llm.system: "openai"
      llm.token_count.completion: 2
      llm.token_count.prompt: 9
      llm.token_count.total: 11
      llm.tools.0.tool.json_schema: "{\"function\":{\"name\":\"weather\",\"parameters\":{}},\"type\":\"function\"}"
      llm.tools.0.tool.name: "weather"
      openinference.span.kind: "LLM"
      output.mime_type: "application/json"
      output.value: "{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"18 °C\",\"role\":\"assistant\"}}],\"model\":\"gpt-4o-2024-08-06\",\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":9,\"total_tokens\":11}}"
    "#);
}

#[test]
fn what_a_span_says_itself_is_not_guessed() {
    let spans = run(TraceConfig::new(), || {
        llm_span!("azure", llm.provider = "azure").set_system("mine").set_llm_request(&request());
        chain_span!("chain").set_llm_request(&request());
        embedding_span!().set_llm_request(&json!({ "model": "m", "input": "text" }));
        llm_span!("responses").set_llm_request(&json!({ "model": "m", "input": "text" }));
    });
    assert_eq!(value(&spans[0], "llm.provider").as_deref(), Some("azure"));
    assert_eq!(value(&spans[0], "llm.system").as_deref(), Some("mine"));
    assert_eq!(value(&spans[1], "openinference.span.kind").as_deref(), Some("CHAIN"));
    assert_eq!(value(&spans[2], "embedding.embeddings.0.embedding.text").as_deref(), Some("text"));
    assert_eq!(value(&spans[3], "llm.input_messages.0.message.content").as_deref(), Some("text"));
}

#[test]
fn the_next_request_leaves_nothing_of_the_one_before() {
    let spans = run(TraceConfig::new(), || {
        let messages = json!([{ "role": "system", "content": "first" }, { "role": "user", "content": "first" }]);
        llm_span!("twice").set_llm_request(&json!({ "model": "m", "messages": messages })).set_llm_request(&request());
    });
    assert!(!format!("{:?}", spans[0].attributes).contains("first"), "{:?}", spans[0].attributes);
    assert_eq!(value(&spans[0], "llm.model_name").as_deref(), Some("gpt-4o"));
}

#[test]
fn an_embedding_has_its_texts_from_the_request_and_its_vectors_from_the_response() {
    let spans = run(TraceConfig::new(), || {
        embedding_span!()
            .set_llm_request(&json!({ "model": "text-embedding-3-small", "input": ["a", "b"] }))
            .set_llm_response(
                &json!({ "model": "text-embedding-3-small", "data": [{ "embedding": [0.5] }, { "embedding": [1.5] }] }),
            );
    });
    for (at, text, vector) in [(0, "a", "[0.5]"), (1, "b", "[1.5]")] {
        let key = |field| format!("embedding.embeddings.{at}.embedding.{field}");
        assert_eq!(value(&spans[0], &key("text")).as_deref(), Some(text));
        assert_eq!(value(&spans[0], &key("vector")).as_deref(), Some(vector));
    }
}

const SECRET_IMAGE: &str = "https://host/secret-image.png";

/// A place in a request or response, and the flags that hide what is there.
const PLACES: &[(&str, &[&str])] = &[
    ("secret-input", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    ("secret-system", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    ("secret-argument", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    ("secret-image", &["hide_inputs", "hide_input_messages", "hide_input_images"]),
    ("secret-tool", &["hide_inputs", "hide_llm_tools"]),
    (
        "secret-parameter",
        &[
            "hide_llm_invocation_parameters",
            "hide_inputs",
            "hide_input_messages",
            "hide_input_text",
            "hide_input_images",
            "hide_input_audio",
            "hide_prompts",
            "hide_llm_tools",
        ],
    ),
    ("secret-prompt", &["hide_inputs", "hide_prompts"]),
    ("secret-text", &["hide_inputs", "hide_embeddings_text"]),
    ("0.125", &["hide_outputs", "hide_embedding_vectors", "hide_embeddings_vectors"]),
    ("secret-output", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
    ("secret-call", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
    ("secret-choice", &["hide_outputs", "hide_choices"]),
    ("secret-repeated", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    ("secret-error", &["hide_inputs", "hide_outputs"]),
    ("secret-unknown-input", &["hide_inputs", "hide_input_messages", "hide_input_text"]),
    ("secret-unknown-output", &["hide_outputs", "hide_output_messages", "hide_output_text"]),
];

fn tell() {
    let call = |place: &str| json!([{ "id": "1", "function": { "name": "t", "arguments": format!("{{\"a\":\"{place}\"}}") } }]);
    llm_span!("chat")
        .set_llm_request(&json!({
            "model": "model-name",
            "system": "secret-system",
            "messages": [
                { "role": "user", "content": [
                    { "type": "text", "text": "secret-input" },
                    { "type": "image_url", "image_url": { "url": SECRET_IMAGE } },
                ] },
                { "role": "assistant", "tool_calls": call("secret-argument") },
            ],
            "tools": [{ "name": "t", "description": "secret-tool" }],
            "stop": "secret-parameter",
        }))
        .set_llm_response(&json!({
            "model": "model-name",
            "choices": [{ "message": { "role": "assistant", "content": "secret-output", "tool_calls": call("secret-call") } }],
            "usage": { "prompt_tokens": 7 },
        }));
    llm_span!("responses").set_llm_response(&json!({ "output": [], "instructions": "secret-repeated" }));
    llm_span!("completion")
        .set_llm_request(&json!({ "model": "m", "prompt": "secret-prompt" }))
        .set_llm_response(&json!({ "choices": [{ "text": "secret-choice" }] }));
    embedding_span!()
        .set_llm_request(&json!({ "model": "m", "input": "secret-text" }))
        .set_llm_response(&json!({ "data": [{ "embedding": [0.125] }] }));
    llm_span!("failed").set_llm_response(&json!({ "error": { "type": "t", "message": "secret-error" } }));
    llm_span!("unknown")
        .set_llm_request(&json!({ "question": "secret-unknown-input" }))
        .set_llm_response(&json!({ "answer": "secret-unknown-output" }));
}

#[test]
fn whatever_a_flag_hides_is_hidden_wherever_the_body_has_it() {
    let told = |config| format!("{:?}", run(config, tell));
    let open = told(TraceConfig::new());
    for (place, _) in PLACES {
        assert!(open.contains(place), "{place} is not told at all");
    }
    for flag in FLAGS {
        let hidden = told((flag.set)(TraceConfig::new(), true));
        for (place, hidden_by) in PLACES.iter().filter(|(_, hidden_by)| hidden_by.contains(&flag.name)) {
            assert!(!hidden.contains(place), "{place} is told under {} ({hidden_by:?}): {hidden}", flag.name);
        }
        assert!(hidden.contains("model-name") && hidden.contains("llm.token_count.prompt"), "{}", flag.name);
    }
}

#[test]
fn the_whole_stays_where_something_else_is_hidden() {
    let spans = run(TraceConfig::new().hide_outputs(true), || {
        llm_span!("chat").set_llm_request(&request()).set_llm_response(&response());
    });
    assert!(value(&spans[0], "input.value").unwrap().contains("Weather in Paris?"));
    assert_eq!(value(&spans[0], "output.value").as_deref(), Some("__REDACTED__"));
    assert_eq!(value(&spans[0], "output.mime_type"), None);
}

#[test]
fn one_layer_does_not_tell_what_another_one_hides() {
    let (open, closed) = (Recorder::new(), Recorder::new());
    let layer =
        |config, recorder: &Recorder| builder().trace_config(config).span_processor(recorder.clone()).build().unwrap();
    let shows = layer(TraceConfig::new(), &open);
    for config in [TraceConfig::new().hide_input_text(true), TraceConfig::new().hide_inputs(true)] {
        let hides = layer(config, &closed);
        for first in [true, false] {
            let scenario = || _ = llm_span!("both").set_llm_request(&request());
            if first {
                let subscriber = tracing_subscriber::registry().with(hides.layer()).with(shows.layer());
                tracing::subscriber::with_default(subscriber, scenario);
            } else {
                let subscriber = tracing_subscriber::registry().with(shows.layer()).with(hides.layer());
                tracing::subscriber::with_default(subscriber, scenario);
            }
            assert!(!format!("{:?}", closed.span("both")).contains("Paris"), "{}", closed.tree());
            assert!(format!("{:?}", open.span("both")).contains("Paris"), "{}", open.tree());
            open.clear();
            closed.clear();
        }
    }
}

/// Serialises by running a function.
struct Runs(fn());

impl Serialize for Runs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0)();
        request().serialize(serializer)
    }
}

#[test]
fn nothing_is_serialised_when_nobody_records_the_span() {
    let never = Runs(|| panic!("serialised for nothing"));
    let setters = || {
        let span = tracing::trace_span!("below the filter");
        span.set_llm_request(&never).set_llm_response(&never);
    };
    setters();
    assert_eq!(run(TraceConfig::new(), setters).len(), 0);
}

#[test]
fn serialising_may_use_the_span_and_may_fail() {
    let spans = run(TraceConfig::new(), || {
        let span = llm_span!("busy", llm.model_name = "mine");
        let busy = Runs(|| {
            tracing::Span::current().set_session("set inside");
            tracing::info_span!("inner").set_input("in");
        });
        span.in_scope(|| span.set_llm_request(&busy));
        let panics = Runs(|| panic!("this panic is part of the test"));
        llm_span!("panics", llm.model_name = "mine").set_session("kept").set_llm_request(&panics).set_output("out");
        let fails = std::collections::HashMap::from([((1, 2), 3)]);
        llm_span!("fails").set_llm_response(&fails);
    });
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(value(named("busy"), "session.id").as_deref(), Some("set inside"));
    assert_eq!(value(named("busy"), "llm.model_name").as_deref(), Some("gpt-4o"));
    for (key, expected) in [
        ("session.id", "kept"),
        ("llm.model_name", "mine"),
        ("output.value", "out"),
        ("input.value", "{\"not serializable\":\"its serialization panicked\"}"),
    ] {
        assert_eq!(value(named("panics"), key).as_deref(), Some(expected));
    }
    let expected = "{\"not serializable\":\"key must be a string\"}";
    assert_eq!(value(named("fails"), "output.value").as_deref(), Some(expected));
}

#[test]
fn an_error_is_an_exception() {
    let spans = run(TraceConfig::new(), || {
        let error = json!({ "error": { "type": "rate_limit_error", "message": "Slow down", "code": 7 } });
        llm_span!("chat").set_llm_request(&request()).set_llm_response(&error);
    });
    let event = &spans[0].events.events[0];
    let attributes: Vec<_> = event.attributes.iter().map(|kv| format!("{} = {}", kv.key, kv.value)).collect();
    assert_eq!(event.name, "exception");
    assert_eq!(attributes, ["exception.type = rate_limit_error", "exception.message = Slow down"]);
    assert_eq!(spans[0].status, Status::error("rate_limit_error: Slow down"));
}

#[test]
fn ten_megabytes_and_deep_nesting_take_linear_time() {
    let messages = |text: &str, number: usize| {
        let message = json!({ "role": "user", "content": [{ "type": "text", "text": text }] });
        json!({ "model": "m", "messages": vec![message; number] })
    };
    let image = format!("data:image/png;base64,{}", "A".repeat(10_000_000));
    let picture = json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": image } }] }]);
    let deep = |depth| (0..depth).fold(json!("end"), |inner, _| Value::Array(vec![inner]));
    let bodies = [
        messages(&"x".repeat(10_000_000), 1),
        messages(&"x".repeat(2_500), 4_000),
        json!({ "model": "m", "messages": picture }),
        json!({ "model": "m", "messages": [{ "role": "user", "content": deep(100) }] }),
        json!({ "model": "m", "messages": [{ "role": "user", "content": "[".repeat(1_000_000) }] }),
        Value::Object([("model".to_owned(), json!("m")), ("messages".to_owned(), deep(2_000))].into_iter().collect()),
    ];
    let start = Instant::now();
    let spans = run(TraceConfig::new(), || {
        for body in &bodies {
            llm_span!("large").set_llm_request(body).set_llm_response(body);
        }
    });
    assert_eq!(spans.len(), bodies.len());
    assert_eq!(spans[1].attributes.iter().filter(|kv| kv.key.as_str().ends_with("message.content")).count(), 4_000);
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}
