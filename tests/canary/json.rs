//! A secret anywhere in JSON of any shape: as a value, as a key, deep inside, in JSON that is a string of JSON.

use integration_tests::span;
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tracing_openinference::{Conversion, TraceConfig, convert, redact};

use crate::secret::{Random, Search, Secret};
use crate::{all_flags, config};

/// Keys that the readers of messages, tools and documents look for, so that a shape often means something.
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
    "message.content",
    "message_content",
    "tool_call_id",
    "document",
    "document.content",
    "score",
    "metadata",
    "vector",
    "embedding",
    "json_schema",
    "description",
    "tool",
    "summary",
    "messages",
    "choices",
    "reasoning_content",
    "refusal",
    "transcript",
    "response",
    "User",
];
const WORDS: &[&str] = &[
    "user",
    "assistant",
    "tool",
    "text",
    "image_url",
    "tool_use",
    "tool_result",
    "thinking",
    "document",
    "input_audio",
    "function_call",
    "file",
    "uri",
    "",
];

/// What a flag hides as a whole, whatever is in it.
const HIDDEN: &[(&str, &str)] = &[
    ("input.value", "hide_inputs"),
    ("question", "hide_inputs"),
    ("input", "hide_inputs"),
    ("llm.input_messages", "hide_inputs"),
    ("llm.input_messages", "hide_input_messages"),
    ("gen_ai.input.messages", "hide_inputs"),
    ("gen_ai.input.messages", "hide_input_messages"),
    ("gen_ai.prompt", "hide_input_messages"),
    ("gen_ai.system_instructions", "hide_input_messages"),
    ("gen_ai.prompt.0.content", "hide_prompts"),
    // Of a span that is no call of a model it is the input, and no message.
    ("langfuse.observation.input", "hide_inputs"),
    ("traceloop.entity.input", "hide_inputs"),
    ("llm.prompts", "hide_prompts"),
    ("llm.prompt_template.variables", "hide_prompts"),
    ("llm.tools", "hide_llm_tools"),
    ("gen_ai.tool.definitions", "hide_inputs"),
    ("llm.request.functions", "hide_llm_tools"),
    ("llm.invocation_parameters", "hide_llm_invocation_parameters"),
    ("output.value", "hide_outputs"),
    ("output", "hide_outputs"),
    ("return", "hide_outputs"),
    ("llm.output_messages", "hide_outputs"),
    ("llm.output_messages", "hide_output_messages"),
    ("gen_ai.output.messages", "hide_output_messages"),
    ("gen_ai.completion", "hide_outputs"),
    ("llm.choices", "hide_choices"),
    ("reranker.input_documents", "hide_inputs"),
    ("reranker.output_documents", "hide_outputs"),
    ("llm.something.new", "hide_inputs"),
    ("exception.message", "hide_outputs"),
];

/// JSON with a secret in exactly one place.
fn with_secret(random: &mut Random, secret: &Secret, depth: usize) -> Value {
    let field = |random: &mut Random| FIELDS[random.below(FIELDS.len())].to_owned();
    match random.below(if depth == 0 { 2 } else { 9 }) {
        0 => secret.text.as_str().into(),
        1 => secret.integer.into(),
        2 => json!({ &secret.word: ordinary(random, depth - 1) }),
        3 => with_secret(random, secret, depth - 1).to_string().into(),
        4 => json!([ordinary(random, depth - 1), with_secret(random, secret, depth - 1)]),
        _ => {
            let mut object = Map::new();
            for _ in 0..random.below(4) {
                object.insert(field(random), ordinary(random, depth - 1));
            }
            object.insert(field(random), with_secret(random, secret, depth - 1));
            object.into()
        }
    }
}

fn ordinary(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 4 } else { 6 }) {
        0 => Value::Null,
        1 => (random.below(100) as f64 / 7.0).into(),
        2 | 3 => WORDS[random.below(WORDS.len())].into(),
        4 => (0..random.below(3)).map(|_| ordinary(random, depth - 1)).collect(),
        _ => {
            let field = |random: &mut Random| FIELDS[random.below(FIELDS.len())].to_owned();
            (0..random.below(4)).map(|_| (field(random), ordinary(random, depth - 1))).collect::<Map<_, _>>().into()
        }
    }
}

fn staged(key: &str, kind: &str, value: &Value, config: &TraceConfig) -> SpanData {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let attributes =
        vec![KeyValue::new("openinference.span.kind", kind.to_owned()), KeyValue::new(key.to_owned(), text)];
    let mut span = span(attributes);
    convert(&mut span, &Conversion::for_config(config));
    redact(&mut span, config);
    span
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_anywhere_in_what_is_hidden_is_hidden(
        seed: u64, place in prop::sample::select(HIDDEN), kind in prop::sample::select(&["LLM", "TOOL", "AGENT", ""][..]),
    ) {
        let random = &mut Random(seed);
        let secret = Secret::new(random);
        let search = Search::of([("it", &secret)]);
        let (key, flag) = place;
        let depth = random.below(6);
        let value = with_secret(random, &secret, depth);
        for flags in [vec![flag], all_flags()] {
            let span = staged(key, kind, &value, &config(&flags));
            let found = search.find(format!("{span:?}").as_bytes());
            prop_assert!(found.is_empty(), "{key} = {value} under {flags:?}: {span:#?}");
        }
    }
}

/// A control: without the flag the secret is nearly always there, so the generator makes values that are kept.
#[test]
fn a_secret_in_what_is_not_hidden_is_shown() {
    let random = &mut Random::new();
    let (mut shown, mut all) = (0, 0);
    for (key, _) in HIDDEN {
        for _ in 0..20 {
            let secret = Secret::new(random);
            let depth = random.below(6);
            let span = staged(key, "LLM", &with_secret(random, &secret, depth), &TraceConfig::new());
            shown += Search::of([("it", &secret)]).find(format!("{span:?}").as_bytes()).len();
            all += 1;
        }
    }
    assert!(shown * 10 > all * 7, "{shown} of {all}");
}
