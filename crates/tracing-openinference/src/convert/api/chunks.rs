use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Body, Object, Refusal, deltas, events, response::refusal};

/// A response that comes in pieces, put together again: what [`response`](super::response()) then reads is what it would
/// have read had the answer come at once.
#[derive(Debug)]
pub(crate) struct Chunks {
    /// Otherwise nothing that the model says is kept.
    pub(super) shown: bool,
    /// The members of the response, but for its list.
    pub(super) whole: Object,
    /// The member that is a list, if a chunk had some of it.
    pub(super) list: Option<&'static str>,
    /// Its elements, as the provider counts them.
    pub(super) elements: BTreeMap<u64, Json>,
    /// Chunks that nobody knows.
    others: Vec<Json>,
}

impl Chunks {
    pub(crate) fn new(shown: bool) -> Self {
        Self { shown, whole: Object::new(), list: None, elements: BTreeMap::new(), others: Vec::new() }
    }

    /// Adds a chunk. Returns the error that it brings.
    pub(crate) fn push(&mut self, chunk: Body) -> Option<Refusal> {
        self.add(chunk.json)
    }

    fn add(&mut self, chunk: Json) -> Option<Refusal> {
        let refused = refusal(&chunk);
        if refused.is_some() {
            return refused;
        }
        match chunk {
            Json::Object(chunk) => return self.object(chunk),
            // Gemini's stream that is not one of events, and lines of events that nobody has parsed.
            Json::Array(chunks) => return chunks.into_iter().fold(None, |first, chunk| first.or(self.add(chunk))),
            Json::String(text) if text.starts_with("data:") || text.starts_with("event:") => {
                let data =
                    text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok());
                let chunks: Vec<Json> = data.collect();
                return self.add(Json::Array(chunks));
            }
            Json::Null => {}
            other if self.shown => self.others.push(other),
            _ => {}
        }
        None
    }

    fn object(&mut self, chunk: Object) -> Option<Refusal> {
        let kind = chunk.get("type").and_then(Json::as_str).unwrap_or_default();
        if kind.starts_with("response.") {
            return events::responses(self, chunk);
        } else if ANTHROPIC.contains(&kind) {
            events::anthropic(self, chunk);
        } else if chunk.get("choices").is_some_and(Json::is_array) {
            self.choices(chunk);
        } else if chunk.contains_key("candidates") || chunk.contains_key("usageMetadata") {
            self.candidates(chunk);
        } else if chunk.get("done").is_some_and(Json::is_boolean) {
            self.lines(chunk);
        } else if self.shown {
            self.others.push(Json::Object(chunk));
        }
        None
    }

    /// OpenAI's chunks, and those of everybody who speaks like it.
    fn choices(&mut self, mut chunk: Object) {
        let Some(Json::Array(choices)) = chunk.remove("choices") else { return };
        // Groq has its usage in a corner of its own.
        let usage = chunk.get_mut("x_groq").and_then(|corner| corner.as_object_mut()?.remove("usage"));
        self.absorb(chunk);
        if let Some(usage) = usage {
            self.whole.insert("usage".into(), usage);
        }
        if let Some(Json::String(object)) = self.whole.get_mut("object") {
            object.truncate(object.trim_end_matches(".chunk").len());
        }
        let shown = self.shown;
        self.each("choices", choices, |element, choice| deltas::add_choice(element, choice, shown));
    }

    /// Gemini's chunks, each of which is a whole response in little.
    fn candidates(&mut self, mut chunk: Object) {
        let candidates = match chunk.remove("candidates") {
            Some(Json::Array(candidates)) => candidates,
            _ => Vec::new(),
        };
        self.absorb(chunk);
        let shown = self.shown;
        self.each("candidates", candidates, |element, mut candidate| {
            if let Some(content) = candidate.remove("content").filter(|_| shown) {
                deltas::add_content(element, content);
            }
            element.extend(candidate.into_iter().filter(|(_, value)| !value.is_null()));
        });
    }

    /// Ollama's lines.
    fn lines(&mut self, mut chunk: Object) {
        for (name, empty) in [("message", json!({})), ("response", json!("")), ("thinking", json!(""))] {
            if let Some(delta) = chunk.remove(name) {
                let said = self.whole.entry(name).or_insert(empty);
                if self.shown {
                    deltas::add(said, delta);
                }
            }
        }
        self.absorb(chunk);
    }

    /// Takes over members that come anew, the later ones for good.
    pub(super) fn absorb(&mut self, members: Object) {
        self.whole.extend(members.into_iter().filter(|(_, value)| !value.is_null()));
    }

    /// Gives `add` the objects of a chunk's list, each with the element that it adds to.
    fn each(&mut self, list: &'static str, items: Vec<Json>, add: impl Fn(&mut Object, Object)) {
        self.list = Some(list);
        for (at, item) in (0_u64..).zip(items) {
            let Json::Object(item) = item else { continue };
            let index = item.get("index").and_then(Json::as_u64).unwrap_or(at);
            if let Json::Object(element) = self.elements.entry(index).or_insert_with(|| json!({})) {
                add(element, item);
            }
        }
    }

    /// The response, as far as it came; `None` if nothing did.
    pub(crate) fn finish(mut self) -> Option<Body> {
        if let Some(list) = self.list {
            let mut elements: Vec<Json> = self.elements.into_values().collect();
            elements.iter_mut().for_each(deltas::settle);
            self.whole.insert(list.into(), Json::Array(elements));
        }
        let whole = if !self.whole.is_empty() {
            Json::Object(self.whole)
        } else if !self.others.is_empty() && self.others.iter().all(Json::is_string) {
            let text: String = self.others.iter().filter_map(Json::as_str).collect();
            json!({ "message": { "role": "assistant", "content": text } })
        } else if self.others.len() <= 1 {
            self.others.pop()?
        } else {
            Json::Array(self.others)
        };
        Some(Body::of_json(whole))
    }
}

const ANTHROPIC: [&str; 7] = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
];
