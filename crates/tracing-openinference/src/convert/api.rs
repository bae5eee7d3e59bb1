//! Requests and responses of the APIs that models are called by, as they go over the wire.
//!
//! The shapes are told apart by their members, not by who was asked: OpenAI's chat completions (and everybody who speaks
//! them), Responses, completions and embeddings, Anthropic's Messages, Gemini's `generateContent` and `embedContent`
//! in both spellings, Ollama's `/api/chat`, `/api/generate` and `/api/embed`. What has none of these shapes is kept whole.

mod body;
mod chunks;
mod deltas;
mod events;
mod media;
mod parameters;
mod request;
mod response;
mod secrets;
mod usage;
mod value;
mod vectors;

use openinference_semconv::{MimeType, Provider, SpanKind, System, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::{Map, Value as Json};

pub(super) use self::media::take_out as take_out_bytes;
pub(crate) use self::{body::Body, chunks::Chunks, request::request, response::response, value::settle};
use super::json;
use crate::repeated::{Contents, Marks};

/// Who will see what is written.
pub(crate) trait Sight {
    /// Whether somebody sees the values of `key`.
    fn sees(&self, key: &str) -> bool;

    /// What nobody sees of those who see `key`, which therefore need not repeat it. What only some of them do not see, the
    /// stages take out for these.
    fn hidden(&self, key: &str) -> Contents;
}

/// What there is to change on a span.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Lists of which nothing stays.
    pub(crate) replaces: Vec<&'static str>,
    pub(crate) attributes: Vec<KeyValue>,
    /// What the shape gives away, for a span that does not say it itself.
    pub(crate) defaults: Vec<KeyValue>,
    /// Of the values among the attributes.
    pub(crate) marks: Marks,
    pub(crate) failure: Option<Refusal>,
}

/// The error that a provider answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: String,
    pub(crate) message: String,
}

impl Written {
    fn put(&mut self, key: &'static str, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(key, value));
    }

    fn suppose(&mut self, key: &'static str, value: &'static str) {
        self.defaults.push(KeyValue::new(key, value));
    }

    /// Writes the model under its name for this side, and as the model of the span.
    fn model(&mut self, name: Option<String>, side: &'static str, embeds: bool) {
        let Some(name) = name else { return };
        if embeds {
            self.put(keys::EMBEDDING_MODEL_NAME, name.clone());
        }
        self.put(keys::LLM_MODEL_NAME, name.clone());
        self.put(side, name);
    }

    /// Writes what follows from the shape and the name of the model.
    fn origin(&mut self, origin: Origin, model: Option<&str>, embeds: bool) {
        let kind = if embeds { SpanKind::Embedding } else { SpanKind::Llm };
        self.suppose(keys::OPENINFERENCE_SPAN_KIND, kind.as_str());
        let guess = model.and_then(super::genai::system_of).map(System::as_str);
        let (system, provider) = match origin {
            Origin::Anthropic => (Some(System::Anthropic.as_str()), None),
            Origin::Gemini => (Some(System::VertexAi.as_str()), Some(Provider::Google)),
            Origin::Ollama => (guess.or(Some(Provider::Ollama.as_str())), Some(Provider::Ollama)),
            Origin::Any => (guess, None),
        };
        // The specification has neither on the span of an embedding.
        if let Some(system) = system.filter(|_| !embeds) {
            self.suppose(keys::LLM_SYSTEM, system);
        }
        if let Some(provider) = provider.filter(|_| !embeds) {
            self.suppose(keys::LLM_PROVIDER, provider.as_str());
        }
    }

    fn json_value(&mut self, key: &'static str, mime_type: &'static str, text: String) {
        self.put(mime_type, MimeType::Json.as_str());
        self.put(key, text);
    }
}

/// Whose shape it is, where that can be seen. OpenAI's is everybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Any,
    Anthropic,
    Gemini,
    Ollama,
}

type Object = Map<String, Json>;

/// The first of `names` that is there and not `null`.
fn member<'a>(object: &'a Object, names: &[&str]) -> Option<&'a Json> {
    names.iter().find_map(|name| object.get(*name).filter(|value| !value.is_null()))
}

/// The first of `names` as text that is not blank.
fn text(object: &Object, names: &[&str]) -> Option<String> {
    let text = member(object, names).and_then(json::plain)?;
    let text = text.trim();
    (!text.is_empty()).then(|| String::from(text))
}

fn list<'a>(object: &'a Object, names: &[&str]) -> Option<&'a [Json]> {
    member(object, names)?.as_array().map(Vec::as_slice)
}

/// A list as it is, one thing as a list of it.
fn items(value: &Json) -> &[Json] {
    match value {
        Json::Null => &[],
        Json::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests;
