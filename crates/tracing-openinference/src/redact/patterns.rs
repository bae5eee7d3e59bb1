//! The rules of the application, applied to all of a span.

mod json;
mod loose;
mod plain;
mod texts;

use std::borrow::Cow;
use std::collections::HashMap;

use super::glob::Glob;
use super::redaction::{Redaction, What, With};
use super::tally::{Counter, Tally};
use openinference_semconv::keys;
use opentelemetry::trace::{SpanContext, Status, TraceState};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;
use texts::{TextRule, Texts};

/// The rules of a policy, by what they look at.
#[derive(Clone)]
pub(super) struct Patterns {
    keys: Vec<KeyRule>,
    json_keys: Vec<KeyRule>,
    texts: Vec<TextRule>,
}

/// Of elements of lists, what a rule may be about. What is said in a value as well is meant, the frame is not.
const PARTS: &[&str] = &[
    keys::MESSAGE_CONTENT,
    "message.contents.0.message_content.text",
    "message.contents.0.message_content.image.image.url",
    "message.contents.0.message_content.audio.audio.url",
    "message.contents.0.message_content.audio.audio.transcript",
    "message.contents.0.message_content.video.video.url",
    "message.contents.0.message_content.document.document.content",
    "message.contents.0.message_content.document.document.url",
    "message.contents.0.message_content.document.document.name",
    "message.contents.0.message_content.data",
    "message.contents.0.message_content.signature",
    "message.contents.0.message_content.encrypted_content",
    "message.tool_calls.0.tool_call.function.arguments",
    "message.tool_calls.0.tool_call.function.name",
    "message.tool_calls.0.tool_call.reasoning_signature",
    keys::MESSAGE_FUNCTION_CALL_ARGUMENTS_JSON,
    keys::MESSAGE_FUNCTION_CALL_NAME,
    keys::MESSAGE_NAME,
    keys::TOOL_NAME,
    keys::TOOL_DESCRIPTION,
    keys::TOOL_JSON_SCHEMA,
    keys::PROMPT_TEXT,
    keys::COMPLETION_TEXT,
    keys::EMBEDDING_TEXT,
    keys::EMBEDDING_VECTOR,
];

/// A rule about the name of a value.
#[derive(Clone)]
pub(super) struct KeyRule {
    glob: Glob,
    outcome: Outcome,
}

/// What a rule does with what it found.
#[derive(Clone)]
pub(super) struct Outcome {
    with: With,
    counter: Counter,
}

impl KeyRule {
    /// The rule is about a member of this name: all of it, or its last part, as conversion makes members of attributes.
    fn is_about_member(&self, name: &str) -> bool {
        self.glob.matches(name) || name.contains('.') && self.glob.matches(last_part(name))
    }

    /// Of the keys of attributes, most of which are not the application's, the last part counts alone, unless the rule speaks
    /// of more.
    fn is_about_attribute(&self, key: &str) -> bool {
        self.glob.matches(last_part(key)) || self.glob.text().contains('.') && self.glob.matches(key)
    }
}

fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

impl Outcome {
    /// What stands for `found` from now on; `None` if it does already.
    fn of(&self, found: &str) -> Option<Cow<'static, str>> {
        if self.with.is_done(found) {
            return None;
        }
        self.counter.add(1);
        Some(self.with.of(found))
    }
}

impl Patterns {
    /// `None` without rules.
    pub(super) fn new(redactions: &[Redaction], tally: &Tally) -> Option<Self> {
        let mut patterns = Self { keys: Vec::new(), json_keys: Vec::new(), texts: Vec::new() };
        for Redaction { name, what, with } in redactions {
            let outcome = Outcome { with: with.clone(), counter: tally.counter(name.clone()) };
            match what {
                What::Key(glob) => patterns.keys.push(KeyRule { glob: glob.clone(), outcome }),
                What::JsonKey(glob) => patterns.json_keys.push(KeyRule { glob: glob.clone(), outcome }),
                What::BuiltIn(_) | What::Pattern(_) | What::Closure(_) => {
                    patterns.texts.extend(TextRule::new(what, outcome));
                }
            }
        }
        (!redactions.is_empty()).then_some(patterns)
    }

    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty() || !self.json_keys.is_empty()
    }

    /// The value of this key will not be looked at.
    pub(super) fn hides(&self, key: &str) -> bool {
        self.rule_of_key(key).is_some_and(|rule| matches!(rule.outcome.with, With::Text(_)))
    }

    /// A rule is about the key, which is that of a first element if it is one of a list, or about another element or part.
    pub(super) fn speaks_of(&self, key: &str) -> bool {
        if self.rule_of_key(key).is_some() {
            return true;
        }
        let Some((list, _)) = key.split_once(".0.") else { return false };
        let is_like = |glob: &Glob| {
            let first = glob.of_first_elements();
            // A glob of `?` alone may mean elements of more digits.
            let elements = ["0", "10", "100"];
            let meant = |element, part| {
                let key = format!("{list}.{element}.{part}");
                glob.matches(&key) || first.matches(&key)
            };
            glob.is_below(list) || PARTS.iter().any(|part| elements.iter().any(|element| meant(element, part)))
        };
        self.keys.iter().any(|rule| is_like(&rule.glob))
    }

    /// Before conversion: what is hidden by a name is hidden under the name that it was recorded with too.
    pub(super) fn redact_recorded(&self, span: &mut SpanData) {
        if !self.has_keys() {
            return;
        }
        let events = span.events.events.iter_mut().flat_map(|event| &mut event.attributes);
        for KeyValue { key, value, .. } in span.attributes.iter_mut().chain(events) {
            if !self.redact_by_key(key.as_str(), value) {
                texts_of(value, |text| self.texts(key.as_str(), &[]).redact(text));
            }
        }
    }

    /// After conversion: everything that has text in it.
    pub(super) fn redact(&self, span: &mut SpanData) {
        self.redact_attributes(&mut span.attributes);
        for event in &mut span.events.events {
            self.redact_attributes(&mut event.attributes);
            self.redact_cow(&mut event.name);
        }
        for link in &mut span.links.links {
            self.redact_attributes(&mut link.attributes);
            self.redact_context(&mut link.span_context);
        }
        self.redact_context(&mut span.span_context);
        self.redact_cow(&mut span.name);
        if let Status::Error { description } = &mut span.status {
            self.redact_cow(description);
        }
    }

    fn redact_attributes(&self, attributes: &mut [KeyValue]) {
        let mut renamed = Renamed::new();
        for KeyValue { key, value, .. } in attributes {
            if !self.redact_by_key(key.as_str(), value) {
                let texts = self.texts(key.as_str(), &self.texts);
                texts_of(value, |text| texts.redact(text));
            }
            if let Some(new) = self.texts("", &self.texts).redact_name(key.as_str()) {
                *key = distinct(new, &mut renamed).into();
            }
        }
    }

    /// Whether a rule speaks of the key.
    fn redact_by_key(&self, key: &str, value: &mut Value) -> bool {
        let Some(rule) = self.rule_of_key(key) else { return false };
        if let Some(new) = rule.outcome.of(&value.as_str()) {
            *value = Value::from(new);
        }
        true
    }

    /// Members of arguments become attributes and attributes become members, so the last part of a key is the name of a
    /// member.
    fn rule_of_key(&self, key: &str) -> Option<&KeyRule> {
        let by_key = self.keys.iter().find(|rule| rule.glob.matches(key));
        by_key.or_else(|| self.json_keys.iter().find(|rule| rule.is_about_attribute(key)))
    }

    fn texts<'a>(&'a self, key: &'a str, rules: &'a [TextRule]) -> Texts<'a> {
        Texts::new(key, rules, &self.json_keys)
    }

    fn redact_cow(&self, text: &mut Cow<'static, str>) {
        if let Some(new) = self.texts("", &self.texts).redact(text) {
            *text = Cow::Owned(new);
        }
    }

    /// Entries of the trace state in which a rule finds something are left out: there is no room for anything else.
    fn redact_context(&self, context: &mut SpanContext) {
        let header = context.trace_state().header();
        if header.is_empty() || self.texts.is_empty() {
            return;
        }
        let texts = self.texts("", &self.texts);
        let is_kept = |entry: &&str| texts.redact_name(entry).is_none();
        let kept: Vec<_> = header.split(',').filter(is_kept).filter_map(|entry| entry.split_once('=')).collect();
        if kept.len() < header.split(',').count() {
            let state = TraceState::from_key_value(kept).unwrap_or_default();
            *context = SpanContext::new(
                context.trace_id(),
                context.span_id(),
                context.trace_flags(),
                context.is_remote(),
                state,
            );
        }
    }
}

/// Has every text of a value changed; a whole number is the text of its digits.
fn texts_of(value: &mut Value, redact: impl Fn(&str) -> Option<String>) {
    let number = |value: &i64| redact(&value.to_string());
    let whole = |value: &f64| if value.fract() == 0.0 { redact(&format!("{value:.0}")) } else { None };
    let new = match value {
        Value::String(text) => redact(text.as_str()).map(Value::from),
        Value::I64(value) => number(value).map(Value::from),
        Value::F64(value) => whole(value).map(Value::from),
        Value::Array(Array::String(texts)) => {
            for text in texts {
                if let Some(new) = redact(text.as_str()) {
                    *text = StringValue::from(new);
                }
            }
            None
        }
        Value::Array(Array::I64(numbers)) => numbers_of(numbers, number),
        Value::Array(Array::F64(numbers)) => numbers_of(numbers, whole),
        _ => None,
    };
    if let Some(new) = new {
        *value = new;
    }
}

/// A list of numbers is one of texts when some of them are.
fn numbers_of<T: ToString>(numbers: &[T], redact: impl Fn(&T) -> Option<String>) -> Option<Value> {
    let new: Vec<_> = numbers.iter().map(redact).collect();
    let is_changed = new.iter().any(Option::is_some);
    let all = new.into_iter().zip(numbers).map(|(new, old)| new.unwrap_or_else(|| old.to_string()));
    is_changed.then(|| Value::Array(Array::String(all.map(StringValue::from).collect())))
}

/// The keys of one object that were replaced, and how often each came.
type Renamed = HashMap<String, usize>;

/// Two keys that a rule makes equal stay two.
fn distinct(key: String, renamed: &mut Renamed) -> String {
    let count = renamed.entry(key.clone()).or_default();
    *count += 1;
    if *count == 1 { key } else { format!("{key}.{count}") }
}

#[cfg(test)]
mod tests;
