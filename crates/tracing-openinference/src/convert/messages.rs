use std::borrow::Cow;

use openinference_semconv::{Indexed, keys};
use opentelemetry::KeyValue;
use serde_json::Value as Json;

use super::blocks::{self, Block, Call};
use super::json;
use super::record::Record;

/// Writes messages of any common shape: OpenAI's chat and responses, Anthropic's blocks, Gemini's parts, Ollama's images, the parts of OpenTelemetry, tuples of role and text, OpenInference's own, and plain texts.
///
/// Results of tools become messages of their own, wherever they were: OpenInference has one result a message.
pub(super) fn write<'a>(
    out: &mut Vec<KeyValue>,
    list: &str,
    items: impl IntoIterator<Item = &'a Json>,
    role: &'static str,
) {
    let mut index = 0;
    for item in items {
        if let Some(draft) = Draft::read(item, role) {
            draft.write(out, list, &mut index);
        }
    }
}

/// A message on its way from one shape to the other.
#[derive(Default)]
struct Draft<'a> {
    role: Option<Cow<'a, str>>,
    name: Option<String>,
    tool_call_id: Option<String>,
    blocks: Vec<Block<'a>>,
    calls: Vec<Call>,
    function: Option<Call>,
    /// The parts were a list in OpenInference's own words, and stay one even where there is one text only.
    listed: bool,
}

impl<'a> Draft<'a> {
    fn read(item: &'a Json, role: &'static str) -> Option<Self> {
        let text = |role, text| Self { role: Some(role), blocks: vec![Block::Text(text)], ..Self::default() };
        match item {
            Json::Null => None,
            Json::String(content) if content.trim().is_empty() => None,
            Json::String(content) => Some(text(role.into(), content.as_str().into())),
            Json::Array(pair) => match pair.as_slice() {
                [Json::String(role), Json::String(content)] if well_known(role).is_some() => {
                    Some(text(spelt(role), content.as_str().into()))
                }
                [] => None,
                _ => Some(text(role.into(), item.to_string().into())),
            },
            Json::Object(_) => Self::read_object(item, role),
            other => Some(text(role.into(), other.to_string().into())),
        }
    }

    fn read_object(item: &'a Json, role: &'static str) -> Option<Self> {
        let record = Record::of(item, "message")?;
        if record.is_empty() {
            return None;
        }
        if let Some((role, inner)) = variant(item) {
            return Self::read(inner, role);
        }
        let kind = record.get(&["type"]).and_then(Json::as_str);
        let stated = record.get(&["role"]).and_then(Json::as_str).filter(|role| !role.trim().is_empty());
        let mut draft = Self {
            role: stated.map(spelt).or_else(|| kind.and_then(well_known).map(Cow::Borrowed)),
            name: record.text(&["name"]),
            tool_call_id: record.text(&["tool_call_id"]),
            ..Self::default()
        };
        if draft.role.is_none() && kind.is_some_and(|kind| kind != "message") {
            // An item of OpenAI's responses: a call, a result or a reasoning that stands beside the messages.
            draft = Self::default();
            draft.add(item);
        } else {
            draft.read_content(&record);
        }
        if draft.is_empty() {
            if draft.role.is_none() {
                draft.blocks.push(Block::Text(item.to_string().into()));
            } else if draft.name.is_none() && record.get(&["content"]).is_some_and(Json::is_string) {
                draft.blocks.push(Block::Text(Cow::Borrowed("")));
            }
        }
        if draft.role.is_none() {
            let spoken = draft.blocks.iter().all(|block| matches!(block, Block::Text(_) | Block::Media { .. }));
            let called = !draft.calls.is_empty() || !spoken;
            draft.role = Some(if called { "assistant" } else { role }.into());
        }
        Some(draft)
    }

    fn read_content(&mut self, record: &Record<'a>) {
        if let Some(reasoning) = record.get(&["reasoning_content", "reasoning", "thinking"]).and_then(Json::as_str) {
            self.blocks.push(Block::reasoning(reasoning));
        }
        match record.get(&["content", "text"]) {
            Some(Json::String(text)) if text.is_empty() => {}
            Some(Json::String(text)) => self.blocks.push(Block::Text(text.as_str().into())),
            Some(Json::Array(parts)) => parts.iter().for_each(|part| self.add(part)),
            Some(part) => self.add(part),
            None => {}
        }
        for (name, listed) in [("contents", true), ("parts", false)] {
            if let Some(Json::Array(parts)) = record.get(&[name]) {
                self.listed |= listed && !parts.is_empty();
                parts.iter().for_each(|part| self.add(part));
            }
        }
        if let Some(Json::Array(images)) = record.get(&["images"]) {
            for image in images {
                match image {
                    Json::String(image) => self.blocks.push(Block::bare_image(image)),
                    image => self.add(image),
                }
            }
        }
        self.blocks.extend(record.get(&["audio"]).filter(|audio| audio.is_object()).and_then(Block::sound));
        if let Some(refusal) = record.get(&["refusal"]).and_then(Json::as_str) {
            self.blocks.push(Block::Text(refusal.into()));
        }
        if let Some(Json::Array(calls)) = record.get(&["tool_calls"]) {
            self.calls.extend(calls.iter().filter_map(Call::read));
        }
        self.function = record.get(&["function_call"]).and_then(Call::read).or_else(|| Call::read_deprecated(record));
    }

    fn add(&mut self, part: &'a Json) {
        match blocks::read(part) {
            Some(Block::Call(call)) => self.calls.push(call),
            Some(block) => self.blocks.push(block),
            None => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.calls.is_empty() && self.function.is_none() && self.tool_call_id.is_none()
    }

    fn write(mut self, out: &mut Vec<KeyValue>, list: &str, index: &mut usize) {
        let had_results = self.take_results(out, list, index);
        if had_results && self.is_empty() {
            return;
        }
        let message = Indexed::new(list, *index);
        *index += 1;
        let mut put = |field: &str, value: Option<String>| {
            if let Some(value) = value {
                out.push(KeyValue::new(message.key(field), value));
            }
        };
        put(keys::MESSAGE_ROLE, self.role.map(Cow::into_owned));
        put(keys::MESSAGE_NAME, self.name);
        put(keys::MESSAGE_TOOL_CALL_ID, self.tool_call_id);
        if let Some(function) = self.function {
            put(keys::MESSAGE_FUNCTION_CALL_NAME, function.name);
            put(keys::MESSAGE_FUNCTION_CALL_ARGUMENTS_JSON, function.arguments);
        }
        match self.blocks.as_mut_slice() {
            [Block::Text(text)] if !self.listed => put(keys::MESSAGE_CONTENT, Some(std::mem::take(text).into_owned())),
            _ => {
                for (at, block) in self.blocks.into_iter().enumerate() {
                    block.write(out, &message.list(keys::MESSAGE_CONTENTS, at));
                }
            }
        }
        for (at, call) in self.calls.into_iter().enumerate() {
            call.write(out, &message.list(keys::MESSAGE_TOOL_CALLS, at));
        }
    }

    /// Results come before what else the message says, which is the order the providers ask for.
    fn take_results(&mut self, out: &mut Vec<KeyValue>, list: &str, index: &mut usize) -> bool {
        let before = *index;
        self.blocks.retain_mut(|block| {
            let Block::Result { id, name, content, media } = block else { return true };
            let message = Indexed::new(list, *index);
            *index += 1;
            out.push(KeyValue::new(message.key(keys::MESSAGE_ROLE), "tool"));
            let mut parts = Vec::new();
            if !media.is_empty() {
                parts.extend(content.take().map(|text| Block::Text(text.into())));
                parts.append(media);
            }
            for (field, value) in [
                (keys::MESSAGE_NAME, name.take()),
                (keys::MESSAGE_TOOL_CALL_ID, id.take()),
                (keys::MESSAGE_CONTENT, content.take()),
            ] {
                if let Some(value) = value {
                    out.push(KeyValue::new(message.key(field), value));
                }
            }
            for (at, part) in parts.into_iter().enumerate() {
                part.write(out, &message.list(keys::MESSAGE_CONTENTS, at));
            }
            false
        });
        *index > before
    }
}

/// A variant of a Rust enum as serde writes it: `{"User": "hello"}`.
fn variant(item: &Json) -> Option<(&'static str, &Json)> {
    let mut fields = item.as_object()?.iter();
    let (name, inner) = fields.next().filter(|(_, inner)| inner.is_string() || inner.is_object())?;
    fields.next().is_none().then(|| Some((well_known(name)?, inner)))?
}

/// The role in the spelling of the providers; one that nobody knows as it is.
fn spelt(role: &str) -> Cow<'_, str> {
    well_known(role).map_or(Cow::Borrowed(role), Cow::Borrowed)
}

fn well_known(role: &str) -> Option<&'static str> {
    const ROLES: [(&str, &str); 9] = [
        ("user", "user"),
        ("assistant", "assistant"),
        ("system", "system"),
        ("tool", "tool"),
        ("developer", "developer"),
        ("function", "function"),
        ("human", "user"),
        ("ai", "assistant"),
        ("model", "assistant"),
    ];
    ROLES.iter().find(|(word, _)| word.eq_ignore_ascii_case(role.trim())).map(|(_, role)| *role)
}

/// What a tool answered, as text: the texts of its blocks where it has only those.
pub(super) fn result_text(result: &Json) -> Option<String> {
    if let Json::Array(parts) = result {
        let texts: Option<Vec<&str>> =
            parts.iter().map(|part| Record::of(part, "message_content")?.get(&["text"])?.as_str()).collect();
        match texts {
            Some(texts) if !texts.is_empty() => return Some(texts.join("\n")),
            _ => {}
        }
    }
    json::plain(result)
}
