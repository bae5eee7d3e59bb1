//! The other way, on request: OpenTelemetry's names beside OpenInference's.

use std::collections::BTreeMap;

use openinference_semconv::{SpanKind, keys};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json, json};

use super::json;
use super::write::{self, add, position, text};

/// Adds `gen_ai.*` attributes for backends that know those only, as `openinference-instrumentation` 0.1.72 for Python
/// does. What the span has under such a name already stays.
///
/// Runs after redaction, so that nothing hidden comes back. Phoenix ignores them where OpenInference says it already.
pub(crate) fn genai_semconv(span: &mut SpanData) {
    let attributes = &mut span.attributes;
    let kind = write::kind(attributes);
    copy(attributes, kind);
    if let Some(name) = operation(attributes, kind) {
        add(attributes, "gen_ai.operation.name", name);
    }
    if let Some(name) = provider(attributes) {
        add(attributes, "gen_ai.provider.name", name);
    }
    parameters(attributes);
    if let Some(reason) = text(attributes, keys::LLM_FINISH_REASON).map(finish_reason) {
        add(attributes, "gen_ai.response.finish_reasons", strings([reason]));
    }
    for (key, value) in [
        ("gen_ai.tool.definitions", tools(attributes)),
        ("gen_ai.input.messages", messages(attributes, keys::LLM_INPUT_MESSAGES, false)),
        ("gen_ai.output.messages", messages(attributes, keys::LLM_OUTPUT_MESSAGES, true)),
        ("gen_ai.retrieval.documents", documents(attributes, kind)),
    ] {
        if !value.is_empty() {
            add(attributes, key, Json::Array(value).to_string());
        }
    }
}

/// What has the same value under either name, and on which kind of span; `None` for any.
const NAMES: [(&str, &str, Option<SpanKind>); 18] = [
    (keys::SESSION_ID, "gen_ai.conversation.id", None),
    (keys::AGENT_NAME, "gen_ai.agent.name", None),
    (keys::LLM_REQUEST_MODEL_NAME, "gen_ai.request.model", None),
    (keys::LLM_MODEL_NAME, "gen_ai.request.model", None),
    (keys::EMBEDDING_MODEL_NAME, "gen_ai.request.model", None),
    (keys::LLM_RESPONSE_MODEL_NAME, "gen_ai.response.model", None),
    (keys::LLM_TOKEN_COUNT_PROMPT, "gen_ai.usage.input_tokens", None),
    (keys::LLM_TOKEN_COUNT_COMPLETION, "gen_ai.usage.output_tokens", None),
    (keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ, "gen_ai.usage.cache_read.input_tokens", None),
    (keys::LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE, "gen_ai.usage.cache_creation.input_tokens", None),
    (keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING, "gen_ai.usage.reasoning.output_tokens", None),
    (keys::TOOL_NAME, "gen_ai.tool.name", Some(SpanKind::Tool)),
    (keys::TOOL_DESCRIPTION, "gen_ai.tool.description", Some(SpanKind::Tool)),
    (keys::TOOL_ID, "gen_ai.tool.call.id", Some(SpanKind::Tool)),
    (keys::TOOL_CALL_ID, "gen_ai.tool.call.id", Some(SpanKind::Tool)),
    (keys::TOOL_PARAMETERS, "gen_ai.tool.call.arguments", Some(SpanKind::Tool)),
    (keys::OUTPUT_VALUE, "gen_ai.tool.call.result", Some(SpanKind::Tool)),
    (keys::INPUT_VALUE, "gen_ai.retrieval.query.text", Some(SpanKind::Retriever)),
];

fn copy(attributes: &mut Vec<KeyValue>, kind: Option<SpanKind>) {
    for (key, word, only) in NAMES {
        if only.is_none() || only == kind {
            if let Some(at) = position(attributes, key) {
                let value = attributes[at].value.clone();
                add(attributes, word, value);
            }
        }
    }
}

fn operation(attributes: &[KeyValue], kind: Option<SpanKind>) -> Option<&'static str> {
    let completes = || [keys::LLM_PROMPTS, keys::LLM_CHOICES].iter().any(|list| write::has_list(attributes, list));
    Some(match kind? {
        SpanKind::Llm if completes() => "text_completion",
        SpanKind::Llm => "chat",
        SpanKind::Embedding => "embeddings",
        SpanKind::Retriever => "retrieval",
        SpanKind::Tool => "execute_tool",
        SpanKind::Agent => "invoke_agent",
        _ => return None,
    })
}

fn provider(attributes: &[KeyValue]) -> Option<String> {
    let (provider, system) = (text(attributes, keys::LLM_PROVIDER), text(attributes, keys::LLM_SYSTEM));
    let known = match (provider, system) {
        (Some("azure"), Some("openai")) => "azure.ai.openai",
        (Some("azure"), _) => "azure.ai.inference",
        (Some("aws"), _) => "aws.bedrock",
        (Some("google") | None, Some("vertexai")) => "gcp.vertex_ai",
        (Some("google"), _) => "gcp.gen_ai",
        (Some("xai"), _) | (None, Some("xai")) => "x_ai",
        (Some("mistralai"), _) | (None, Some("mistralai")) => "mistral_ai",
        (Some(other), _) | (None, Some(other)) => other,
        (None, None) => return None,
    };
    Some(String::from(known))
}

fn parameters(attributes: &mut Vec<KeyValue>) {
    const WORDS: [(&str, &[&str]); 8] = [
        ("gen_ai.request.temperature", &["temperature"]),
        ("gen_ai.request.top_p", &["top_p"]),
        ("gen_ai.request.top_k", &["top_k"]),
        ("gen_ai.request.max_tokens", &["max_tokens", "max_completion_tokens", "max_output_tokens"]),
        ("gen_ai.request.frequency_penalty", &["frequency_penalty"]),
        ("gen_ai.request.presence_penalty", &["presence_penalty"]),
        ("gen_ai.request.seed", &["seed"]),
        ("gen_ai.request.choice.count", &["n", "candidate_count"]),
    ];
    let stated = [keys::LLM_INVOCATION_PARAMETERS, keys::EMBEDDING_INVOCATION_PARAMETERS];
    let parameters = stated.iter().find_map(|key| json::parse(text(attributes, key)?));
    let Some(Json::Object(parameters)) = parameters else { return };
    for (word, names) in WORDS {
        match names.iter().find_map(|name| parameters.get(*name)) {
            Some(Json::Number(number)) if number.is_i64() => add(attributes, word, number.as_i64().unwrap_or_default()),
            Some(Json::Number(number)) => add(attributes, word, number.as_f64().unwrap_or_default()),
            _ => {}
        }
    }
    let stop = match parameters.get("stop").or_else(|| parameters.get("stop_sequences")) {
        Some(Json::Array(stop)) => strings(stop.iter().filter_map(json::plain)),
        Some(Json::String(stop)) => strings([stop.clone()]),
        _ => return,
    };
    add(attributes, "gen_ai.request.stop_sequences", stop);
}

fn finish_reason(reason: &str) -> String {
    match reason {
        "tool_calls" | "function_call" => String::from("tool_call"),
        other => other.to_lowercase(),
    }
}

fn strings(texts: impl IntoIterator<Item = String>) -> Value {
    Value::Array(Array::String(texts.into_iter().map(StringValue::from).collect()))
}

/// The objects of a flattened list, each as the fields it has below its number.
fn elements<'a>(fields: impl Iterator<Item = (&'a str, &'a Value)>, list: &str) -> Vec<BTreeMap<&'a str, &'a Value>> {
    let mut elements: BTreeMap<usize, BTreeMap<&str, &Value>> = BTreeMap::new();
    for (key, value) in fields {
        let rest = key.strip_prefix(list).and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
        if let Some((Ok(index), field)) = rest.map(|(index, field)| (index.parse(), field)) {
            elements.entry(index).or_default().insert(field, value);
        }
    }
    elements.into_values().collect()
}

fn listed<'a>(attributes: &'a [KeyValue], list: &str) -> Vec<BTreeMap<&'a str, &'a Value>> {
    elements(attributes.iter().map(|attribute| (attribute.key.as_str(), &attribute.value)), list)
}

fn messages(attributes: &[KeyValue], list: &str, output: bool) -> Vec<Json> {
    let reason = text(attributes, keys::LLM_FINISH_REASON).map(finish_reason);
    let message = |fields: BTreeMap<&str, &Value>| {
        let mut message = message(&fields)?;
        if output {
            let calls = fields.keys().any(|field| field.starts_with(keys::MESSAGE_TOOL_CALLS));
            let guess = if calls { "tool_call" } else { "stop" };
            message.insert(String::from("finish_reason"), reason.as_deref().unwrap_or(guess).into());
        }
        Some(Json::Object(message))
    };
    listed(attributes, list).into_iter().filter_map(message).collect()
}

fn message(fields: &BTreeMap<&str, &Value>) -> Option<Map<String, Json>> {
    let plain = |key: &str| fields.get(key).map(|value| json::text(value).into_owned());
    let role = plain(keys::MESSAGE_ROLE)?.to_lowercase();
    let own = || fields.iter().map(|(field, value)| (*field, *value));
    let content = plain(keys::MESSAGE_CONTENT);
    let mut parts: Vec<Json> = Vec::new();
    match (role.as_str(), plain(keys::MESSAGE_TOOL_CALL_ID)) {
        ("tool", Some(id)) => {
            let response = fields.get(keys::MESSAGE_CONTENT).map_or(Json::from(""), |content| json::value(content));
            parts.push(json!({ "type": "tool_call_response", "id": id, "response": response }));
        }
        _ => parts.extend(content.map(|content| json!({ "type": "text", "content": content }))),
    }
    parts.extend(elements(own(), keys::MESSAGE_CONTENTS).iter().filter_map(part));
    for call in elements(own(), keys::MESSAGE_TOOL_CALLS) {
        let Some(name) = call.get(keys::TOOL_CALL_FUNCTION_NAME) else { continue };
        let arguments = call.get(keys::TOOL_CALL_FUNCTION_ARGUMENTS).map(|arguments| json::value(arguments));
        let id = call.get(keys::TOOL_CALL_ID).map(|id| json::value(id));
        parts.push(json!({ "type": "tool_call", "id": id, "name": json::text(name), "arguments": arguments }));
    }
    if parts.is_empty() {
        return None;
    }
    let mut message = Map::from_iter([(String::from("role"), role.into()), (String::from("parts"), parts.into())]);
    if let Some(name) = plain(keys::MESSAGE_NAME) {
        message.insert(String::from("name"), name.into());
    }
    Some(message)
}

fn part(fields: &BTreeMap<&str, &Value>) -> Option<Json> {
    let text = |key: &str| fields.get(key).map(|value| json::text(value).into_owned());
    match text(keys::MESSAGE_CONTENT_TYPE)?.as_str() {
        kind @ ("text" | "reasoning") => Some(json!({ "type": kind, "content": text(keys::MESSAGE_CONTENT_TEXT)? })),
        "image" => {
            let url = text(&format!("{}.{}", keys::MESSAGE_CONTENT_IMAGE, keys::IMAGE_URL))?;
            let bytes = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
            Some(match bytes {
                Some((mime_type, bytes)) => {
                    json!({ "type": "blob", "modality": "image", "mime_type": mime_type, "content": bytes })
                }
                None => json!({ "type": "uri", "modality": "image", "uri": url }),
            })
        }
        _ => None,
    }
}

fn tools(attributes: &[KeyValue]) -> Vec<Json> {
    let definition = |fields: BTreeMap<&str, &Value>| {
        let schema = fields.get(keys::TOOL_JSON_SCHEMA).and_then(|schema| json::parse(&json::text(schema)));
        let schema = schema.unwrap_or_else(|| json!({}));
        let function = schema.get("function").unwrap_or(&schema);
        let own = |key, name| fields.get(key).map(|value| json::value(value)).or_else(|| function.get(name).cloned());
        let name = own(keys::TOOL_NAME, "name")?;
        let parameters = ["parameters", "input_schema", "inputSchema"].iter().find_map(|name| function.get(*name));
        let mut definition = Map::from_iter([(String::from("type"), json!("function")), (String::from("name"), name)]);
        let description = own(keys::TOOL_DESCRIPTION, "description");
        for (name, value) in [("description", description), ("parameters", parameters.cloned())] {
            if let Some(value) = value {
                definition.insert(String::from(name), value);
            }
        }
        Some(Json::Object(definition))
    };
    listed(attributes, keys::LLM_TOOLS).into_iter().filter_map(definition).collect()
}

fn documents(attributes: &[KeyValue], kind: Option<SpanKind>) -> Vec<Json> {
    const FIELDS: [(&str, &str); 4] = [
        (keys::DOCUMENT_ID, "id"),
        (keys::DOCUMENT_SCORE, "score"),
        (keys::DOCUMENT_CONTENT, "content"),
        (keys::DOCUMENT_METADATA, "metadata"),
    ];
    if kind != Some(SpanKind::Retriever) {
        return Vec::new();
    }
    let document = |fields: BTreeMap<&str, &Value>| {
        let field = |(key, name): (&str, &str)| Some((String::from(name), json::value(fields.get(key)?)));
        Json::from_iter(FIELDS.into_iter().filter_map(field))
    };
    listed(attributes, keys::RETRIEVAL_DOCUMENTS).into_iter().map(document).collect()
}
