use openinference_semconv::keys;
use serde_json::Value as Json;

use super::{Block, Call, Media, url};
use crate::convert::messages::result_text;
use crate::convert::record::Record;

/// Reads a part of Gemini's, in the case of its JSON or of its libraries: what it is says the name of its member.
///
/// <https://ai.google.dev/api/caching#Part>
pub(super) fn read<'a>(record: &Record<'a>) -> Option<Block<'a>> {
    if record.get(&["type"]).is_some() {
        return None;
    }
    let object = |names: &[&str]| record.get(names).filter(|value| value.is_object());
    let signature = record.text(&["thoughtSignature", "thought_signature"]);
    if let Some(call) = object(&["functionCall", "function_call"]) {
        let call = Call::read(call)?;
        return Some(Block::Call(Call { signature: call.signature.or(signature), ..call }));
    }
    if let Some(result) = object(&["functionResponse", "function_response"]) {
        let result = Record::of(result, "function")?;
        let content = result.get(&["response"]).and_then(result_text);
        return Some(Block::Result {
            id: result.text(&["id"]),
            name: result.text(&["name"]),
            content,
            media: Vec::new(),
        });
    }
    if let Some(bytes) = object(&["inlineData", "inline_data", "fileData", "file_data"]) {
        return media(bytes);
    }
    let text = record.get(&["text"]).and_then(Json::as_str)?;
    let details = signature.map(|signature| (keys::MESSAGE_CONTENT_SIGNATURE, signature));
    let is_thought = record.get(&["thought"]).is_some_and(|thought| thought == true);
    is_thought.then(|| Block::Reasoning { text: Some(text.into()), details: details.into_iter().collect() })
}

fn media<'a>(bytes: &Json) -> Option<Block<'a>> {
    let record = Record::of(bytes, "blob")?;
    let mime_type = record.text(&["mimeType", "mime_type"]);
    let kind = match mime_type.as_deref().and_then(|mime_type| mime_type.split('/').next()) {
        Some("image") => Media::Image,
        Some("audio") => Media::Audio,
        Some("video") => Media::Video,
        _ => Media::Document,
    };
    let stated = match kind {
        Media::Audio => mime_type.map(|mime_type| (keys::AUDIO_MIME_TYPE, mime_type)),
        Media::Document => mime_type.map(|mime_type| (keys::DOCUMENT_MIME_TYPE, mime_type)),
        Media::Image | Media::Video => None,
    };
    let url = url(bytes, kind);
    url.is_some().then(|| Block::Media { kind, url, details: stated.into_iter().collect() })
}
