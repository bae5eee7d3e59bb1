use openinference_semconv::{SpanKind, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;

use crate::convert::field::Side;
use crate::convert::{Conversion, json, messages, write};

/// An observation, which is how Langfuse thinks of a span: whoever writes for it has these fields under some names.
#[derive(Default)]
pub(super) struct Observation {
    pub(super) kind: Option<String>,
    pub(super) model: Option<String>,
    pub(super) input: Option<Value>,
    pub(super) output: Option<Value>,
    pub(super) usage: Option<Json>,
    pub(super) cost: Option<Json>,
    pub(super) parameters: Option<Json>,
}

impl Observation {
    pub(super) fn write(self, out: &mut Vec<KeyValue>, options: &Conversion) {
        let stated = self.kind.as_deref().and_then(kind);
        let guess = (self.model.is_some() || self.usage.is_some()).then_some(SpanKind::Llm);
        if let Some(kind) = stated.or(guess) {
            write::add(out, keys::OPENINFERENCE_SPAN_KIND, kind.as_str());
        }
        if let Some(model) = self.model {
            write::add(out, "gen_ai.request.model", model);
        }
        if let Some(Json::Object(usage)) = self.usage {
            for (name, count) in usage {
                let word = USAGE.iter().find(|(known, _)| *known == name).map(|(_, word)| *word);
                if let (Some(word), Some(count)) = (word, count.as_i64()) {
                    write::add(out, word, count);
                }
            }
        }
        if let Some(Json::Object(cost)) = self.cost {
            for (name, key) in [
                ("input", keys::LLM_COST_PROMPT),
                ("output", keys::LLM_COST_COMPLETION),
                ("total", keys::LLM_COST_TOTAL),
            ] {
                if let Some(amount) = cost.get(name).and_then(Json::as_f64) {
                    write::add(out, key, amount);
                }
            }
        }
        if let Some(parameters @ Json::Object(_)) = self.parameters {
            write::add(out, keys::LLM_INVOCATION_PARAMETERS, parameters.to_string());
        }
        let kind = write::kind(out);
        let calls_model = kind == Some(SpanKind::Llm);
        for (side, value, list, role, hidden) in [
            (Side::Input, self.input, keys::LLM_INPUT_MESSAGES, "user", options.hide_input_messages),
            (Side::Output, self.output, keys::LLM_OUTPUT_MESSAGES, "assistant", options.hide_output_messages),
        ] {
            let Some(value) = value else { continue };
            if calls_model && !write::has_list(out, list) {
                messages::write(out, list, &conversation(&value), role);
            }
            // Without a kind it may be a conversation as well.
            if !(hidden && (calls_model || kind.is_none())) {
                write::add_value(out, side, json::text(&value).into_owned());
            }
        }
    }
}

const USAGE: [(&str, &str); 12] = [
    ("input", "gen_ai.usage.input_tokens"),
    ("input_tokens", "gen_ai.usage.input_tokens"),
    ("prompt_tokens", "gen_ai.usage.input_tokens"),
    ("output", "gen_ai.usage.output_tokens"),
    ("output_tokens", "gen_ai.usage.output_tokens"),
    ("completion_tokens", "gen_ai.usage.output_tokens"),
    ("total", "gen_ai.usage.total_tokens"),
    ("total_tokens", "gen_ai.usage.total_tokens"),
    ("cache_read_input_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("input_cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("cache_creation_input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
    ("output_reasoning_tokens", "gen_ai.usage.reasoning.output_tokens"),
];

/// Langfuse's types of observations.
fn kind(name: &str) -> Option<SpanKind> {
    match name.to_ascii_uppercase().as_str() {
        "GENERATION" => Some(SpanKind::Llm),
        "SPAN" => Some(SpanKind::Chain),
        name => SpanKind::parse(name),
    }
}

/// The messages of a request, a response, or a list.
fn conversation(value: &Value) -> Vec<Json> {
    let inner = |object: &mut serde_json::Map<String, Json>, name: &str| match object.remove(name) {
        Some(Json::Array(items)) => Some(items),
        _ => None,
    };
    match json::value(value) {
        Json::Array(items) => items,
        Json::Object(mut object) => match inner(&mut object, "messages").or_else(|| inner(&mut object, "choices")) {
            Some(items) => items,
            None => vec![Json::Object(object)],
        },
        other => vec![other],
    }
}
