use openinference_semconv::{Indexed, keys};
use opentelemetry::{Array, KeyValue, Value};
use serde_json::Value as Json;

use super::{Object, items, list, member};

/// The texts that are to be embedded: the place of each, and the text. What is no text has none.
pub(super) fn texts(request: &Object) -> Vec<(usize, String)> {
    let texts = match member(request, &["requests"]) {
        Some(requests) => items(requests),
        None => member(request, &["input", "texts", "content", "prompt"]).map_or(&[][..], items),
    };
    texts.iter().enumerate().filter_map(|(at, item)| Some((at, text(item)?))).collect()
}

/// A text, the text of a part, or the texts of the parts of a content.
fn text(item: &Json) -> Option<String> {
    match item {
        Json::String(text) => Some(text.clone()),
        Json::Object(object) => {
            let inner = member(object, &["text", "content", "parts"])?;
            let texts: Vec<String> = items(inner).iter().filter_map(text).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        _ => None,
    }
}

/// The vectors of a response, if it is one of embeddings.
pub(super) fn of(response: &Object) -> Option<Vec<Vec<f64>>> {
    let is_vector = |item: &Json| match item {
        Json::Object(object) => object.contains_key("embedding") || object.contains_key("values"),
        Json::Array(numbers) => numbers.first().is_some_and(Json::is_number),
        _ => false,
    };
    let vectors = match member(response, &["embedding"]) {
        Some(single) => std::slice::from_ref(single),
        None => list(response, &["data", "embeddings"]).filter(|vectors| vectors.first().is_some_and(is_vector))?,
    };
    Some(vectors.iter().map(|vector| floats(vector).unwrap_or_default()).collect())
}

fn floats(vector: &Json) -> Option<Vec<f64>> {
    match vector {
        Json::Array(numbers) => numbers.iter().map(Json::as_f64).collect(),
        Json::Object(object) => floats(member(object, &["embedding", "values"])?),
        // OpenAI's clients ask for Base64, which is shorter.
        Json::String(text) => decoded(text),
        _ => None,
    }
}

pub(super) fn write_texts(out: &mut Vec<KeyValue>, texts: Vec<(usize, String)>) {
    for (at, text) in texts {
        out.push(KeyValue::new(Indexed::new(keys::EMBEDDING_EMBEDDINGS, at).key(keys::EMBEDDING_TEXT), text));
    }
}

pub(super) fn write(out: &mut Vec<KeyValue>, vectors: Vec<Vec<f64>>) {
    for (at, vector) in vectors.into_iter().enumerate().filter(|(_, vector)| !vector.is_empty()) {
        let key = Indexed::new(keys::EMBEDDING_EMBEDDINGS, at).key(keys::EMBEDDING_VECTOR);
        out.push(KeyValue::new(key, Value::Array(Array::F64(vector))));
    }
}

/// 32-bit floats, the smallest byte first, in Base64.
fn decoded(text: &str) -> Option<Vec<f64>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for char in text.trim_end_matches('=').bytes() {
        let six = match char {
            b'A'..=b'Z' => char - b'A',
            b'a'..=b'z' => char - b'a' + 26,
            b'0'..=b'9' => char - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    let floats = bytes.chunks_exact(4);
    floats
        .remainder()
        .is_empty()
        .then(|| floats.map(|bytes| f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_holds_floats() {
        assert_eq!(decoded("AAAAPwAAgL8="), Some(vec![0.5, -1.0]));
        assert_eq!(decoded(""), Some(vec![]));
        assert_eq!(decoded("AAAA"), None);
        assert_eq!(decoded("no!"), None);
    }
}
