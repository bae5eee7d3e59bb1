use std::borrow::Cow;
use std::time::{Instant, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::*;

pub(super) fn span(attributes: Vec<KeyValue>) -> SpanData {
    SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed("answer"),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

pub(super) fn event(name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) -> Event {
    Event::new(name, UNIX_EPOCH, attributes, 0)
}

pub(super) fn value(attributes: &[KeyValue], key: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| attribute.value.to_string())
}

const REDACTED_VALUE: Option<&str> = Some("__REDACTED__");

#[test]
fn attributes_are_dropped_and_redacted_in_place() {
    let mut span = span(vec![
        KeyValue::new("openinference.span.kind", "LLM"),
        KeyValue::new("input.value", 17),
        KeyValue::new("input.mime_type", "text/plain"),
        KeyValue::new("llm.input_messages.0.message.content", "secret"),
        KeyValue::new("llm.token_count.prompt", 3),
        KeyValue::new("output.value", "shown"),
    ]);
    redact(&mut span, &TraceConfig::new().hide_inputs(true));
    assert_eq!(
        span.attributes,
        [
            KeyValue::new("openinference.span.kind", "LLM"),
            KeyValue::new("input.value", "__REDACTED__"),
            KeyValue::new("llm.token_count.prompt", 3),
            KeyValue::new("output.value", "shown"),
        ]
    );
    assert_eq!(span.dropped_attributes_count, 0, "that counts what a limit cut");
}

#[test]
fn a_policy_that_hides_nothing_changes_nothing_but_long_images() {
    let long = format!("data:image/png;base64,{}", "A".repeat(32_000));
    let mut shown = span(vec![
        KeyValue::new("input.value", "text"),
        KeyValue::new("llm.input_messages.0.message.content", long.clone()),
        KeyValue::new("app.image.url", long.clone()),
    ]);
    shown.name = Cow::Owned("name".to_owned());
    shown.status = Status::error("why".to_owned());
    shown.events.events = vec![event("said".to_owned(), vec![KeyValue::new("x", "y")])];
    let before = shown.clone();
    redact(&mut shown, &TraceConfig::new());
    assert_eq!(shown, before);

    let mut image = span(vec![KeyValue::new("input.images.0.image.url", long)]);
    redact(&mut image, &TraceConfig::new());
    assert_eq!(value(&image.attributes, "input.images.0.image.url").as_deref(), REDACTED_VALUE);
}

#[test]
fn the_image_limit_counts_characters() {
    let limited = |url: &str, limit: i64| {
        let mut span = span(vec![KeyValue::new("output.images.0.image.url", url.to_owned())]);
        redact(&mut span, &TraceConfig::new().base64_image_max_length(limit));
        value(&span.attributes, "output.images.0.image.url").as_deref() == REDACTED_VALUE
    };
    let url = "data:image/png;base64,日本語😀";
    assert_eq!((url.chars().count(), url.len()), (26, 35));
    assert!(!limited(url, 26), "as long as the limit is not over it");
    assert!(limited(url, 25));
    assert!(limited(url, 0) && limited(url, -1) && !limited(url, i64::MAX));
    assert!(!limited("data:image/png,not encoded", 3));
    assert!(!limited("https://example.com/base64.png", 3));
    assert!(limited("DATA:image/png;base64,AAAA", 3), "Python looks at the letters' case");
    assert!(limited("data:image/png;base64,", 21), "the prefix counts");
}

#[test]
fn only_text_can_be_an_image() {
    let mut list = span(vec![KeyValue::new("input.images.0.image.url", Value::Array(vec![1_i64, 2].into()))]);
    let before = list.clone();
    redact(&mut list, &TraceConfig::new().base64_image_max_length(-1));
    assert_eq!(list, before);
}

#[test]
fn a_value_of_ten_megabytes_takes_no_longer_than_reading_it() {
    let mut image = "data:image/png;base64,".to_owned();
    image.push_str(&"語".repeat(3_500_000));
    let parameters = format!("{{\"stop\":[{}\"\"]}}", "\"x\",".repeat(2_500_000));
    let mut span = span(vec![
        KeyValue::new("output.images.0.image.url", image),
        KeyValue::new("llm.invocation_parameters", parameters),
        KeyValue::new("app.text", "x".repeat(10_000_000)),
        KeyValue::new(format!("llm.{}", "input.message.".repeat(700_000)), "x"),
    ]);
    let start = Instant::now();
    redact(&mut span, &TraceConfig::new().hide_inputs(true).base64_image_max_length(3_499_000));
    // Unoptimised, on a busy machine; anything quadratic would take hours.
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
    assert_eq!(value(&span.attributes, "output.images.0.image.url").as_deref(), REDACTED_VALUE);
}

#[test]
fn an_exception_keeps_its_type_and_nothing_else_under_either_flag() {
    for config in [TraceConfig::new().hide_inputs(true), TraceConfig::new().hide_outputs(true)] {
        let mut span = span(vec![]);
        span.status = Status::error("no route to secret".to_owned());
        span.events.events = vec![event(
            "exception",
            vec![
                KeyValue::new("exception.type", "app::Error"),
                KeyValue::new("exception.message", "secret"),
                KeyValue::new("exception.stacktrace", "secret"),
                KeyValue::new("exception.escaped", false),
                KeyValue::new("exception.cause", "secret"),
            ],
        )];
        redact(&mut span, &config);
        let exception = &span.events.events[0];
        assert_eq!(exception.name, "exception");
        assert_eq!(value(&exception.attributes, "exception.type").as_deref(), Some("app::Error"));
        assert_eq!(value(&exception.attributes, "exception.escaped").as_deref(), Some("false"));
        for key in ["exception.message", "exception.stacktrace", "exception.cause"] {
            assert_eq!(value(&exception.attributes, key).as_deref(), REDACTED_VALUE, "{key}");
        }
        assert_eq!(span.status, Status::error("__REDACTED__"));
    }
}

#[test]
fn narrow_flags_leave_free_text_alone() {
    let mut span = span(vec![KeyValue::new("exception.message", "kept")]);
    span.status = Status::error("kept".to_owned());
    span.name = Cow::Owned("kept".to_owned());
    let before = span.clone();
    redact(&mut span, &TraceConfig::new().hide_input_messages(true).hide_output_text(true).hide_choices(true));
    assert_eq!(span, before);
}

#[test]
fn of_an_event_that_is_a_log_line_only_the_frame_stays() {
    let mut span = span(vec![]);
    span.events.events = vec![event(
        "request body: secret".to_owned(),
        vec![
            KeyValue::new("level", "INFO"),
            KeyValue::new("target", "rig::completions"),
            KeyValue::new("code.line.number", 7),
            KeyValue::new("code.snippet", "a secret"),
            KeyValue::new("llm.model_name", "gpt-4o"),
            KeyValue::new("app.body", "secret"),
            KeyValue::new("account", 4711),
            KeyValue::new("gen_ai.input.messages", "secret"),
        ],
    )];
    redact(&mut span, &TraceConfig::new().hide_outputs(true));
    let event = &span.events.events[0];
    assert_eq!(event.name, "__REDACTED__");
    let left: Vec<_> = event.attributes.iter().map(|kv| (kv.key.as_str(), kv.value.to_string())).collect();
    let left: Vec<_> = left.iter().map(|(key, value)| (*key, value.as_str())).collect();
    assert_eq!(
        left,
        [
            ("level", "INFO"),
            ("target", "rig::completions"),
            ("code.line.number", "7"),
            ("code.snippet", "__REDACTED__"),
            ("llm.model_name", "gpt-4o"),
            ("app.body", "__REDACTED__"),
            ("account", "__REDACTED__"),
            ("gen_ai.input.messages", "secret"),
        ],
        "the input stays under a flag for outputs, as it does on the span"
    );
}

#[test]
fn names_of_events_from_the_source_code_stay() {
    let mut span = span(vec![]);
    let names = ["event src/main.rs:7", "gen_ai.choice", "exception"];
    span.events.events =
        vec![event(names[0], vec![]), event(names[1].to_owned(), vec![]), event(names[2].to_owned(), vec![])];
    redact(&mut span, &TraceConfig::new().hide_inputs(true));
    assert_eq!(span.events.events.iter().map(|event| event.name.as_ref()).collect::<Vec<_>>(), names);
}

#[test]
fn message_events_follow_the_flags_of_their_side() {
    let content = |name: &'static str, config: TraceConfig| {
        let mut span = span(vec![]);
        span.events.events = vec![event(name, vec![KeyValue::new("content", "secret")])];
        redact(&mut span, &config);
        value(&span.events.events[0].attributes, "content").as_deref() == REDACTED_VALUE
    };
    let (input, output) =
        (|| TraceConfig::new().hide_input_text(true), || TraceConfig::new().hide_output_messages(true));
    for (name, with_input, with_output) in [
        ("gen_ai.system.message", true, false),
        ("gen_ai.user.message", true, false),
        ("gen_ai.tool.message", true, false),
        ("gen_ai.assistant.message", true, true),
        ("gen_ai.choice", false, true),
        ("gen_ai.content.prompt", true, false),
        ("gen_ai.content.completion", false, true),
        ("app.event", false, false),
    ] {
        assert_eq!((content(name, input()), content(name, output())), (with_input, with_output), "{name}");
    }
    assert!(content("gen_ai.content.prompt", TraceConfig::new().hide_prompts(true)));
    assert!(content("gen_ai.content.completion", TraceConfig::new().hide_choices(true)));
}

#[test]
fn attributes_of_links_are_content_unless_known() {
    let mut span = span(vec![]);
    let attributes = vec![KeyValue::new("app.why", "secret"), KeyValue::new("llm.model_name", "gpt-4o")];
    span.links.links = vec![Link::new(SpanContext::empty_context(), attributes, 0)];
    redact(&mut span, &TraceConfig::new().hide_inputs(true));
    let attributes = &span.links.links[0].attributes;
    assert_eq!(value(attributes, "app.why").as_deref(), REDACTED_VALUE);
    assert_eq!(value(attributes, "llm.model_name").as_deref(), Some("gpt-4o"));
}

#[test]
fn a_description_from_the_source_code_stays() {
    let mut span = span(vec![]);
    span.status = Status::error("panicked");
    redact(&mut span, &TraceConfig::new().hide_inputs(true));
    assert_eq!(span.status, Status::error("panicked"));
}

#[test]
fn a_name_made_at_run_time_stays_if_it_says_nothing_that_attributes_do_not() {
    let name = |name: &'static str, borrowed: bool| {
        let mut span = span(vec![
            KeyValue::new("llm.model_name", "gpt-4o"),
            KeyValue::new("tool.name", "search"),
            KeyValue::new("input.value", "secret"),
            KeyValue::new("agent.name", "Support Bot"),
        ]);
        span.name = if borrowed { Cow::Borrowed(name) } else { Cow::Owned(name.to_owned()) };
        redact(&mut span, &TraceConfig::new().hide_inputs(true));
        span.name.into_owned()
    };
    for kept in ["chat gpt-4o", "execute_tool search", "invoke_agent Support Bot", "embeddings", ""] {
        assert_eq!(name(kept, false), kept);
    }
    for hidden in ["secret", "chat secret", "gpt-4o?", "answer 4711"] {
        assert_eq!(name(hidden, false), "__REDACTED__");
    }
    assert_eq!(name("any literal", true), "any literal");
}

#[test]
fn a_policy_says_before_the_fact_what_it_would_hide() {
    let policy = TraceConfig::new().hide_inputs(true).policy();
    assert!(policy.hides_content());
    for key in ["input.value", "input.mime_type", "question", "llm.input_messages.7.message.role"] {
        assert!(policy.hides(key), "{key}");
    }
    for key in ["output.value", "metadata", "app.tenant", "llm.invocation_parameters", "output.images.0.image.url"] {
        assert!(!policy.hides(key), "{key}");
    }
    for list in ["llm.input_messages", "reranker.input_documents", "gen_ai.input.messages"] {
        assert!(policy.hides(list), "{list}, of which nothing stays");
    }
    let parts = TraceConfig::new().hide_input_text(true).hide_outputs(true).hide_embeddings_text(true).policy();
    for list in ["llm.input_messages", "retrieval.documents", "annotations", "gen_ai.prompt", "gen_ai.prompt.0.role"] {
        assert!(!parts.hides(list), "{list}, of which something stays once it is taken apart");
    }
    assert!(
        parts.hides("embedding.embeddings")
            && !TraceConfig::new().hide_embeddings_text(true).policy().hides("embedding.embeddings")
    );
    let open = TraceConfig::new().base64_image_max_length(0).policy();
    assert!(!open.hides_content() && !open.hides("input.value"));
}

#[test]
fn attributes_that_conversion_moved_into_metadata_are_still_hidden() {
    let left = |metadata: &str, config: TraceConfig| {
        let mut span = span(vec![KeyValue::new("metadata", metadata.to_owned())]);
        redact(&mut span, &config);
        value(&span.attributes, "metadata").unwrap()
    };
    let moved = r#"{"team": "search", "llm": "secret", "output.value": "shown", "input.value": "secret"}"#;
    assert_eq!(
        left(moved, TraceConfig::new().hide_inputs(true)),
        r#"{"input.value":"__REDACTED__","llm":"__REDACTED__","output.value":"shown","team":"search"}"#
    );
    for metadata in [r#"{"team": "search", "n": 1}"#, "text", ""] {
        assert_eq!(left(metadata, TraceConfig::new().hide_inputs(true).hide_outputs(true)), metadata);
    }
    assert_eq!(left(moved, TraceConfig::new()), moved);
}

#[test]
fn an_image_within_the_limit_meets_the_other_rules() {
    let mut span = span(vec![]);
    span.events.events = vec![event("app", vec![KeyValue::new("input.images.0.image.url", "https://secret")])];
    redact(&mut span, &TraceConfig::new().hide_outputs(true));
    assert_eq!(value(&span.events.events[0].attributes, "input.images.0.image.url").as_deref(), REDACTED_VALUE);
}

#[test]
fn redacting_twice_is_redacting_once() {
    let config = TraceConfig::new().hide_inputs(true).hide_outputs(true).hide_llm_tools(true);
    let mut span = span(vec![
        KeyValue::new("input.value", "secret"),
        KeyValue::new("llm.invocation_parameters", r#"{"stop":"secret","n":1}"#),
        KeyValue::new("app.tenant", "acme"),
    ]);
    span.name = Cow::Owned("secret".to_owned());
    span.status = Status::error("secret".to_owned());
    redact(&mut span, &config);
    let once = span.clone();
    redact(&mut span, &config);
    assert_eq!(span, once);
}

#[test]
fn an_image_is_long_whatever_its_data_url_says_it_is() {
    let bytes = "A".repeat(100);
    for (url, long) in [
        (format!("data:image/png;base64,{bytes}"), true),
        (format!("data:application/octet-stream;base64,{bytes}"), true),
        (format!("DATA:IMAGE/PNG;BASE64,{bytes}"), true),
        (format!("data:;base64,{bytes}"), true),
        (format!("data:image/svg+xml,{bytes}"), false),
        (format!("https://host/base64,{bytes}"), false),
    ] {
        let key = "llm.input_messages.0.message.contents.0.message_content.image.image.url";
        let mut span = span(vec![KeyValue::new(key, url.clone())]);
        redact(&mut span, &TraceConfig::new().base64_image_max_length(50));
        assert_eq!(value(&span.attributes, key).as_deref() == REDACTED_VALUE, long, "{url}");
    }
}

#[test]
fn types_of_errors_stay_if_they_are_names() {
    for (kind, stays) in
        [("std::io::Error", true), ("429", true), ("no order of Ann Smith", false), (&"x".repeat(129), false)]
    {
        for config in [TraceConfig::new().hide_inputs(true), TraceConfig::new().hide_outputs(true)] {
            let kind = String::from(kind);
            let mut span = span(vec![
                KeyValue::new("error.type", kind.clone()),
                KeyValue::new("gen_ai.tool.error.type", kind.clone()),
                KeyValue::new("metadata", serde_json::json!({ "gen_ai.tool.error.type": kind }).to_string()),
            ]);
            span.events.events = vec![event("exception", vec![KeyValue::new("exception.type", kind.clone())])];
            redact(&mut span, &config);
            for attribute in span.attributes.iter().chain(&span.events.events[0].attributes) {
                assert_eq!(attribute.value.as_str().contains(&kind), stays, "{attribute:?}");
            }
        }
    }
}

#[test]
fn metadata_that_cannot_be_read_is_redacted_whole() {
    let deep = format!("{{\"error\":\"secret\",\"a\":{}{}}}", "[".repeat(130), "]".repeat(130));
    let encoded = |text: &str| serde_json::Value::from(text).to_string();
    let twice = |text: &str| encoded(&encoded(text));
    for (metadata, stays) in [
        (deep.clone(), false),
        ("{\"error\":\"secret\"".to_owned(), false),
        ("a note".to_owned(), true),
        ("{\"team\":\"a\"}".to_owned(), true),
        (encoded("{\"llm.prompts\":\"secret\"}"), false),
        (twice("{\"llm.prompts\":\"secret\"}"), false),
        (encoded("{\"error\":\"secret\""), false),
        (twice("{\"team\":\"a\"}"), true),
        (encoded("a note"), true),
    ] {
        let metadata = metadata.as_str();
        let mut span = span(vec![KeyValue::new("metadata", String::from(metadata))]);
        redact(&mut span, &TraceConfig::new().hide_prompts(true));
        assert_eq!(value(&span.attributes, "metadata").as_deref(), Some(if stays { metadata } else { "__REDACTED__" }));
    }
}

#[test]
fn words_of_other_dialects_that_stay_are_hidden_with_their_side() {
    use crate::convert::{Conversion, convert};
    let configs: [(TraceConfig, bool, bool); 6] = [
        (TraceConfig::new().hide_inputs(true), true, false),
        (TraceConfig::new().hide_input_messages(true), true, false),
        (TraceConfig::new().hide_input_text(true), true, false),
        (TraceConfig::new().hide_outputs(true), false, true),
        (TraceConfig::new().hide_output_messages(true), false, true),
        (TraceConfig::new().hide_output_text(true), false, true),
    ];
    let inputs = words::FOREIGN_INPUTS.iter().chain(words::GEN_AI_TO_MODEL).chain(words::GEN_AI_PROMPTS);
    let outputs = words::FOREIGN_OUTPUTS.iter().chain(words::GEN_AI_FROM_MODEL).chain(words::GEN_AI_COMPLETIONS);
    for (word, is_input) in inputs.map(|word| (*word, true)).chain(outputs.map(|word| (*word, false))) {
        for (config, input, output) in &configs {
            let mut span = span(vec![
                KeyValue::new(word, "[{\"role\":\"user\",\"content\":\"SECRET\"}]"),
                KeyValue::new("openinference.span.kind", "LLM"),
            ]);
            let options = Conversion {
                keep_sources: true,
                hide_input_messages: *input,
                hide_output_messages: *output,
                ..Conversion::default()
            };
            convert(&mut span, &options);
            redact(&mut span, config);
            let hidden = !format!("{span:?}").contains("SECRET");
            assert_eq!(hidden, if is_input { *input } else { *output }, "{word} {config:?} {span:?}");
        }
    }
    let parameters = "{\"stop\":\"SECRET\"}";
    for (config, left) in [
        (TraceConfig::new().hide_llm_invocation_parameters(true), None),
        (TraceConfig::new().hide_inputs(true), Some("{\"stop\":\"__REDACTED__\"}")),
    ] {
        let key = "langfuse.observation.model.parameters";
        let mut span = span(vec![KeyValue::new(key, parameters)]);
        redact(&mut span, &config);
        assert_eq!(value(&span.attributes, key).as_deref(), left);
    }
}
