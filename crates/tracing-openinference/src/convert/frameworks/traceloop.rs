use openinference_semconv::{SpanKind, keys};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json, json};

use super::rename;
use crate::convert::field::{Side, within};
use crate::convert::genai::of_operation;
use crate::convert::words::Words;
use crate::convert::{Conversion, Dialect, documents, json, write};

/// OpenLLMetry: `traceloop.*`, and words in OpenInference's own `llm.*` that are none of OpenInference's.
///
/// <https://github.com/traceloop/semantic-conventions>
pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

const FUNCTIONS: &str = "llm.request.functions";
const USAGE: &str = "llm.usage";

const NAMES: [(&str, &str); 9] = [
    ("llm.request.type", "gen_ai.operation.name"),
    ("llm.usage.total_tokens", "gen_ai.usage.total_tokens"),
    ("llm.usage.prompt_tokens", "gen_ai.usage.input_tokens"),
    ("llm.usage.completion_tokens", "gen_ai.usage.output_tokens"),
    ("llm.usage.cache_read_input_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("llm.usage.cache_creation_input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
    ("llm.is_streaming", "gen_ai.request.stream"),
    ("llm.frequency_penalty", "gen_ai.request.frequency_penalty"),
    ("llm.presence_penalty", "gen_ai.request.presence_penalty"),
];

fn speaks(key: &str) -> bool {
    key.starts_with("traceloop.")
        || key.starts_with("llm.")
            && (within(key, "llm.request") || within(key, USAGE) || key == "llm.is_streaming")
            && key != keys::LLM_REQUEST_MODEL_NAME
}

fn translate(span: &mut SpanData, options: &Conversion) {
    let out = &mut span.attributes;
    rename(out, &NAMES);
    let mut words = Words::take_from(out, speaks);
    let kind = kind(out, words.take_text(&["traceloop.span.kind"]).as_deref());
    if let Some(kind) = kind {
        write::add(out, keys::OPENINFERENCE_SPAN_KIND, kind.as_str());
    }
    if let Some(name) = words.take_text(&["traceloop.entity.name"]) {
        match kind {
            Some(SpanKind::Tool) => write::add(out, keys::TOOL_NAME, name),
            Some(SpanKind::Agent) => write::add(out, keys::AGENT_NAME, name),
            _ => write::note(out, Map::from_iter([(String::from("traceloop.entity.name"), Json::from(name))])),
        }
    }
    // Without a kind it may be a conversation as well.
    let may_be_messages = matches!(write::kind(out), Some(SpanKind::Llm) | None);
    for (side, word, wrapper, hidden) in [
        (Side::Input, "traceloop.entity.input", ["inputs", "input"], options.hide_input_messages),
        (Side::Output, "traceloop.entity.output", ["outputs", "output"], options.hide_output_messages),
    ] {
        if let Some(value) = words.take(word).filter(|_| !(hidden && may_be_messages)) {
            write_value(out, side, &value, wrapper, kind);
        }
    }
    if let Some(functions) = functions(&mut words) {
        write::add(out, "gen_ai.tool.definitions", functions);
    }
    association(out, &mut words);
    words.give_back(out);
}

/// The stated kind, in any case. One that says nothing leaves the answer to `gen_ai.*`, where that names a call.
fn kind(out: &[KeyValue], stated: Option<&str>) -> Option<SpanKind> {
    let operation = write::text(out, "gen_ai.operation.name");
    if let Some("retrieval" | "vector_db_retrieve") = operation {
        return Some(SpanKind::Retriever);
    }
    let told = operation.and_then(of_operation).is_some() || write::text(out, "gen_ai.request.model").is_some();
    match stated?.trim().to_ascii_lowercase().as_str() {
        "workflow" | "task" => Some(SpanKind::Chain),
        "agent" => Some(SpanKind::Agent),
        "tool" => Some(SpanKind::Tool),
        "llm" => Some(SpanKind::Llm),
        _ if told => None,
        _ => Some(SpanKind::Unknown),
    }
}

/// The decorators wrap what they record: `{"inputs": {..}, "tags": [], ..}`, `{"output": ..}`.
fn write_value(out: &mut Vec<KeyValue>, side: Side, value: &Value, wrapper: [&str; 2], kind: Option<SpanKind>) {
    let text = json::text(value).into_owned();
    let Some(Json::Object(mut object)) = json::parse(&text) else {
        write::add_value(out, side, text);
        return;
    };
    if side == Side::Output && kind == Some(SpanKind::Retriever) && !write::has_list(out, keys::RETRIEVAL_DOCUMENTS) {
        if let Some(Json::Array(found)) = object.get("documents") {
            documents::write(out, keys::RETRIEVAL_DOCUMENTS, found);
        }
    }
    let inner = wrapper.iter().find_map(|name| object.remove(*name));
    match inner.map(|inner| json::plain(&inner)) {
        Some(Some(inner)) => {
            if (side, kind) == (Side::Input, Some(SpanKind::Tool)) && json::is_container(&inner) {
                write::add(out, keys::TOOL_PARAMETERS, inner.clone());
            }
            write::add_value(out, side, inner);
        }
        Some(None) => {}
        None => write::add_value(out, side, text),
    }
}

/// The tools that a model was offered, as one attribute a field or as one JSON list.
fn functions(words: &mut Words) -> Option<String> {
    let list = words.take(FUNCTIONS);
    let mut functions: std::collections::BTreeMap<u64, Map<String, Json>> = Default::default();
    for word in words.take_all(|key| within(key, FUNCTIONS)) {
        let rest = &word.key.as_str()[FUNCTIONS.len() + 1..];
        if let Some((Ok(index), field)) = rest.split_once('.').map(|(index, field)| (index.parse(), field)) {
            functions.entry(index).or_default().insert(String::from(field), json::value(&word.value));
        }
    }
    let indexed = Json::from_iter(functions.into_values().map(Json::Object));
    list.map(|list| json::text(&list).into_owned()).or_else(|| (indexed != json!([])).then(|| indexed.to_string()))
}

/// What the application said about the whole trace.
fn association(out: &mut Vec<KeyValue>, words: &mut Words) {
    const PROPERTIES: &str = "traceloop.association.properties.";
    let mut notes = Map::new();
    for property in words.take_all(|key| key.starts_with(PROPERTIES)) {
        let name = &property.key.as_str()[PROPERTIES.len()..];
        match name {
            "session_id" | "conversation_id" => {
                write::add(out, keys::SESSION_ID, json::text(&property.value).into_owned());
            }
            "user_id" => write::add(out, keys::USER_ID, json::text(&property.value).into_owned()),
            name => _ = notes.insert(String::from(name), json::value(&property.value)),
        }
    }
    write::note(out, notes);
}
