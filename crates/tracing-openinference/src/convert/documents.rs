use std::borrow::Cow;

use openinference_semconv::{Indexed, keys};
use opentelemetry::{Array, KeyValue, Value};
use serde_json::{Map, Value as Json};

use super::blocks::{self, Media};
use super::json;
use super::record::Record;

const CONTENT: [&str; 6] = ["content", "text", "page_content", "pageContent", "body", "document"];
const SCORE: [&str; 3] = ["score", "relevance_score", "similarity"];

/// Writes documents: objects with a content, an id, a score and metadata under any of their usual names, pairs of a
/// document and its score, or plain texts. Fields that nobody knows are metadata.
pub(super) fn write(out: &mut Vec<KeyValue>, list: &str, items: &[Json]) {
    let mut index = 0;
    for item in items {
        let before = out.len();
        let element = Indexed::new(list, index);
        match item {
            Json::Array(pair) => match pair.as_slice() {
                [document, Json::Number(score)] => write_document(out, &element, document, score.as_f64()),
                [Json::Number(score), document] => write_document(out, &element, document, score.as_f64()),
                [] => {}
                _ => write_document(out, &element, &Json::from(item.to_string()), None),
            },
            document => write_document(out, &element, document, None),
        }
        index += usize::from(out.len() > before);
    }
}

fn write_document(out: &mut Vec<KeyValue>, element: &Indexed<'_>, document: &Json, score: Option<f64>) {
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.push(KeyValue::new(element.key(field), value));
        }
    };
    let Some(record) = Record::of(document, "document") else {
        put(keys::DOCUMENT_CONTENT, json::plain(document).filter(|text| !text.is_empty()).map(Value::from));
        put(keys::DOCUMENT_SCORE, score.map(Value::from));
        return;
    };
    let integer = |id: &Json| id.as_i64().map(Value::from).or_else(|| json::plain(id).map(Value::from));
    put(keys::DOCUMENT_ID, record.get(&["id"]).and_then(integer));
    put(keys::DOCUMENT_SCORE, record.number(&SCORE).or(score).map(Value::from));
    for (field, name) in
        [(keys::DOCUMENT_NAME, "name"), (keys::DOCUMENT_URL, "url"), (keys::DOCUMENT_MIME_TYPE, "mime_type")]
    {
        put(field, record.text(&[name]).map(Value::from));
    }
    let content =
        record.get(&CONTENT).filter(|content| record.get(&["document"]) != Some(content) || content.is_string());
    put(keys::DOCUMENT_CONTENT, content.and_then(json::plain).map(Value::from));
    put(keys::DOCUMENT_METADATA, metadata(&record).map(Value::from));
}

fn metadata(record: &Record<'_>) -> Option<String> {
    const KNOWN: [&str; 5] = ["id", "name", "url", "mime_type", "metadata"];
    let known: Vec<&str> = KNOWN.into_iter().chain(CONTENT).chain(SCORE).collect();
    let mut others: Map<String, Json> =
        record.others(&known).map(|(key, value)| (key.clone(), value.clone())).collect();
    // What the document itself calls metadata is right about its own fields.
    match record.get(&["metadata"]).map(unpacked) {
        Some(Cow::Owned(Json::Object(metadata))) => others.extend(metadata),
        Some(Cow::Borrowed(Json::Object(metadata))) => {
            others.extend(metadata.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        Some(other) => {
            others.insert(String::from("metadata"), other.into_owned());
        }
        None => {}
    }
    (!others.is_empty()).then(|| Json::Object(others).to_string())
}

/// The JSON in a text that is JSON; anything else as it is.
fn unpacked(value: &Json) -> Cow<'_, Json> {
    match value.as_str().and_then(json::parse) {
        Some(inner) => Cow::Owned(inner),
        None => Cow::Borrowed(value),
    }
}

/// Writes embeddings: `{text, vector}`, vectors alone, or texts alone.
pub(super) fn write_embeddings(out: &mut Vec<KeyValue>, list: &str, items: &[Json]) {
    let mut index = 0;
    for item in items {
        let (text, vector) = match Record::of(item, "embedding") {
            Some(record) => {
                (record.text(&["text", "input", "content"]), record.get(&["vector", "embedding", "values"]))
            }
            None => (item.as_str().map(String::from), Some(item)),
        };
        let vector = vector.and_then(floats);
        if text.is_none() && vector.is_none() {
            continue;
        }
        let element = Indexed::new(list, index);
        index += 1;
        if let Some(text) = text {
            out.push(KeyValue::new(element.key(keys::EMBEDDING_TEXT), text));
        }
        if let Some(vector) = vector {
            out.push(KeyValue::new(element.key(keys::EMBEDDING_VECTOR), Value::Array(Array::F64(vector))));
        }
    }
}

fn floats(vector: &Json) -> Option<Vec<f64>> {
    let numbers = vector.as_array().filter(|numbers| !numbers.is_empty())?;
    numbers.iter().map(Json::as_f64).collect()
}

/// Writes the prompts of a text completion.
pub(super) fn write_prompts(out: &mut Vec<KeyValue>, list: &str, items: &[Json]) {
    write_texts(out, list, items, "prompt", keys::PROMPT_TEXT);
}

/// Writes the choices of a text completion.
pub(super) fn write_choices(out: &mut Vec<KeyValue>, list: &str, items: &[Json]) {
    write_texts(out, list, items, "completion", keys::COMPLETION_TEXT);
}

fn write_texts(out: &mut Vec<KeyValue>, list: &str, items: &[Json], name: &'static str, field: &str) {
    let known = |item: &Json| match Record::of(item, name) {
        Some(record) if record.is_empty() => None,
        Some(record) => record.text(&["text", "content", name]).or_else(|| json::plain(item)),
        None => json::plain(item),
    };
    for (index, text) in items.iter().filter_map(known).enumerate() {
        out.push(KeyValue::new(Indexed::new(list, index).key(field), text));
    }
}

/// Writes images: addresses, or objects that hold an address or the bytes in Base64.
pub(super) fn write_images(out: &mut Vec<KeyValue>, list: &str, items: &[Json]) {
    let urls = items.iter().filter_map(|item| blocks::url(item, Media::Image));
    for (index, url) in urls.enumerate() {
        out.push(KeyValue::new(Indexed::new(list, index).key(keys::IMAGE_URL), url));
    }
}
