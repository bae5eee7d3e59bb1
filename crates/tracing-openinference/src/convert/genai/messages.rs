use openinference_semconv::{SpanKind, keys};
use opentelemetry::{Array, KeyValue, Value};
use serde_json::{Value as Json, json};

use super::indexed;
use crate::convert::field::Side;
use crate::convert::words::Words;
use crate::convert::{Conversion, json, messages, write};

/// One side of a conversation, in all the words it has had.
struct Spelling {
    side: Side,
    list: &'static str,
    role: &'static str,
    messages: &'static [&'static str],
    indexed: &'static str,
    plain: &'static [&'static str],
}

const INPUT: Spelling = Spelling {
    side: Side::Input,
    list: keys::LLM_INPUT_MESSAGES,
    role: "user",
    messages: &["gen_ai.input.messages", "gen_ai.input_messages", "gen_ai.request.messages"],
    indexed: "gen_ai.prompt",
    plain: &["gen_ai.prompt", "gen_ai.content.prompt"],
};

const OUTPUT: Spelling = Spelling {
    side: Side::Output,
    list: keys::LLM_OUTPUT_MESSAGES,
    role: "assistant",
    messages: &["gen_ai.output.messages", "gen_ai.output_messages"],
    indexed: "gen_ai.completion",
    plain: &["gen_ai.completion", "gen_ai.content.completion"],
};

/// Writes the conversation: its messages, and the value of each side.
///
/// On a span that calls a model the value is the list of messages, as in JS; on all others it is the text that was said
/// last, which [`derived`](crate::convert::derived) finds.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words, kind: Option<SpanKind>, options: &Conversion) {
    let instructions = words.take_json(&["gen_ai.system_instructions"]).and_then(instructions);
    let mut input = Said::take(words, &INPUT, options.hide_prompts);
    if let Some(instructions) = instructions {
        input.instruct(instructions);
    }
    let mut output = Said::take(words, &OUTPUT, options.hide_choices);
    // What a completion was made of may be there already: then the calls are no message, the second time as the first.
    if output.messages.is_empty() && !write::has_list(out, keys::LLM_OUTPUT_MESSAGES) {
        if let Some(calls @ Json::Array(_)) = words.take_json(&["gen_ai.response.tool_calls"]) {
            output.messages.push(json!({ "role": "assistant", "tool_calls": calls }));
        }
    }
    if let Some(reason) = output.finish_reason() {
        write::add(out, keys::LLM_FINISH_REASON, reason);
    }
    let calls_model = kind == Some(SpanKind::Llm);
    for (said, spelling, hidden) in
        [(input, &INPUT, options.hide_input_messages), (output, &OUTPUT, options.hide_output_messages)]
    {
        said.write(out, spelling, calls_model, !hidden);
    }
}

/// What one side said.
#[derive(Default)]
struct Said {
    messages: Vec<Json>,
    /// The messages as they were recorded, where that is the JSON of exactly these.
    recorded: Option<String>,
    plain: Option<String>,
    instructed: bool,
}

impl Said {
    /// With `hidden` the words that were there before messages are as good as not recorded.
    fn take(words: &mut Words, spelling: &Spelling, hidden: bool) -> Self {
        let mut said = Self::default();
        let indexed = Some(indexed::take(words, spelling.indexed)).filter(|_| !hidden).unwrap_or_default();
        let plain = words.take_any(spelling.plain).filter(|_| !hidden);
        if let Some(value) = words.take_any(spelling.messages) {
            said.messages = list(&value);
            said.recorded = recorded(value);
        }
        if said.messages.is_empty() {
            said.messages = indexed;
        }
        if let (true, Some(plain)) = (said.messages.is_empty(), plain) {
            said.messages = list(&plain);
            said.plain = Some(json::text(&plain).into_owned()).filter(|text| !text.trim().is_empty());
        }
        said
    }

    /// Puts the instructions in front, unless they are the first message already: rig records them in both places.
    fn instruct(&mut self, instructions: Json) {
        let text = text_of(&instructions);
        let repeated = |first: &Json| is_instruction(first) && text_of(first) == text;
        if !self.messages.first().is_some_and(repeated) {
            self.messages.insert(0, instructions);
            self.instructed = true;
        }
    }

    fn finish_reason(&self) -> Option<String> {
        let reasons = self.messages.iter().filter_map(|message| message.get("finish_reason")?.as_str());
        // "unknown" is rig's word for every reason but the call of a tool.
        // A reason is a word. A text that stands there is something else, and may be hidden with its message.
        let is_word = |reason: &&str| !reason.is_empty() && !reason.contains(char::is_whitespace);
        let mut known = reasons.filter(|reason| is_word(reason) && *reason != "unknown");
        known.next().map(String::from)
    }

    fn write(self, out: &mut Vec<KeyValue>, spelling: &Spelling, calls_model: bool, shown: bool) {
        let conversation = &self.messages[usize::from(self.instructed)..];
        if shown && !conversation.is_empty() {
            if let Some(plain) = self.plain {
                write::add_value(out, spelling.side, plain);
            } else if calls_model {
                let value = self.recorded.unwrap_or_else(|| without_media(conversation).to_string());
                write::add_value(out, spelling.side, value);
            }
        }
        if !write::has_list(out, spelling.list) {
            messages::write(out, spelling.list, &self.messages, spelling.role);
        }
    }
}

fn instructions(instructions: Json) -> Option<Json> {
    match instructions {
        Json::Array(parts) if parts.is_empty() => None,
        Json::String(text) if text.trim().is_empty() => None,
        Json::Array(parts) if parts.iter().all(is_message) => parts.into_iter().next(),
        Json::Array(parts) => Some(json!({ "role": "system", "parts": parts })),
        Json::Object(part) => Some(json!({ "role": "system", "parts": [part] })),
        Json::Null => None,
        text => Some(json!({ "role": "system", "content": text })),
    }
}

fn is_message(part: &Json) -> bool {
    part.get("role").is_some_and(Json::is_string)
}

fn is_instruction(message: &Json) -> bool {
    matches!(message.get("role").and_then(Json::as_str), Some("system" | "developer"))
}

/// The text of a message, whichever of the usual shapes it has.
fn text_of(message: &Json) -> String {
    let content = ["parts", "content"].into_iter().find_map(|name| message.get(name));
    match content {
        Some(Json::String(text)) => text.trim().to_owned(),
        Some(Json::Array(parts)) => {
            let text = |part: &Json| -> Option<String> {
                let text =
                    part.as_str().or_else(|| part.get("content")?.as_str()).or_else(|| part.get("text")?.as_str());
                text.map(|text| text.trim().to_owned())
            };
            parts.iter().filter_map(text).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The messages in an attribute: JSON, JSON in JSON, a list of either, or one text.
fn list(value: &Value) -> Vec<Json> {
    let item = |text: &str| json::parse(text).unwrap_or_else(|| Json::from(text));
    match value {
        Value::String(text) => match item(text.as_str()) {
            Json::Array(items) => items,
            Json::Object(mut object) => match object.remove("messages") {
                Some(Json::Array(items)) => items,
                Some(other) => vec![other],
                None => vec![Json::Object(object)],
            },
            Json::String(text) if text.trim().is_empty() => Vec::new(),
            other => vec![other],
        },
        Value::Array(Array::String(texts)) => texts.iter().map(|text| item(text.as_str())).collect(),
        _ => Vec::new(),
    }
}

/// The text of the attribute, if it can stand as it is: JSON without pictures.
fn recorded(value: Value) -> Option<String> {
    let Value::String(text) = value else { return None };
    let text = String::from(text);
    let plain = !["base64", "\"blob\"", "\"data\"", "\"b64_json\""].iter().any(|word| text.contains(word));
    (plain && matches!(json::first_byte(&text), Some(b'[' | b'{')) && json::is_container(&text)).then_some(text)
}

/// The messages without the bytes of media. Those stand in the messages of the span, where they can be hidden.
fn without_media(messages: &[Json]) -> Json {
    Json::from_iter(messages.iter().map(stripped))
}

fn stripped(json: &Json) -> Json {
    const OMITTED: &str = "…";
    match json {
        Json::Array(items) => Json::from_iter(items.iter().map(stripped)),
        Json::Object(object) => {
            let is_blob = object.get("type").is_some_and(|kind| kind == "blob");
            let field = |(key, value): (&String, &Json)| {
                let bytes = matches!(key.as_str(), "data" | "b64_json" | "file_data") || is_blob && key == "content";
                let value = if bytes && value.is_string() { Json::from(OMITTED) } else { stripped(value) };
                (key.clone(), value)
            };
            Json::from_iter(object.iter().map(field))
        }
        Json::String(text) if text.starts_with("data:") => Json::from(OMITTED),
        other => other.clone(),
    }
}
