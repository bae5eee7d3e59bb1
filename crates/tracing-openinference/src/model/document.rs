use openinference_semconv::{Indexed, keys};
use opentelemetry::{Key, Value};
use serde::Serialize;

use super::{AttributeValue, Element, Listed, json, put};

/// A document: found (`retrieval.documents.N`), ranked (`reranker.*_documents.N`), given to a span
/// (`input.documents.N`) or part of a message; always `document.*` below that.
///
/// ```
/// use tracing_openinference::Document;
///
/// let found = Document::new("Paris is mild.").id("wiki/42").score(0.9);
/// let file = Document::default().url("https://example.com/a.pdf").mime_type("application/pdf");
/// let scored = Document::from(("Paris is mild.", 0.9));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a document does nothing until it is set on a span"]
pub struct Document {
    content: Option<String>,
    id: Option<AttributeValue>,
    score: Option<f64>,
    metadata: Option<String>,
    url: Option<String>,
    mime_type: Option<String>,
    name: Option<String>,
}

impl Document {
    /// The document that says `text`. One that is known by its address or id alone begins with [`Document::default`].
    pub fn new(text: impl Into<String>) -> Self {
        Self::default().content(text)
    }

    /// Sets `document.content`, the text.
    pub fn content(self, text: impl Into<String>) -> Self {
        Self { content: Some(text.into()), ..self }
    }

    /// Sets `document.id`, a string or an integer.
    pub fn id(self, id: impl Into<AttributeValue>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Sets `document.score`, how well it fits.
    pub fn score(self, score: impl Into<f64>) -> Self {
        Self { score: Some(score.into()), ..self }
    }

    /// Sets `document.metadata`: JSON text, or anything that serialises to an object.
    pub fn metadata(self, metadata: impl Serialize) -> Self {
        Self { metadata: Some(json::text(&metadata)), ..self }
    }

    /// Sets `document.url`, also a `data:` URL.
    pub fn url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// Sets `document.mime_type`.
    pub fn mime_type(self, mime_type: impl Into<String>) -> Self {
        Self { mime_type: Some(mime_type.into()), ..self }
    }

    /// Sets `document.name`, such as the name of the file.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    pub(super) fn write_fields(self, key: impl Fn(&str) -> String, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || key(keys::DOCUMENT_ID), self.id);
        put(out, || key(keys::DOCUMENT_SCORE), self.score);
        put(out, || key(keys::DOCUMENT_NAME), self.name);
        put(out, || key(keys::DOCUMENT_URL), self.url);
        put(out, || key(keys::DOCUMENT_MIME_TYPE), self.mime_type);
        put(out, || key(keys::DOCUMENT_CONTENT), self.content);
        put(out, || key(keys::DOCUMENT_METADATA), self.metadata);
    }
}

impl Listed for Document {
    const TELLING: &'static [&'static str] = &[keys::DOCUMENT_ID];
}

impl Element for Document {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        self.write_fields(|field| at.key(field), out);
    }
}

macro_rules! from_text {
    ($($text:ty),+) => {
        $(impl From<$text> for Document {
            fn from(text: $text) -> Self {
                Self::new(text)
            }
        })+
    };
}
from_text!(&str, String, &String);

/// The text of a document and its score.
impl<C: Into<String>, S: Into<f64>> From<(C, S)> for Document {
    fn from((content, score): (C, S)) -> Self {
        Self::new(content).score(score)
    }
}
