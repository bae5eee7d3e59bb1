//! Content that is told in events, not in attributes of the span.

use std::borrow::Cow;

use opentelemetry::trace::Event;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json};

use super::json;
use super::write::position;

/// Whether an event of this call site may say something that belongs to its span: the messages of a conversation, one
/// at a time (`gen_ai.user.message`, `gen_ai.choice`, …) or all together (`gen_ai.content.prompt`), or fields of the
/// families that libraries put into events.
///
/// For capture, which decides before it has seen a value; [`content_only`] decides afterwards.
pub(crate) fn may_tell_content<'a>(name: &str, fields: impl IntoIterator<Item = &'a str>) -> bool {
    is_message_name(name) || fields.into_iter().any(|field| is_word(field) || EVENT_NAME.contains(&field))
}

/// Leaves of an event what [`merge`] will move to the span, and nothing that nobody asked for; `None` if that is nothing.
pub(crate) fn content_only(mut event: Event) -> Option<Event> {
    let name = name(&event.name, &event.attributes);
    if !is_message_name(&name) {
        let content = content_word(&name).is_some();
        let named = |key: &str| content && (EVENT_NAME.contains(&key) || key == CONTENT);
        event.attributes.retain(|field| is_word(field.key.as_str()) || named(field.key.as_str()));
    }
    tells_content(&event).then_some(event)
}

fn tells_content(event: &Event) -> bool {
    let word = |field: &KeyValue| is_word(field.key.as_str());
    event.attributes.iter().any(word) || {
        let name = name(&event.name, &event.attributes);
        is_message_name(&name) || content_word(&name).is_some()
    }
}

/// Whether an event, named so or by its fields, is one message of a conversation.
pub(crate) fn is_message(event: &str, fields: &[KeyValue]) -> bool {
    is_message_name(&name(event, fields))
}

/// Fields that name the event, since `tracing` names events after their place in the source.
const EVENT_NAME: [&str; 2] = ["event.name", "event_name"];
const CONTENT: &str = "content";
/// The body of an event as one field: of Azure's libraries, of the logs bridge.
const BODY: [&str; 3] = ["gen_ai.event.content", "event.body", "body"];

fn is_word(key: &str) -> bool {
    key.starts_with("gen_ai.") || key.starts_with("langfuse.")
}

/// <https://github.com/open-telemetry/semantic-conventions/blob/v1.36.0/docs/gen-ai/gen-ai-events.md>
fn is_message_name(name: &str) -> bool {
    name.strip_prefix("gen_ai.").is_some_and(|rest| rest.ends_with(".message") || rest == "choice")
}

/// The attribute that the content of an event stands for.
fn content_word(event: &str) -> Option<&'static str> {
    match event {
        "gen_ai.content.prompt" => Some("gen_ai.prompt"),
        "gen_ai.content.completion" => Some("gen_ai.completion"),
        _ => None,
    }
}

/// Makes attributes of the events that tell content, and removes them.
pub(super) fn merge(span: &mut SpanData) {
    if !span.events.iter().any(tells_content) {
        return;
    }
    let (mut input, mut output) = (Vec::new(), Vec::new());
    let (told, rest) = std::mem::take(&mut span.events.events).into_iter().partition(tells_content);
    span.events.events = rest;
    for event in told {
        let event: Event = event;
        let name = name(&event.name, &event.attributes).into_owned();
        if is_message_name(&name) {
            let side = if name == "gen_ai.choice" { &mut output } else { &mut input };
            side.push(message(&name, event.attributes));
        } else {
            let rest = attributes(&mut span.attributes, &name, event.attributes);
            if let Some(rest) = rest {
                span.events.events.push(Event::new(event.name, event.timestamp, rest, event.dropped_attributes_count));
            }
        }
    }
    for (key, messages) in [("gen_ai.input.messages", input), ("gen_ai.output.messages", output)] {
        if !messages.is_empty() && position(&span.attributes, key).is_none() {
            span.attributes.push(KeyValue::new(key, Json::Array(messages).to_string()));
        }
    }
}

fn name<'a>(event: &'a str, fields: &'a [KeyValue]) -> Cow<'a, str> {
    let stated = fields.iter().find(|field| EVENT_NAME.contains(&field.key.as_str()));
    stated.map_or(Cow::Borrowed(event), |stated| stated.value.as_str())
}

/// One message, from the fields of its event or from the fields in its body.
fn message(name: &str, fields: Vec<KeyValue>) -> Json {
    const ROLES: [(&str, &str); 5] = [
        ("gen_ai.system.message", "system"),
        ("gen_ai.user.message", "user"),
        ("gen_ai.assistant.message", "assistant"),
        ("gen_ai.tool.message", "tool"),
        ("gen_ai.choice", "assistant"),
    ];
    let mut message = Map::new();
    for field in fields {
        let key = field.key.as_str();
        if BODY.contains(&key) || key == "message" {
            match json::value(&field.value) {
                Json::Object(body) => message.extend(body),
                // The text of a `tracing` event.
                text if key == "message" => _ = message.entry("content").or_insert(text),
                text => _ = message.insert(String::from("content"), text),
            }
        } else if !is_word(key) && !EVENT_NAME.contains(&key) {
            message.insert(String::from(key), json::value(&field.value));
        }
    }
    if let Some(Json::Object(inner)) = message.remove("message") {
        message.extend(inner);
    }
    let role = ROLES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role);
    if let Some(role) = role {
        message.entry("role").or_insert(Json::from(role));
        if role == "tool" {
            if let Some(id) = message.remove("id") {
                message.entry("tool_call_id").or_insert(id);
            }
        }
    }
    Json::Object(message)
}

/// Moves the words among the fields to the span; gives back the others, if the event says more than the words.
fn attributes(out: &mut Vec<KeyValue>, name: &str, fields: Vec<KeyValue>) -> Option<Vec<KeyValue>> {
    // adk: `event_name = "gen_ai.content.prompt", content = ".."`
    let content = content_word(name);
    let mut rest = Vec::new();
    for mut field in fields {
        let key = field.key.as_str();
        if let (Some(content), CONTENT) = (content, key) {
            field.key = content.into();
        }
        if is_word(field.key.as_str()) {
            match position(out, field.key.as_str()) {
                // What a library tells last is the whole of it.
                Some(at) if field.key.as_str().starts_with("langfuse.") => out[at].value = field.value,
                Some(_) => {}
                None => out.push(field),
            }
        } else {
            rest.push(field);
        }
    }
    let tells = |field: &KeyValue| {
        !EVENT_NAME.contains(&field.key.as_str())
            && !matches!(&field.value, Value::String(text) if text.as_str() == name)
    };
    (content.is_none() && rest.iter().any(tells)).then_some(rest)
}
