use std::collections::BTreeSet;

use openinference_semconv::{SpanKind, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::{Map, Value as Json};

use super::Conversion;
use super::field::Side;
use super::write;

/// Gives calls of models and agents the values that people look for first: what was asked last, and the answer.
///
/// Phoenix shows `input.value` and `output.value` in every list of spans and on the page of a session, and makes
/// something up where there are none. Texts that are going to be hidden among the messages are not repeated.
pub(super) fn write(attributes: &mut Vec<KeyValue>, options: &Conversion) {
    if !matches!(write::kind(attributes), Some(SpanKind::Llm | SpanKind::Agent)) {
        return;
    }
    for (side, list, hidden) in [
        (Side::Input, keys::LLM_INPUT_MESSAGES, options.hide_input_messages),
        (Side::Output, keys::LLM_OUTPUT_MESSAGES, options.hide_output_messages),
    ] {
        if !hidden && write::position(attributes, side.value()).is_none() {
            if let Some(value) = last_said(attributes, list, side) {
                write::add_value(attributes, side, value);
            }
        }
    }
}

fn last_said(attributes: &[KeyValue], list: &str, side: Side) -> Option<String> {
    let (mut speaking, mut calling, mut users) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (message, field, value) in fields(attributes, list) {
        if field == keys::MESSAGE_ROLE {
            if value.as_str() == "user" {
                users.insert(message);
            }
        } else if is_text(field) {
            speaking.insert(message);
        } else if field.starts_with(keys::MESSAGE_TOOL_CALLS) {
            calling.insert(message);
        }
    }
    let last = match side {
        Side::Input => speaking.iter().rev().find(|message| users.contains(message)),
        Side::Output => speaking.iter().next_back(),
    };
    match last {
        Some(last) => Some(texts(attributes, list, *last)),
        None => match side {
            Side::Input => None,
            Side::Output => calling.iter().next_back().map(|last| calls(attributes, list, *last)),
        },
    }
}

/// The attributes of a flattened list of messages: the number of the message, the field, the value.
fn fields<'a>(attributes: &'a [KeyValue], list: &str) -> impl Iterator<Item = (usize, &'a str, &'a Value)> {
    attributes.iter().filter_map(move |attribute| {
        let rest = attribute.key.as_str().strip_prefix(list)?.strip_prefix('.')?;
        let (index, field) = rest.split_once('.')?;
        Some((index.parse().ok()?, field, &attribute.value))
    })
}

fn is_text(field: &str) -> bool {
    field == keys::MESSAGE_CONTENT
        || field.starts_with(keys::MESSAGE_CONTENTS) && field.ends_with(keys::MESSAGE_CONTENT_TEXT)
}

fn texts(attributes: &[KeyValue], list: &str, message: usize) -> String {
    let texts = fields(attributes, list).filter(|(at, field, _)| *at == message && is_text(field));
    texts.map(|(_, _, text)| text.as_str().into_owned()).collect::<Vec<_>>().join("\n")
}

/// An answer that calls tools only: their names and arguments.
fn calls(attributes: &[KeyValue], list: &str, message: usize) -> String {
    let mut calls: Vec<(&str, Map<String, Json>)> = Vec::new();
    for (at, field, value) in fields(attributes, list) {
        let Some((index, field)) = field
            .strip_prefix(keys::MESSAGE_TOOL_CALLS)
            .filter(|_| at == message)
            .and_then(|rest| rest.strip_prefix('.')?.split_once('.'))
        else {
            continue;
        };
        let name = match field {
            keys::TOOL_CALL_FUNCTION_NAME => "name",
            keys::TOOL_CALL_FUNCTION_ARGUMENTS => "arguments",
            _ => continue,
        };
        if calls.last().is_none_or(|(last, _)| *last != index) {
            calls.push((index, Map::new()));
        }
        if let Some((_, call)) = calls.last_mut() {
            call.insert(String::from(name), super::json::value(value));
        }
    }
    let calls: Vec<Json> = calls.into_iter().map(|(_, call)| Json::Object(call)).collect();
    serde_json::json!({ "tool_calls": calls }).to_string()
}
