//! Attributes of other vocabularies that are kept beside their translation are hidden with it.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use integration_tests::secrets::{FLAGS, SECRETS, secret, tell};
use integration_tests::{Recorder, span};
use opentelemetry::trace::Event;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use serde_json::json;
use tracing_openinference::{OpenInferenceProcessor, TraceConfig, attribute};
use tracing_subscriber::layer::SubscriberExt;

const SECRET: &str = "SECRET";

/// Words that carry content in some vocabulary.
const WORDS: &[&str] = &[
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.input_messages",
    "gen_ai.request.messages",
    "gen_ai.output.messages",
    "gen_ai.output_messages",
    "gen_ai.response.tool_calls",
    "gen_ai.prompt",
    "gen_ai.prompt.0.content",
    "gen_ai.prompt.0.tool_calls.0.arguments",
    "gen_ai.content.prompt",
    "gen_ai.completion",
    "gen_ai.completion.0.content",
    "gen_ai.completion.0.tool_calls.0.arguments",
    "gen_ai.content.completion",
    "gen_ai.tool.description",
    "gen_ai.tool.definitions",
    "gen_ai.request.tools",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text",
    "gen_ai.retrieval.documents",
    "gen_ai.request.stop_sequences",
    "gen_ai.agent.description",
    "gen_ai.evaluation.explanation",
    "gen_ai.unheard.of",
    "tool_call.function.arguments",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "traceloop.prompt.template",
    "langfuse.input",
    "langfuse.output",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.trace.input",
    "langfuse.trace.output",
    "langfuse.observation.model.parameters",
    "llm.request.functions",
    "llm.request.functions.0.description",
    "input_json",
    "output_json",
    "error.message",
];

/// What makes a span mean something to one vocabulary or another.
const CONTEXTS: &[&[(&str, &str)]] = &[
    &[],
    &[("gen_ai.operation.name", "chat")],
    &[("gen_ai.operation.name", "text_completion")],
    &[("gen_ai.operation.name", "invoke_agent")],
    &[("gen_ai.operation.name", "execute_tool")],
    &[("gen_ai.operation.name", "retrieval")],
    &[("gen_ai.operation.name", "embeddings")],
    &[("traceloop.span.kind", "tool")],
    &[("traceloop.span.kind", "llm")],
    &[("observation_type", "GENERATION")],
    &[("error.type", "timeout")],
];

/// The secret as a text, and inside the usual lists.
fn values() -> Vec<Value> {
    let texts = [
        SECRET.into(),
        json!([{ "role": "user", "parts": [{ "type": "text", "content": SECRET }] }]).to_string(),
        json!([{ "type": "text", "content": SECRET }]).to_string(),
        json!([{ "type": "function", "name": "t", "description": SECRET, "parameters": {} }]).to_string(),
        json!([{ "id": "1", "score": 0.5, "content": SECRET }]).to_string(),
        json!({ "argument": SECRET }).to_string(),
        json!([{ "id": "1", "name": "t", "arguments": { "a": SECRET } }]).to_string(),
    ];
    let list = Value::Array(Array::String(vec![SECRET.into()]));
    texts.into_iter().map(Value::from).chain([list]).collect()
}

/// The stages under one policy.
struct Stages(OpenInferenceProcessor<Recorder>, Recorder);

impl Stages {
    fn new(config: TraceConfig, keep_sources: bool) -> Self {
        let recorder = Recorder::new();
        let processor = OpenInferenceProcessor::new(recorder.clone()).trace_config(config).keep_sources(keep_sources);
        Self(processor, recorder)
    }

    fn left(&self, span: SpanData) -> SpanData {
        self.0.on_end(span);
        let left = self.1.spans().remove(0);
        self.1.clear();
        left
    }
}

fn told(span: &SpanData) -> bool {
    format!("{span:?}").contains(SECRET)
}

#[test]
fn whatever_is_hidden_is_hidden_under_its_source_name() {
    let open = Stages::new(TraceConfig::new(), false);
    let policies = FLAGS.iter().map(|flag| {
        let config = (flag.set)(TraceConfig::new(), true);
        (flag.name, Stages::new(config.clone(), false), Stages::new(config, true))
    });
    let policies: Vec<_> = policies.collect();
    let (mut hidden, mut leaks) = (0, BTreeSet::new());
    for (word, context) in WORDS.iter().flat_map(|word| CONTEXTS.iter().map(move |context| (word, context))) {
        for value in values() {
            let fields = context.iter().map(|(key, value)| KeyValue::new(*key, *value));
            let source = span(fields.chain([KeyValue::new(*word, value)]).collect());
            if !told(&open.left(source.clone())) {
                continue;
            }
            for (flag, translated, kept) in &policies {
                if !told(&translated.left(source.clone())) {
                    hidden += 1;
                    leaks.extend(told(&kept.left(source.clone())).then(|| format!("{word} under {flag}")));
                }
            }
        }
    }
    assert_eq!(leaks, BTreeSet::new());
    assert!(hidden > 1_000, "{hidden}");
}

#[test]
fn what_is_hidden_of_a_tool_is_hidden_under_its_source_name() {
    let words =
        ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.tool.description", "gen_ai.tool.definitions"];
    let told_under = |config: TraceConfig| {
        let fields = words.iter().map(|word| KeyValue::new(*word, format!("[\"{SECRET}\"]")));
        let source = span(fields.chain([KeyValue::new("gen_ai.tool.name", "t")]).collect());
        let span = Stages::new(config, true).left(source);
        words.map(|word| span.attributes.iter().any(|kv| kv.key.as_str() == word && kv.value.as_str().contains(SECRET)))
    };
    assert_eq!(told_under(TraceConfig::new()), [true; 4]);
    assert_eq!(told_under(TraceConfig::new().hide_llm_tools(true)), [false, true, false, false]);
    assert_eq!(told_under(TraceConfig::new().hide_inputs(true)), [false, true, true, false]);
    assert_eq!(told_under(TraceConfig::new().hide_outputs(true)), [true, false, true, true]);
}

#[test]
fn no_flag_lets_a_secret_of_the_pipeline_through() {
    for flag in FLAGS {
        let recorder = Recorder::new();
        let openinference = tracing_openinference::builder()
            .trace_config((flag.set)(TraceConfig::new(), true))
            .keep_sources(true)
            .span_processor(recorder.clone())
            .build()
            .expect("the settings are right");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(openinference.layer()), tell);
        let spans = format!("{:?}", recorder.spans());
        for told in SECRETS {
            let hidden = told.hidden_by.contains(&flag.name);
            assert_eq!(spans.contains(&secret(told.place)), !hidden, "{} under {}", told.place, flag.name);
        }
    }
}

#[test]
fn both_doors_keep_sources_on_request_only() {
    for keep in [false, true] {
        let (layer, processor) = (Recorder::new(), Recorder::new());
        let openinference =
            tracing_openinference::builder().keep_sources(keep).span_processor(layer.clone()).build().unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(openinference.layer()), || {
            drop(tracing::info_span!("chat", gen_ai.operation.name = "chat", gen_ai.request.model = "m"));
        });
        let mut chat =
            span(vec![KeyValue::new("gen_ai.operation.name", "chat"), KeyValue::new("gen_ai.request.model", "m")]);
        chat.events.events.push(Event::new("e", UNIX_EPOCH, Vec::new(), 0));
        OpenInferenceProcessor::new(processor.clone()).keep_sources(keep).on_end(chat);
        for span in [layer.spans().remove(0), processor.spans().remove(0)] {
            assert_eq!(attribute(&span, "llm.model_name"), Some("m"));
            assert_eq!(attribute(&span, "gen_ai.request.model"), keep.then_some("m"));
        }
    }
}
