mod gemini;

use std::borrow::Cow;

use openinference_semconv::{Indexed, keys};
use opentelemetry::KeyValue;
use serde_json::Value as Json;

use super::api::take_out_bytes;
use super::json;
use super::messages::result_text;
use super::record::Record;

/// One part of a message's content.
pub(super) enum Block<'a> {
    Text(Cow<'a, str>),
    Media {
        kind: Media,
        url: Option<String>,
        details: Vec<(&'static str, String)>,
    },
    Reasoning {
        text: Option<String>,
        details: Vec<(&'static str, String)>,
    },
    Call(Call),
    /// Pictures and the like stand beside the text: they are hidden by flags of their own.
    Result {
        id: Option<String>,
        name: Option<String>,
        content: Option<String>,
        media: Vec<Block<'a>>,
    },
}

/// A call of a tool, the arguments as JSON text.
pub(super) struct Call {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
    signature: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Image,
    Audio,
    Video,
    Document,
}

/// Reads one part, in the words of whoever wrote it. What nobody knows is shown as the JSON it is.
pub(super) fn read(part: &Json) -> Option<Block<'_>> {
    let record = match part {
        Json::Null => return None,
        Json::String(text) => return Some(Block::Text(text.as_str().into())),
        Json::Object(_) => Record::of(part, "message_content")?,
        other => return Some(Block::Text(other.to_string().into())),
    };
    // genai writes pictures as `{"type": "blob"}` and nothing else.
    if record.is_empty() || record.others(&["type"]).next().is_none() && record.get(&["type"]).is_some() {
        return None;
    }
    if let Some(block) = gemini::read(&record) {
        return Some(block);
    }
    let known = match kind(&record) {
        "text" | "input_text" | "output_text" | "summary_text" | "reasoning_text" | "refusal" => {
            let text = record.get(&["text", "content", "refusal"]).and_then(Json::as_str);
            text.map(|text| Block::Text(text.into()))
        }
        "image" | "image_url" | "input_image" | "computer_screenshot" => media(part, &record, Media::Image),
        "image_generation_call" => record.get(&["result"]).and_then(Json::as_str).map(Block::bare_image),
        "audio" | "audio_url" | "input_audio" | "output_audio" => media(part, &record, Media::Audio),
        "video" | "video_url" | "input_video" => media(part, &record, Media::Video),
        "document" | "file" | "input_file" => media(part, &record, Media::Document),
        "thinking" | "reasoning" | "redacted_thinking" => return reasoning(&record),
        "tool_use" | "server_tool_use" | "tool_call" | "function_call" => Call::read(part).map(Block::Call),
        "tool_result" | "tool_call_response" | "function_call_output" | "computer_call_output" => {
            let answer = record.get(&["response", "result", "content", "output"]);
            let (content, media) = answer.map(result).unwrap_or_default();
            let id = record.text(&["tool_use_id", "tool_call_id", "call_id", "id"]);
            Some(Block::Result { id, name: None, content, media })
        }
        _ => None,
    };
    Some(known.unwrap_or_else(|| Block::Text(without_bytes(part).into())))
}

/// The JSON of a part, without the bytes of media: as a text they would be shown where images are hidden.
fn without_bytes(part: &Json) -> String {
    let mut part = part.clone();
    take_out_bytes(&mut part);
    part.to_string()
}

/// What a tool answered: its text, and the parts that say that they are none.
fn result(answer: &Json) -> (Option<String>, Vec<Block<'_>>) {
    const MEDIA: [&str; 8] =
        ["image", "image_url", "input_image", "computer_screenshot", "audio", "input_audio", "video", "video_url"];
    let parts = match answer {
        Json::Array(parts) => parts.as_slice(),
        // As MCP has it.
        Json::Object(object) => match object.get("content") {
            Some(Json::Array(parts)) => parts.as_slice(),
            _ => std::slice::from_ref(answer),
        },
        _ => &[],
    };
    let is_media = |part: &&Json| part.get("type").and_then(Json::as_str).is_some_and(|kind| MEDIA.contains(&kind));
    let (media, rest): (Vec<&Json>, Vec<&Json>) = parts.iter().partition(is_media);
    if media.is_empty() {
        return (result_text(answer), Vec::new());
    }
    let rest: Vec<Json> = rest.into_iter().cloned().collect();
    let text = if rest.is_empty() { None } else { result_text(&Json::Array(rest)) };
    (text, media.into_iter().filter_map(read).collect())
}

/// The type a part states; else the one its fields give away.
fn kind<'a>(record: &Record<'a>) -> &'a str {
    match record.get(&["type"]).and_then(Json::as_str) {
        // OpenTelemetry's parts: the type says how the bytes are given, the modality what they are.
        Some("blob" | "uri") => {
            let stated = record.get(&["modality"]).and_then(Json::as_str);
            let mime_type = || record.get(&["mime_type", "media_type"]).and_then(Json::as_str)?.split('/').next();
            let media = |kind: &&str| matches!(*kind, "image" | "audio" | "video");
            stated.or_else(|| mime_type().filter(media)).unwrap_or("document")
        }
        Some(kind) => kind,
        None => {
            ["text", "image_url", "image", "input_audio", "audio", "video", "document", "file", "tool_call", "thinking"]
                .into_iter()
                .find(|name| record.get(&[*name]).is_some())
                .unwrap_or_default()
        }
    }
}

fn media<'a>(part: &Json, record: &Record<'_>, kind: Media) -> Option<Block<'a>> {
    let mut details = Vec::new();
    let source = record.get(&["source", "file", "document", "input_audio", "audio"]).unwrap_or(part);
    let source = Record::of(source, kind.name())?;
    let mut detail = |key, names: &[&str]| {
        if let Some(text) = source.text(names).or_else(|| record.text(names)) {
            details.push((key, text));
        }
    };
    let mut url = url(part, kind);
    match kind {
        Media::Audio => {
            detail(keys::AUDIO_TRANSCRIPT, &["transcript"]);
            detail(keys::AUDIO_MIME_TYPE, &["mime_type", "media_type"]);
        }
        Media::Document => {
            detail(keys::DOCUMENT_ID, &["id", "file_id"]);
            detail(keys::DOCUMENT_NAME, &["name", "filename", "title"]);
            detail(keys::DOCUMENT_MIME_TYPE, &["mime_type", "media_type"]);
            // The plain text of a document is its content, not the bytes of a file.
            if source.get(&["type"]).is_some_and(|kind| kind == "text") {
                url = None;
                detail(keys::DOCUMENT_CONTENT, &["data"]);
            } else if url.is_none() {
                detail(keys::DOCUMENT_CONTENT, &["content", "text"]);
            }
        }
        Media::Image | Media::Video => {}
    }
    (url.is_some() || !details.is_empty()).then_some(Block::Media { kind, url, details })
}

/// Where the bytes are: an address, or the bytes themselves as a `data:` address.
pub(super) fn url(value: &Json, kind: Media) -> Option<String> {
    let object = match value {
        Json::String(url) => return (!url.is_empty()).then(|| url.clone()),
        Json::Object(object) => object,
        _ => return None,
    };
    let text = |names: &[&str]| names.iter().find_map(|name| object.get(*name).and_then(Json::as_str));
    if let Some(url) = text(kind.url_words()) {
        return Some(String::from(url));
    }
    let modality = object.contains_key("modality").then_some("content");
    if let Some(data) = text(&["data", "file_data", "b64_json", "bytes"]).or_else(|| text(modality.as_slice())) {
        if data.starts_with("data:") {
            return Some(String::from(data));
        }
        let mime_type = match (text(&["mime_type", "media_type", "mimeType"]), text(&["format"])) {
            (Some(mime_type), _) => Cow::Borrowed(mime_type),
            (None, Some(format)) => Cow::Owned(format!("{}/{format}", kind.name())),
            (None, None) if kind == Media::Image => Cow::Borrowed("image/png"),
            (None, None) => Cow::Borrowed("application/octet-stream"),
        };
        return Some(format!("data:{mime_type};base64,{data}"));
    }
    let nested =
        ["message_content", "source", "image_url", "input_audio", "audio_url", "video_url", "file", "inline_data"];
    let nested = nested.into_iter().chain([kind.name(), kind.key()]);
    let nested = nested.filter_map(|name| object.get(name)).find_map(|inner| url(inner, kind));
    nested.or_else(|| json::plain(object.get(&format!("{}.{}", kind.key(), kind.url_key()))?))
}

fn reasoning<'a>(record: &Record<'_>) -> Option<Block<'a>> {
    let text = match record.get(&["text", "thinking", "reasoning", "content", "summary"]) {
        Some(Json::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| match part {
                Json::String(text) => Some(text.as_str()),
                part => part.get("text")?.as_str(),
            });
            Some(texts.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
        }
        Some(text) => json::plain(text),
        None => None,
    };
    let details = [
        (keys::MESSAGE_CONTENT_ID, "id"),
        (keys::MESSAGE_CONTENT_SIGNATURE, "signature"),
        (keys::MESSAGE_CONTENT_DATA, "data"),
        (keys::MESSAGE_CONTENT_ENCRYPTED_CONTENT, "encrypted_content"),
    ];
    let details = details.into_iter().filter_map(|(key, name)| Some((key, record.text(&[name])?)));
    let details: Vec<_> = details.collect();
    (text.is_some() || !details.is_empty()).then_some(Block::Reasoning { text, details })
}

impl Block<'_> {
    pub(super) fn reasoning(text: &str) -> Self {
        Block::Reasoning { text: Some(String::from(text)), details: Vec::new() }
    }

    /// A picture in Base64 without a word about what it is, or its address.
    pub(super) fn bare_image(image: &str) -> Self {
        const BEGINNINGS: [(&str, &str); 4] =
            [("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"), ("", "image/png")];
        let is_address = ["http:", "https:", "data:"].iter().any(|scheme| image.starts_with(scheme));
        let kind = BEGINNINGS.iter().find(|(beginning, _)| image.starts_with(beginning)).map_or("", |(_, kind)| kind);
        let url = if is_address { String::from(image) } else { format!("data:{kind};base64,{image}") };
        Block::Media { kind: Media::Image, url: Some(url), details: Vec::new() }
    }

    /// The sound of an answer, as OpenAI puts it beside the content.
    pub(super) fn sound(audio: &Json) -> Option<Self> {
        media(audio, &Record::of(audio, "audio")?, Media::Audio)
    }

    pub(super) fn write(self, out: &mut Vec<KeyValue>, element: &Indexed<'_>) {
        let kind = match &self {
            Block::Text(_) | Block::Result { .. } => "text",
            Block::Reasoning { .. } => "reasoning",
            Block::Media { kind, .. } => kind.name(),
            Block::Call(_) => "tool_use",
        };
        out.push(KeyValue::new(element.key(keys::MESSAGE_CONTENT_TYPE), kind));
        match self {
            Block::Text(text) => {
                out.push(KeyValue::new(element.key(keys::MESSAGE_CONTENT_TEXT), text.into_owned()));
            }
            Block::Reasoning { text, details } => {
                let text = text.map(|text| (keys::MESSAGE_CONTENT_TEXT, text));
                for (key, value) in text.into_iter().chain(details) {
                    out.push(KeyValue::new(element.key(key), value));
                }
            }
            Block::Media { kind, url, details } => {
                let url = url.map(|url| (kind.url_key(), url));
                for (key, value) in url.into_iter().chain(details) {
                    out.push(KeyValue::new(element.key(&format!("{}.{key}", kind.key())), value));
                }
            }
            Block::Call(call) => call.write(out, element),
            Block::Result { content, .. } => {
                out.push(KeyValue::new(element.key(keys::MESSAGE_CONTENT_TEXT), content.unwrap_or_default()));
            }
        }
    }
}

impl Call {
    pub(super) fn read(call: &Json) -> Option<Self> {
        let call = Record::of(call, "tool_call")?;
        let function = call.get(&["function"]);
        let inner = function.and_then(|function| Record::of(function, "function"));
        let arguments = inner
            .and_then(|function| function.get(&["arguments"]))
            .or_else(|| call.get(&["function.arguments", "arguments", "args", "input"]));
        let name = inner
            .and_then(|function| function.text(&["name"]))
            .or_else(|| call.text(&["function.name", "name"]))
            .or_else(|| function.and_then(Json::as_str).map(String::from));
        let id = call.text(&["call_id", "id", "tool_call_id"]);
        // Arguments that are text already are what the model said, even where it is not JSON.
        let arguments = arguments.and_then(json::plain);
        let signature = call.text(&["reasoning_signature", "thought_signature", "thoughtSignature"]);
        let found = id.is_some() || name.is_some() || arguments.is_some();
        found.then_some(Self { id, name, arguments, signature })
    }

    /// OpenInference's own spelling of OpenAI's function calls, which came before the tool calls.
    pub(super) fn read_deprecated(message: &Record<'_>) -> Option<Self> {
        let name = message.text(&["function_call_name"]);
        let arguments = message.text(&["function_call_arguments_json"]);
        (name.is_some() || arguments.is_some()).then_some(Self { id: None, name, arguments, signature: None })
    }

    pub(super) fn write(self, out: &mut Vec<KeyValue>, element: &Indexed<'_>) {
        for (key, value) in [
            (keys::TOOL_CALL_ID, self.id),
            (keys::TOOL_CALL_FUNCTION_NAME, self.name),
            (keys::TOOL_CALL_FUNCTION_ARGUMENTS, self.arguments),
            (keys::TOOL_CALL_REASONING_SIGNATURE, self.signature),
        ] {
            if let Some(value) = value {
                out.push(KeyValue::new(element.key(key), value));
            }
        }
    }
}

impl Media {
    const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Image => keys::MESSAGE_CONTENT_IMAGE,
            Self::Audio => keys::MESSAGE_CONTENT_AUDIO,
            Self::Video => keys::MESSAGE_CONTENT_VIDEO,
            Self::Document => keys::MESSAGE_CONTENT_DOCUMENT,
        }
    }

    const fn url_key(self) -> &'static str {
        match self {
            Self::Image => keys::IMAGE_URL,
            Self::Audio => keys::AUDIO_URL,
            Self::Video => keys::VIDEO_URL,
            Self::Document => keys::DOCUMENT_URL,
        }
    }

    const fn url_words(self) -> &'static [&'static str] {
        match self {
            Self::Image => &["url", "uri", "fileUri", "file_uri", "image_url", keys::IMAGE_URL],
            Self::Audio => &["url", "uri", "fileUri", "file_uri", "audio_url", keys::AUDIO_URL],
            Self::Video => &["url", "uri", "fileUri", "file_uri", "video_url", keys::VIDEO_URL],
            Self::Document => &["url", "uri", "fileUri", "file_uri", "file_url", keys::DOCUMENT_URL],
        }
    }
}
