use std::ops::BitOr;

use serde_json::Value as Json;

use super::Object;

/// What stands for bytes that were left out.
const OMITTED: &str = "…";

/// Shorter texts are no pictures; they are ids, or the name of a file.
const SHORTEST: usize = 64;

/// Leaves out the bytes of media, which stand in the messages of the span, where they can be hidden or cut. Says whether
/// there were any.
pub(in crate::convert) fn take_out(value: &mut Json) -> bool {
    match value {
        Json::Array(items) => items.iter_mut().map(take_out).fold(false, BitOr::bitor),
        Json::Object(object) => take_out_of(object),
        Json::String(text) if is_data(text) => {
            OMITTED.clone_into(text);
            true
        }
        _ => false,
    }
}

fn take_out_of(object: &mut Object) -> bool {
    let is_blob = object.get("type").is_some_and(|kind| kind == "blob" || kind == "image_generation_call");
    let mut changed = false;
    for (name, value) in object {
        let bytes = match name.as_str() {
            "data" | "b64_json" | "file_data" | "bytes" => true,
            "content" | "result" => is_blob,
            _ => false,
        };
        changed |= match value {
            Json::String(text) if bytes && text.len() >= SHORTEST => {
                OMITTED.clone_into(text);
                true
            }
            // Ollama's pictures, bytes without a word about them.
            Json::Array(images) if name == "images" => images.iter_mut().fold(false, |changed, image| match image {
                Json::String(text) if text.len() >= SHORTEST && !text.starts_with("http") => {
                    OMITTED.clone_into(text);
                    true
                }
                image => take_out(image) || changed,
            }),
            value => take_out(value),
        };
    }
    changed
}

/// Whether a text is a `data:` address; the header, up to the comma, says that it is in Base64.
fn is_data(text: &str) -> bool {
    let is_data = text.len() >= SHORTEST && text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    is_data && text.split_once(',').is_some_and(|(header, _)| header.ends_with("base64"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_are_left_out_and_texts_stay() {
        let bytes = "A".repeat(200);
        let mut body = json!({
            "content": ["data: a short text", { "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{bytes}") } }],
            "source": { "type": "base64", "data": bytes, "media_type": "image/png" },
            "images": [bytes, "https://host/a.png"],
            "blob": { "type": "blob", "content": bytes },
            "text": bytes,
        });
        assert!(take_out(&mut body));
        assert_eq!(
            body,
            json!({
                "content": ["data: a short text", { "type": "image_url", "image_url": { "url": "…" } }],
                "source": { "type": "base64", "data": "…", "media_type": "image/png" },
                "images": ["…", "https://host/a.png"],
                "blob": { "type": "blob", "content": "…" },
                "text": bytes,
            })
        );
        assert!(!take_out(&mut body));
    }
}
