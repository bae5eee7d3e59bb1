use std::collections::{BTreeMap, HashSet};

use openinference_semconv::{SpanKind, keys};
use opentelemetry::{KeyValue, Value};

use super::Conversion;
use super::field::{Side, within};
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
    let mut messages: BTreeMap<usize, Message<'_>> = BTreeMap::new();
    for (at, field, value) in fields(attributes, list) {
        messages.entry(at).or_default().read(field, value);
    }
    let asked = |message: &&Message<'_>| side == Side::Output || message.is_of_user;
    let said = messages.values().rev().filter(asked).find_map(Message::text);
    said.or_else(|| {
        let (last, _) =
            messages.iter().rev().find(|(_, message)| message.calls_tools).filter(|_| side == Side::Output)?;
        Some(calls(attributes, list, *last))
    })
}

/// What counts of a message here.
#[derive(Default)]
struct Message<'a> {
    is_of_user: bool,
    calls_tools: bool,
    texts: Vec<(&'a str, &'a str)>,
    /// The parts that were thought, not said.
    reasoning: HashSet<&'a str>,
}

impl<'a> Message<'a> {
    fn read(&mut self, field: &'a str, value: &'a Value) {
        let Value::String(text) = value else { return };
        let text = text.as_str();
        if field == keys::MESSAGE_ROLE {
            self.is_of_user = text == "user";
        } else if field == keys::MESSAGE_CONTENT {
            self.texts.push(("", text));
        } else if within(field, keys::MESSAGE_CONTENTS) {
            if let Some(part) = field.strip_suffix(keys::MESSAGE_CONTENT_TEXT) {
                self.texts.push((part, text));
            } else if let ("reasoning", Some(part)) = (text, field.strip_suffix(keys::MESSAGE_CONTENT_TYPE)) {
                _ = self.reasoning.insert(part);
            }
        } else if within(field, keys::MESSAGE_TOOL_CALLS) {
            self.calls_tools = true;
        }
    }

    fn text(&self) -> Option<String> {
        let said = self.texts.iter().filter(|(part, _)| !self.reasoning.contains(*part)).map(|(_, text)| *text);
        let text = said.collect::<Vec<_>>().join("\n");
        (!text.trim().is_empty()).then_some(text)
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

/// An answer that calls tools only, as a programmer would write it: `weather({"city":"Paris"})`.
fn calls(attributes: &[KeyValue], list: &str, message: usize) -> String {
    let mut calls: BTreeMap<usize, (&str, &str)> = BTreeMap::new();
    for (at, field, value) in fields(attributes, list) {
        let (true, Value::String(text)) = (at == message, value) else { continue };
        let Some(rest) = field.strip_prefix(keys::MESSAGE_TOOL_CALLS).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let Some((Ok(index), field)) = rest.split_once('.').map(|(index, field)| (index.parse(), field)) else {
            continue;
        };
        let (name, arguments) = calls.entry(index).or_default();
        match field {
            keys::TOOL_CALL_FUNCTION_NAME => *name = text.as_str(),
            keys::TOOL_CALL_FUNCTION_ARGUMENTS => *arguments = text.as_str(),
            _ => {}
        }
    }
    let calls = calls.into_values().map(|(name, arguments)| format!("{name}({arguments})"));
    calls.collect::<Vec<_>>().join("\n")
}
