use openinference_semconv::{SpanKind, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::{Map, Value as Json, json};

use crate::convert::words::Words;
use crate::convert::{json, write};

/// The parameters of a request under the names that OpenAI gave them, which Phoenix's playground reads.
const PARAMETERS: [(&str, &str); 9] = [
    ("gen_ai.request.temperature", "temperature"),
    ("gen_ai.request.top_p", "top_p"),
    ("gen_ai.request.top_k", "top_k"),
    ("gen_ai.request.max_tokens", "max_tokens"),
    ("gen_ai.request.presence_penalty", "presence_penalty"),
    ("gen_ai.request.frequency_penalty", "frequency_penalty"),
    ("gen_ai.request.seed", "seed"),
    ("gen_ai.openai.request.seed", "seed"),
    ("gen_ai.request.choice.count", "n"),
];

/// Writes the parameters of the request. The model that was `asked` for here is one of them, as in the instrumentations of
/// OpenInference.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words, kind: Option<SpanKind>, asked: bool) {
    let mut parameters = Map::new();
    for (word, name) in PARAMETERS {
        if let Some(value) = words.take(word) {
            parameters.entry(name).or_insert(scalar(&value));
        }
    }
    if let Some(stop) = words.take_json(&["gen_ai.request.stop_sequences"]) {
        let stop = if stop.is_array() { stop } else { json!([stop]) };
        parameters.insert(String::from("stop"), stop);
    }
    if let Some(formats) = words.take_json(&["gen_ai.request.encoding_formats"]) {
        match formats {
            Json::Array(mut formats) if formats.len() == 1 => {
                parameters.insert(String::from("encoding_format"), formats.remove(0));
            }
            formats => {
                parameters.insert(String::from("encoding_formats"), formats);
            }
        }
    }
    match words.take_text(&["gen_ai.output.type"]).as_deref() {
        Some("json") => _ = parameters.insert(String::from("response_format"), json!({ "type": "json_object" })),
        Some(kind) => _ = parameters.insert(String::from("response_format"), json!({ "type": kind })),
        None => {}
    }
    let called = asked && matches!(kind, Some(SpanKind::Llm | SpanKind::Embedding));
    if let Some(model) = write::text(out, keys::LLM_REQUEST_MODEL_NAME).filter(|_| called) {
        parameters.insert(String::from("model"), Json::from(model));
    }
    if parameters.is_empty() {
        return;
    }
    let key = match kind {
        Some(SpanKind::Embedding) => keys::EMBEDDING_INVOCATION_PARAMETERS,
        _ => keys::LLM_INVOCATION_PARAMETERS,
    };
    write::add(out, key, Json::Object(parameters).to_string());
}

/// A number also where it was recorded as text.
fn scalar(value: &Value) -> Json {
    let Value::String(text) = value else { return json::value(value) };
    match serde_json::from_str(text.as_str().trim()) {
        Ok(number @ (Json::Number(_) | Json::Bool(_))) => number,
        _ => json::value(value),
    }
}
