use openinference_semconv::{Indexed, keys};
use opentelemetry::{Key, Value};

use super::{Document, Element, ToolCall, put};

/// One part of a message that is more than text: `message.contents.M.message_content.*`.
///
/// The order of the parts is the order in which the model saw or made them, tool calls included.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a part does nothing until its message is set on a span"]
pub struct Content {
    part: Part,
    id: Option<String>,
    signature: Option<String>,
    data: Option<String>,
    encrypted_content: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Image(String),
    Audio(Audio),
    Video(String),
    Document(Document),
    Reasoning(Option<String>),
    ToolUse(ToolCall),
}

/// A sound and what is said in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a sound does nothing until its message is set on a span"]
pub struct Audio {
    url: Option<String>,
    transcript: Option<String>,
    mime_type: Option<String>,
}

impl Content {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Part::Text(text.into()))
    }

    /// An image, by its URL or as a `data:image/…;base64,…` URL. The policy shortens long ones.
    pub fn image(url: impl Into<String>) -> Self {
        Self::of(Part::Image(url.into()))
    }

    /// A sound: its URL, or an [`Audio`] with a transcript.
    pub fn audio(audio: impl Into<Audio>) -> Self {
        Self::of(Part::Audio(audio.into()))
    }

    /// A film, by its URL.
    pub fn video(url: impl Into<String>) -> Self {
        Self::of(Part::Video(url.into()))
    }

    /// A file, such as a PDF.
    pub fn document(document: impl Into<Document>) -> Self {
        Self::of(Part::Document(document.into()))
    }

    /// What a model thought before it answered.
    pub fn reasoning(text: impl Into<String>) -> Self {
        Self::of(Part::Reasoning(Some(text.into())))
    }

    /// What a model thought and its provider does not show; `data` is what has to be sent back to it.
    pub fn redacted_reasoning(data: impl Into<String>) -> Self {
        Self::of(Part::Reasoning(None)).data(data)
    }

    /// A tool call, where its place among the other parts matters. Otherwise see
    /// [`Message::tool_call`](super::Message::tool_call).
    pub fn tool_use(call: impl Into<ToolCall>) -> Self {
        Self::of(Part::ToolUse(call.into()))
    }

    const fn of(part: Part) -> Self {
        Self { part, id: None, signature: None, data: None, encrypted_content: None }
    }

    /// Sets `message_content.id`, the provider's name for this part.
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Sets `message_content.signature`, by which a provider knows its own reasoning again.
    pub fn signature(self, signature: impl Into<String>) -> Self {
        Self { signature: Some(signature.into()), ..self }
    }

    /// Sets `message_content.data`, reasoning that the provider does not show.
    pub fn data(self, data: impl Into<String>) -> Self {
        Self { data: Some(data.into()), ..self }
    }

    /// Sets `message_content.encrypted_content`, reasoning that only the provider can read.
    pub fn encrypted_content(self, content: impl Into<String>) -> Self {
        Self { encrypted_content: Some(content.into()), ..self }
    }
}

impl Audio {
    /// The sound at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::default() }
    }

    /// Sets `audio.transcript`.
    pub fn transcript(self, text: impl Into<String>) -> Self {
        Self { transcript: Some(text.into()), ..self }
    }

    /// Sets `audio.mime_type`.
    pub fn mime_type(self, mime_type: impl Into<String>) -> Self {
        Self { mime_type: Some(mime_type.into()), ..self }
    }
}

impl Part {
    const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Audio(_) => "audio",
            Self::Video(_) => "video",
            Self::Document(_) => "document",
            Self::Reasoning(_) => "reasoning",
            Self::ToolUse(_) => "tool_use",
        }
    }
}

impl Element for Content {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || at.key(keys::MESSAGE_CONTENT_TYPE), Some(self.part.name()));
        put(out, || at.key(keys::MESSAGE_CONTENT_ID), self.id);
        match self.part {
            Part::Text(text) | Part::Reasoning(Some(text)) => {
                put(out, || at.key(keys::MESSAGE_CONTENT_TEXT), Some(text))
            }
            Part::Reasoning(None) => {}
            Part::Image(url) => put(out, || at.key_in(keys::MESSAGE_CONTENT_IMAGE, keys::IMAGE_URL), Some(url)),
            Part::Video(url) => put(out, || at.key_in(keys::MESSAGE_CONTENT_VIDEO, keys::VIDEO_URL), Some(url)),
            Part::Audio(audio) => audio.write(at, out),
            Part::Document(document) => {
                document.write_fields(|field| at.key_in(keys::MESSAGE_CONTENT_DOCUMENT, field), out);
            }
            // Not below `message_content`: the specification puts it beside.
            Part::ToolUse(call) => call.write(at, out),
        }
        put(out, || at.key(keys::MESSAGE_CONTENT_SIGNATURE), self.signature);
        put(out, || at.key(keys::MESSAGE_CONTENT_DATA), self.data);
        put(out, || at.key(keys::MESSAGE_CONTENT_ENCRYPTED_CONTENT), self.encrypted_content);
    }
}

impl Audio {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || at.key_in(keys::MESSAGE_CONTENT_AUDIO, keys::AUDIO_URL), self.url);
        put(out, || at.key_in(keys::MESSAGE_CONTENT_AUDIO, keys::AUDIO_TRANSCRIPT), self.transcript);
        put(out, || at.key_in(keys::MESSAGE_CONTENT_AUDIO, keys::AUDIO_MIME_TYPE), self.mime_type);
    }
}

impl From<&str> for Audio {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Audio {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<ToolCall> for Content {
    fn from(call: ToolCall) -> Self {
        Self::tool_use(call)
    }
}
