//! How dialects write: what a span says in OpenInference already is left alone.

use openinference_semconv::{MimeType, SpanKind, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::{Map, Value as Json};

use super::field::{Side, within};
use super::json;

pub(super) fn position(attributes: &[KeyValue], key: &str) -> Option<usize> {
    attributes.iter().position(|attribute| attribute.key.as_str() == key)
}

/// The text of an attribute; `None` for blank text.
pub(super) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match &attributes[position(attributes, key)?].value {
        Value::String(text) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        _ => None,
    }
}

/// Whether the span has `list`, flattened or not.
pub(super) fn has_list(attributes: &[KeyValue], list: &str) -> bool {
    attributes.iter().any(|attribute| attribute.key.as_str() == list || within(attribute.key.as_str(), list))
}

/// Writes an attribute, unless the span has one of that name.
pub(super) fn add(attributes: &mut Vec<KeyValue>, key: &'static str, value: impl Into<Value>) {
    if position(attributes, key).is_none() {
        attributes.push(KeyValue::new(key, value));
    }
}

/// Writes `input.value` or `output.value` with its MIME type, unless the span has one.
pub(super) fn add_value(attributes: &mut Vec<KeyValue>, side: Side, value: impl Into<Value>) {
    if position(attributes, side.value()).is_some() {
        return;
    }
    let value = value.into();
    let json = match &value {
        Value::String(text) => json::is_container(text.as_str()),
        Value::Array(_) => true,
        _ => false,
    };
    let mime_type = if json { MimeType::Json } else { MimeType::Text };
    add(attributes, side.mime_type(), mime_type.as_str());
    attributes.push(KeyValue::new(side.value(), value));
}

/// The kind that a span states, if it is one of OpenInference's.
pub(super) fn kind(attributes: &[KeyValue]) -> Option<SpanKind> {
    let kind = text(attributes, keys::OPENINFERENCE_SPAN_KIND)?;
    SpanKind::parse(kind.trim_matches(|char: char| char.is_whitespace() || char == '"' || char == '\''))
}

/// Adds notes to `metadata`; what stands there already is not overwritten.
pub(super) fn note(attributes: &mut Vec<KeyValue>, notes: Map<String, Json>) {
    if notes.is_empty() {
        return;
    }
    let Some(at) = position(attributes, keys::METADATA) else {
        attributes.push(KeyValue::new(keys::METADATA, Json::Object(notes).to_string()));
        return;
    };
    let mut all = match json::value(&attributes[at].value) {
        Json::Object(object) => object,
        other => Map::from_iter([(String::from(keys::METADATA), other)]),
    };
    for (key, value) in notes {
        all.entry(key).or_insert(value);
    }
    attributes[at].value = Json::Object(all).to_string().into();
}
