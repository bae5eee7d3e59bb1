//! Whatever an application records, the result is something a backend can store and show.

#[path = "convert_properties/bodies.rs"]
mod bodies;
#[path = "../fuzz/bodies/lists.rs"]
mod lists;

use std::collections::{BTreeMap, BTreeSet};
use std::time::UNIX_EPOCH;

use integration_tests::{Recorder, span};
use openinference_semconv::{SpanKind, keys};
use opentelemetry::trace::Event;
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use tracing_openinference::{Conversion, OpenInferenceProcessor, TraceConfig, convert, redact};

use lists::LISTS;

/// Fields that the readers of lists look for, so that generated objects often mean something.
const FIELDS: &[&str] = &[
    "role",
    "content",
    "contents",
    "parts",
    "text",
    "type",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "input",
    "id",
    "image_url",
    "url",
    "source",
    "data",
    "message",
    "message.role",
    "message_content",
    "tool_call",
    "tool_use_id",
    "document",
    "score",
    "metadata",
    "vector",
    "embedding",
    "json_schema",
    "label",
    "annotation",
    "tool",
    "summary",
    "functionCall",
    "functionResponse",
    "inlineData",
    "thought",
    "images",
    "audio",
    "delta",
    "index",
];
const WORDS: &[&str] = &[
    "user",
    "tool",
    "text",
    "image",
    "image_url",
    "tool_use",
    "tool_result",
    "thinking",
    "function_call",
    "document",
    "blob",
    "",
    "{}",
    "[1]",
    "0.5",
];
const BARE: &[&str] = &[
    "llm", "input", "output", "user", "session", "tool", "tag", "metadata", "return", "question", "http", "gen_ai", "",
];

/// Words of other dialects.
const FOREIGN: &[&str] = &[
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.system",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.request.temperature",
    "gen_ai.request.stop_sequences",
    "gen_ai.output.type",
    "gen_ai.response.finish_reasons",
    "gen_ai.conversation.id",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.prompt",
    "gen_ai.prompt.0.role",
    "gen_ai.prompt.0.content",
    "gen_ai.prompt.7.tool_calls.3.name",
    "gen_ai.prompt.7.tool_calls.3",
    "gen_ai.prompt.x.content",
    "gen_ai.completion",
    "gen_ai.completion.1.content",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.call.outcome",
    "gen_ai.tool.definitions",
    "gen_ai.retrieval.query.text",
    "gen_ai.retrieval.documents",
    "gen_ai.evaluation.name",
    "gen_ai.evaluation.score.value",
    "gen_ai.agent.id",
    "gen_ai.something.new",
    "tool_call.id",
    "traceloop.span.kind",
    "traceloop.entity.name",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "traceloop.association.properties.session_id",
    "llm.request.functions",
    "llm.request.functions.2.name",
    "llm.request.type",
    "llm.usage.total_tokens",
    "langfuse.model",
    "langfuse.type",
    "langfuse.input",
    "langfuse.output",
    "langfuse.usage",
    "observation_type",
    "input_json",
    "usage_details_json",
    "error.type",
    "http.response.status_code",
];
/// Where a conversation may stand.
const MESSAGES: &[&str] = &[
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.content",
    "gen_ai.system_instructions",
    "llm.input_messages",
    "llm.output_messages",
    "langfuse.input",
    "langfuse.output",
];
const NAMES: &[&str] = &["span", "llm.generate", "tool.call", "agent.run", "embed.query", "chat"];
const EVENTS: &[&str] =
    &["gen_ai.user.message", "gen_ai.tool.message", "gen_ai.choice", "gen_ai.content.prompt", "event", "exception"];

const ARGUMENTS: &[&str] =
    &["llm", "input", "output", "tool", "tag", "question", "http", "gen_ai", "a", "user", "session"];

/// Bare names that tell what came out.
const RESULTS: &[&str] =
    &["output", "return", "error", "exception", "completion", "response", "answer", "result", "reply"];

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<f32>().prop_map(Json::from),
        prop::sample::select(WORDS).prop_map(Json::from),
        "\\PC{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let field = (prop::sample::select(FIELDS).prop_map(String::from), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Json::from),
            prop::collection::vec(field, 0..5).prop_map(|fields| Json::Object(Map::from_iter(fields))),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => json().prop_map(|json| Value::from(json.to_string())),
        4 => prop::collection::vec(json(), 0..5).prop_map(|items| Value::from(Json::from(items).to_string())),
        1 => "\\PC{0,12}".prop_map(Value::from),
        1 => "[\"\\[\\]{}:,a\\\\. 0-9-]{0,12}".prop_map(Value::from),
        1 => prop::collection::vec(any::<f64>(), 0..3).prop_map(|items| Value::Array(Array::F64(items))),
        1 => prop::collection::vec("\\PC{0,6}", 0..3)
            .prop_map(|items| Value::Array(Array::String(items.into_iter().map(StringValue::from).collect()))),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let known = prop::sample::select(keys::ALL).prop_map(String::from);
    let bare = prop::sample::select(BARE).prop_map(String::from);
    let foreign = prop::sample::select(FOREIGN).prop_map(String::from);
    let part = prop_oneof![
        4 => prop::sample::select(&["llm", "input", "message", "0", "1", "a", "http", "metadata", "value", "token_count"][..])
            .prop_map(String::from),
        1 => "[a. \u{a0}]{0,3}",
    ];
    prop_oneof![
        4 => known.clone(),
        4 => foreign,
        3 => bare,
        1 => (known, part.clone()).prop_map(|(key, part)| format!("{key}.{part}")),
        2 => prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(".")),
        1 => "\\PC{0,5}",
    ]
}

/// Keys are unique, as they are after capture.
fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::vec((key(), value()), 0..10).prop_map(|pairs| {
        let mut seen = BTreeSet::new();
        let pairs = pairs.into_iter().filter(|(key, _)| seen.insert(key.clone()));
        pairs.map(|(key, value)| KeyValue::new(key, value)).collect()
    })
}

fn converted(attributes: Vec<KeyValue>, conversion: &Conversion) -> SpanData {
    let mut span = span(attributes);
    convert(&mut span, conversion);
    span
}

/// Spans of any name, with events; half of them as the layer captures them, which says where the arguments end.
fn spans() -> impl Strategy<Value = SpanData> {
    let event = (prop::sample::select(EVENTS), attributes());
    let captured = prop::option::of(any::<prop::sample::Index>());
    let parts = (attributes(), prop::sample::select(NAMES), prop::collection::vec(event, 0..3), captured);
    parts.prop_map(|(mut attributes, name, events, captured)| {
        let events = events.into_iter().map(|(name, fields)| Event::new(name, UNIX_EPOCH, fields, 0));
        if let Some(end) = captured {
            let end = end.index(attributes.len() + 1);
            attributes.insert(end, KeyValue::new("tracing_openinference.arguments", true));
        }
        let mut span = SpanData { name: name.into(), ..span(attributes) };
        if captured.is_some() {
            span.instrumentation_scope = InstrumentationScope::builder("tracing-openinference").build();
        }
        span.events.events = events.collect();
        span
    })
}

fn keys_of(span: &SpanData) -> Vec<&str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

/// The indices of the elements of a list.
fn indices(keys: &[&str], list: &str) -> BTreeSet<usize> {
    let rest = keys.iter().filter_map(|key| key.strip_prefix(list)?.strip_prefix('.'));
    rest.filter_map(|rest| rest.split('.').next()?.parse().ok()).collect()
}

/// The values of a list that OpenInference has single values for; a value below one of them is nobody's.
fn is_word(key: &str) -> bool {
    const NAMESPACES: [&str; 4] = [
        keys::LLM_TOKEN_COUNT_PROMPT_DETAILS,
        keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS,
        keys::LLM_COST_PROMPT_DETAILS,
        keys::LLM_COST_COMPLETION_DETAILS,
    ];
    let inside = |namespace: &&str| key.strip_prefix(*namespace).is_some_and(|rest| rest.starts_with('.'));
    keys::ALL.contains(&key) && !NAMESPACES.contains(&key) && key != keys::LLM_COST && key != keys::METADATA
        || LISTS.iter().any(inside)
        || NAMESPACES.iter().chain(&[keys::LLM_COST]).any(inside)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_attribute_can_be_stored(mut span in spans()) {
        convert(&mut span, &Conversion::default());
        let keys = keys_of(&span);
        prop_assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "a key is there twice: {:?}", keys);
        for attribute in &span.attributes {
            let key = attribute.key.as_str();
            prop_assert!(key.split('.').all(|part| !part.is_empty() && part.trim() == part), "{:?}", key);
            prop_assert!(!matches!(attribute.value, Value::F64(number) if !number.is_finite()), "{:?}", attribute);
        }
    }

    #[test]
    fn every_span_begins_with_its_kind(mut span in spans()) {
        convert(&mut span, &Conversion::default());
        prop_assert_eq!(keys_of(&span)[0], keys::OPENINFERENCE_SPAN_KIND);
        let Value::String(kind) = &span.attributes[0].value else { panic!("{:?}", span.attributes[0]) };
        prop_assert!(!kind.as_str().trim().is_empty());
        prop_assert_eq!(kind.as_str().to_ascii_uppercase(), kind.as_str());
    }

    #[test]
    fn no_value_hides_others(mut span in spans()) {
        convert(&mut span, &Conversion::default());
        let keys = keys_of(&span);
        for key in &keys {
            for (dot, _) in key.match_indices('.') {
                let prefix = &key[..dot];
                prop_assert!(!keys.contains(&prefix) || is_word(prefix), "{:?} hides {:?}", prefix, key);
            }
        }
    }

    #[test]
    fn lists_have_no_gaps(list in prop::sample::select(LISTS), items in prop::collection::vec(json(), 0..6)) {
        let recorded = KeyValue::new(list, Json::from(items).to_string());
        let span = converted(vec![recorded], &Conversion::default());
        let mut indices: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for key in keys_of(&span) {
            let parts: Vec<&str> = key.split('.').collect();
            for (at, part) in parts.iter().enumerate() {
                if let Ok(index) = part.parse() {
                    indices.entry(parts[..at].join(".")).or_default().insert(index);
                }
            }
        }
        for (list, indices) in indices {
            prop_assert!(indices.iter().copied().eq(0..indices.len()), "{}: {:?}", list, indices);
        }
    }

    #[test]
    fn converted_lists_have_no_gaps(mut span in spans()) {
        span.attributes.retain(|attribute| !is_word(attribute.key.as_str()));
        convert(&mut span, &Conversion::default());
        for list in [keys::LLM_INPUT_MESSAGES, keys::LLM_OUTPUT_MESSAGES, keys::LLM_TOOLS, keys::RETRIEVAL_DOCUMENTS] {
            let indices = indices(&keys_of(&span), list);
            prop_assert!(indices.iter().copied().eq(0..indices.len()), "{}: {:?}", list, indices);
        }
    }

    #[test]
    fn hidden_messages_are_not_repeated(secret in "[a-z]{24}", word in prop::sample::select(MESSAGES), kind in 0_usize..3) {
        let messages = Json::from(vec![serde_json::json!({ "role": "user", "parts": [{ "type": "text", "content": secret }] })]);
        let mut conversion = Conversion::default();
        conversion.hide_input_messages = true;
        conversion.hide_output_messages = true;
        for value in [messages.to_string(), secret.clone()] {
            let operation = ["chat", "invoke_agent", "text_completion"][kind];
            let attributes = vec![KeyValue::new("gen_ai.operation.name", operation), KeyValue::new(word, value)];
            for attribute in converted(attributes, &conversion).attributes {
                let key = attribute.key.as_str();
                let hidden = key.starts_with(keys::LLM_INPUT_MESSAGES) || key.starts_with(keys::LLM_OUTPUT_MESSAGES);
                prop_assert!(hidden || !attribute.value.as_str().contains(&secret), "{:?}", attribute);
            }
        }
    }

    #[test]
    fn nothing_is_called_undefined(mut span in spans()) {
        convert(&mut span, &Conversion::default());
        for attribute in &span.attributes {
            prop_assert!(!attribute.value.as_str().contains("undefined"), "{:?}", attribute);
        }
    }

    #[test]
    fn doing_it_twice_is_doing_it_once(span in spans(), hide_arguments: bool, hide_messages: bool, hide_prompts: bool) {
        let mut conversion = Conversion::default();
        conversion.default_kind = SpanKind::Tool;
        conversion.hide_arguments = hide_arguments;
        conversion.hide_input_messages = hide_messages;
        conversion.hide_output_messages = hide_messages;
        conversion.hide_prompts = hide_prompts;
        conversion.hide_choices = hide_prompts;
        let (mut once, mut twice) = (span.clone(), span);
        convert(&mut once, &conversion);
        convert(&mut twice, &conversion);
        convert(&mut twice, &conversion);
        prop_assert_eq!(&once.attributes, &twice.attributes);
        prop_assert_eq!(once.status, twice.status);
        prop_assert_eq!(once.events, twice.events);
    }

    #[test]
    fn hidden_arguments_do_not_change_their_name(secret in "[a-z]{24}", bare in prop::sample::select(ARGUMENTS), rest in attributes()) {
        let mut attributes = vec![KeyValue::new(keys::INPUT_VALUE, "in"), KeyValue::new(keys::OUTPUT_VALUE, "out")];
        attributes.push(KeyValue::new(bare, secret.clone()));
        let taken: BTreeSet<String> = attributes.iter().map(|attribute| attribute.key.to_string()).collect();
        attributes.extend(rest.into_iter().filter(|attribute| !taken.contains(attribute.key.as_str())));
        let mut conversion = Conversion::default();
        conversion.hide_arguments = true;
        for attribute in converted(attributes, &conversion).attributes {
            let told = attribute.value.as_str().contains(&secret);
            prop_assert!(!told || attribute.key.as_str() == bare, "{:?}", attribute);
        }
    }

    #[test]
    fn results_are_not_shown_as_arguments(secret in "[a-z]{24}", bare in prop::sample::select(RESULTS), rest in attributes()) {
        let mut attributes = vec![KeyValue::new(bare, secret.clone())];
        attributes.extend(rest.into_iter().filter(|attribute| attribute.key.as_str() != bare));
        let config = TraceConfig::new().hide_outputs(true);
        let mut span = converted(attributes, &Conversion::for_config(&config));
        redact(&mut span, &config);
        for attribute in &span.attributes {
            prop_assert!(!attribute.value.as_str().contains(&secret), "{:?}", attribute);
        }
    }
}

#[test]
fn the_pipeline_makes_no_messages_of_hidden_prompts() {
    let recorder = Recorder::new();
    let config = TraceConfig::new().hide_prompts(true).hide_choices(true);
    let processor = OpenInferenceProcessor::new(recorder.clone()).trace_config(config);
    for key in ["gen_ai.prompt", "gen_ai.prompt.0.content", "gen_ai.completion", "gen_ai.completion.0.content"] {
        processor.on_end(span(vec![KeyValue::new(key, "SECRET")]));
    }
    assert_eq!(recorder.spans().len(), 4);
    assert!(!format!("{:?}", recorder.spans()).contains("SECRET"), "{:?}", recorder.spans());
}
