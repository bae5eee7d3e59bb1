use openinference_semconv::keys;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::Conversion;
use super::Dialect;
use super::field::{Field, Side, within};
use super::json;
use super::write::{add_value, position};
use crate::attributes::{ARGUMENTS, RESULTS};

/// What `#[instrument]` and plain `info_span!` record: arguments, the returned value, and the obvious words.
pub(super) const DIALECT: Dialect =
    Dialect { speaks: |key| Field::of(key) == Field::Bare || key == ARGUMENTS, names: &[], translate };

/// Words that everybody uses for something OpenInference has a key for.
const WORDS: [(&str, &str); 4] = [
    ("input", keys::INPUT_VALUE),
    ("output", keys::OUTPUT_VALUE),
    ("user", keys::USER_ID),
    ("session", keys::SESSION_ID),
];

/// The name under which `#[instrument(ret)]` records.
const RETURN: &str = "return";

/// Timings that `tracing-opentelemetry` adds to every span; nobody's arguments.
const NOT_ARGUMENTS: [&str; 2] = ["busy_ns", "idle_ns"];

/// What came out, by its names. A policy that hides outputs hides these, and would not look for them in the input.
const NEVER_INPUT: [&str; 3] = ["output", "error", "exception"];

fn translate(span: &mut SpanData, options: &Conversion) {
    // Capture says where the fields that a span was created with end. Spans of others do not tell.
    let captured = span.instrumentation_scope.name() == env!("CARGO_PKG_NAME");
    let attributes = &mut span.attributes;
    words(attributes, options);
    returned(attributes);
    let results: &[&str] = if options.hide_results { &RESULTS } else { &[] };
    match position(attributes, ARGUMENTS) {
        Some(end) => {
            attributes.remove(end);
            arguments(attributes, end, &[&NEVER_INPUT, results]);
        }
        None if captured => {}
        None => arguments(attributes, attributes.len(), &[&NEVER_INPUT, results, &NOT_ARGUMENTS]),
    }
}

/// A user or session that may be more than an id is an argument like any other: ids are never hidden.
fn words(attributes: &mut [KeyValue], options: &Conversion) {
    for (word, key) in WORDS {
        let Some(at) = position(attributes, word) else { continue };
        let is_id = matches!(key, keys::USER_ID | keys::SESSION_ID);
        if is_id && (options.hide_arguments || is_struct(&attributes[at].value)) {
            continue;
        }
        if position(attributes, key).is_none() {
            attributes[at].key = key.into();
            undebug(&mut attributes[at].value);
        }
    }
}

/// Whether a value looks like the `Debug` output of a struct, or like JSON.
fn is_struct(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.as_str().contains('{'))
}

fn returned(attributes: &mut Vec<KeyValue>) {
    let Some(at) = position(attributes, RETURN) else { return };
    let mut attribute = attributes.remove(at);
    if position(attributes, keys::OUTPUT_VALUE).is_none() {
        undebug(&mut attribute.value);
        add_value(attributes, Side::Output, attribute.value);
    }
}

/// Arguments, which are before `end`, become the input: one is its value, more are an object in the order they were declared.
///
/// On a span that says itself what its input is they stay what they are: words of the application.
fn arguments(attributes: &mut Vec<KeyValue>, end: usize, others: &[&[&str]]) {
    let is_argument = |attribute: &KeyValue| {
        let key = attribute.key.as_str();
        Field::of(key) == Field::Bare && !others.iter().any(|others| others.contains(&key))
    };
    let known = |attribute: &KeyValue| {
        let key = attribute.key.as_str();
        key == keys::INPUT_VALUE || key == keys::LLM_INPUT_MESSAGES || within(key, keys::LLM_INPUT_MESSAGES)
    };
    if attributes.iter().any(known) || !attributes[..end].iter().any(is_argument) {
        return;
    }
    let (mut arguments, mut rest): (Vec<_>, Vec<_>) = attributes.drain(..end).partition(is_argument);
    rest.append(attributes);
    *attributes = rest;
    for argument in &mut arguments {
        undebug(&mut argument.value);
    }
    let value = match arguments.pop() {
        Some(only) if arguments.is_empty() => only.value,
        last => object(arguments.iter().chain(&last)).into(),
    };
    add_value(attributes, Side::Input, value);
}

fn object<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut json = String::from("{");
    for attribute in attributes {
        if json.len() > 1 {
            json.push(',');
        }
        json::write_str(&mut json, attribute.key.as_str());
        json.push(':');
        json::write(&mut json, &attribute.value);
    }
    json.push('}');
    json
}

/// Takes the quotes off a `String` that was recorded with `Debug`, which is how `#[instrument]` records it.
///
/// All other `Debug` output stays as it is: there is no telling `Some(1)` from somebody's text.
fn undebug(value: &mut Value) {
    if let Value::String(text) = value {
        if let Some(plain) = unquoted(text.as_str()) {
            *value = plain.into();
        }
    }
}

/// The string whose `Debug` output is `text`: see [`char::escape_debug`].
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(char) = rest.next() {
        plain.push(match char {
            '"' => return None,
            '\\' => match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                same @ ('"' | '\'' | '\\') => same,
                'u' => {
                    let (digits, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
                    rest = after.chars();
                    char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                }
                _ => return None,
            },
            char => char,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_strings_lose_their_quotes_and_nothing_else_does() {
        for text in ["", "plain", "a \"b\" \\ 'c'\n\t\r\0", "\u{7f}\u{200b} naïve", "{}"] {
            assert_eq!(unquoted(&format!("{text:?}")).as_deref(), Some(text));
        }
        for text in ["plain", "\"", "\"a\", \"b\"", "\"a\\\"", "Some(\"a\")", "\"\\x\"", "\"\\u{110000}\"", "\"\\u{\""]
        {
            assert_eq!(unquoted(text), None, "{text}");
        }
    }
}
