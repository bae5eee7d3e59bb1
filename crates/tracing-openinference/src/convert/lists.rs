use openinference_semconv::keys;
use opentelemetry::{Array, KeyValue, Value};
use serde_json::Value as Json;

use super::field::{Field, within};
use super::{documents, feedback, json, messages, tools};

/// Writes lists that were recorded as one value out as the indexed attributes OpenInference has for them.
///
/// `tracing` has no lists, so `llm.input_messages = %json` is how they are recorded. One bad item never takes the rest
/// along, and the ones that stay are counted without gaps. Text that is not JSON is a list of that one text. Where the
/// span has indexed attributes of the same list already, those are what it means.
pub(super) fn flatten(attributes: &mut Vec<KeyValue>) {
    let is_list = |attribute: &KeyValue| Field::of(attribute.key.as_str()) == Field::List;
    if !attributes.iter().any(is_list) {
        return;
    }
    // There are no more than a handful of lists, so this is linear.
    let indexed = |list: &KeyValue| attributes.iter().any(|other| within(other.key.as_str(), list.key.as_str()));
    let dropped: Vec<bool> = attributes.iter().map(|attribute| is_list(attribute) && indexed(attribute)).collect();
    let recorded = std::mem::take(attributes);
    for (attribute, dropped) in recorded.into_iter().zip(dropped) {
        if !is_list(&attribute) {
            attributes.push(attribute);
        } else if !dropped {
            expand(attributes, attribute);
        }
    }
}

fn expand(out: &mut Vec<KeyValue>, list: KeyValue) {
    let before = out.len();
    let items = items(list.key.as_str(), &list.value);
    write(out, list.key.as_str(), &items);
    let says_something = |item: &Json| item.as_str().is_some_and(|text| !text.trim().is_empty());
    if out.len() == before && items.iter().any(says_something) {
        // Text where objects are needed: annotations, say. Better seen than lost.
        out.push(list);
    }
}

fn write(out: &mut Vec<KeyValue>, key: &str, items: &[Json]) {
    match key {
        keys::LLM_INPUT_MESSAGES => messages::write(out, key, items, "user"),
        keys::LLM_OUTPUT_MESSAGES => messages::write(out, key, items, "assistant"),
        keys::LLM_TOOLS => tools::write(out, key, items),
        keys::LLM_PROMPTS => documents::write_prompts(out, key, items),
        keys::LLM_CHOICES => documents::write_choices(out, key, items),
        keys::EMBEDDING_EMBEDDINGS => documents::write_embeddings(out, key, items),
        keys::INPUT_IMAGES | keys::OUTPUT_IMAGES => documents::write_images(out, key, items),
        keys::ANNOTATIONS | keys::TRACE_ANNOTATIONS | keys::SESSION_ANNOTATIONS => {
            feedback::write(out, key, items, &feedback::ANNOTATION);
        }
        keys::EVALUATIONS | keys::TRACE_EVALUATIONS | keys::SESSION_EVALUATIONS => {
            feedback::write(out, key, items, &feedback::EVALUATION);
        }
        _ => documents::write(out, key, items),
    }
}

fn items(key: &str, value: &Value) -> Vec<Json> {
    let json = match value {
        Value::String(text) => json::parse(text.as_str()).unwrap_or_else(|| Json::from(text.as_str())),
        Value::Array(Array::String(texts)) => {
            let item = |text: &str| json::parse(text).unwrap_or_else(|| Json::from(text));
            Json::from_iter(texts.iter().map(|text| item(text.as_str())))
        }
        Value::Array(array) => Json::from(json::items(array)),
        scalar => Json::from(scalar.as_str()),
    };
    match json {
        // Numbers alone are one vector, not many texts.
        Json::Array(items) if key == keys::EMBEDDING_EMBEDDINGS && items.first().is_some_and(Json::is_number) => {
            vec![Json::Array(items)]
        }
        Json::Array(items) => items,
        Json::Object(mut object) => {
            // A whole request or response: `{"messages": [..]}`, `{"data": [..]}`.
            let wrapped = ["messages", "documents", "data", "tools", "results"]
                .into_iter()
                .find(|name| object.get(*name).is_some_and(Json::is_array));
            match wrapped.and_then(|name| object.remove(name)) {
                Some(Json::Array(items)) => items,
                _ => vec![Json::Object(object)],
            }
        }
        Json::Null => Vec::new(),
        scalar => vec![scalar],
    }
}
