//! Attributes that are JSON objects of which a part is kept.

use opentelemetry::Value;
use serde_json::Value as Json;

use super::REDACTED;
use super::policy::Verdict;

/// Parameters whose texts come from a short list of the provider, or name a model.
const WORDS: &[&str] = &[
    "detail",
    "effort",
    "encoding_format",
    "finish_reason",
    "model",
    "quality",
    "reasoning_effort",
    "response_format",
    "role",
    "service_tier",
    "size",
    "tool_choice",
    "truncation",
    "type",
    "verbosity",
];

/// Redacts, in the parameters of a model call, every text that could be content.
///
/// A JSON object keeps its numbers, booleans and [`WORDS`]. Anything else that has text in it is redacted as a whole.
pub(super) fn keep_known(value: &mut Value) -> Verdict {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => return Verdict::Harmless,
        _ => return Verdict::Redact,
    };
    match redact_members(text, is_known) {
        Members::NoObject => return Verdict::Redact,
        Members::AllStay => {}
        Members::Redacted(text) => {
            *value = Value::from(text);
            return Verdict::Reduced;
        }
    }
    Verdict::Harmless
}

/// Redacts, in `metadata`, what the application would not have put there: conversion moves an attribute into it, under
/// its whole key, when the key would hide others from Phoenix (`llm` beside `llm.model_name`).
///
/// An object that cannot be read, because it was cut or is too deep, may hold anything; so may one that was encoded
/// twice, of which no member is replaced but the whole.
pub(super) fn keep_metadata(value: &mut Value, hides: impl Fn(&str, &Json) -> bool) -> Verdict {
    if let Value::String(text) = value {
        let stays = |name: &str, member: &Json| !hides(name, member);
        match redact_members(text.as_str(), stays) {
            Members::Redacted(text) => {
                *value = Value::from(text);
                return Verdict::Reduced;
            }
            Members::NoObject if is_object(text.as_str()) || !keeps_encoded(text.as_str(), stays) => {
                return Verdict::Redact;
            }
            Members::NoObject | Members::AllStay => {}
        }
    }
    Verdict::Harmless
}

/// Whether a text that is JSON of a text holds no object with something to redact, as deep as it goes.
fn keeps_encoded(text: &str, stays: impl Fn(&str, &Json) -> bool) -> bool {
    // Each encoding makes it longer, so this ends.
    let mut text = std::borrow::Cow::Borrowed(text);
    while text.trim_start().starts_with('"') {
        match serde_json::from_str::<String>(&text) {
            Ok(inner) => text = inner.into(),
            // It was cut.
            Err(_) => return !text.contains('{'),
        }
    }
    !is_object(&text) || matches!(redact_members(&text, stays), Members::AllStay)
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Keeps a name, of a type or a code, and redacts what may be a text.
pub(super) fn keep_name(value: &Value) -> Verdict {
    match value {
        Value::String(text) if is_name(text.as_str()) => Verdict::Harmless,
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => Verdict::Harmless,
        _ => Verdict::Redact,
    }
}

pub(super) fn is_name(text: &str) -> bool {
    const LONGEST: usize = 128;
    text.chars().nth(LONGEST).is_none() && !text.contains(char::is_whitespace)
}

enum Members {
    NoObject,
    AllStay,
    Redacted(String),
}

/// An object of which nothing is redacted is not written anew: its text stays to the letter.
fn redact_members(text: &str, stays: impl Fn(&str, &Json) -> bool) -> Members {
    if !is_object(text) {
        return Members::NoObject;
    }
    let Ok(Json::Object(mut members)) = serde_json::from_str(text) else { return Members::NoObject };
    let mut changed = false;
    for (name, member) in &mut members {
        if !stays(name, member) {
            *member = Json::from(REDACTED);
            changed = true;
        }
    }
    if changed { Members::Redacted(Json::Object(members).to_string()) } else { Members::AllStay }
}

/// One level of nesting is looked into, as in `"response_format": {"type": "json_object"}`; a JSON schema is deeper.
fn is_known(name: &str, parameter: &Json) -> bool {
    match parameter {
        Json::Object(inner) if WORDS.contains(&name) => inner.iter().all(|(name, value)| is_scalar(name, value)),
        _ => is_scalar(name, parameter),
    }
}

fn is_scalar(name: &str, value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
        // Whoever puts a text there means something else.
        Json::String(text) => WORDS.contains(&name) && is_name(text),
        Json::Array(_) | Json::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Option<String> {
        let mut value = Value::from(text.to_owned());
        match keep_known(&mut value) {
            Verdict::Harmless | Verdict::Reduced => Some(value.as_str().into_owned()),
            Verdict::Redact => None,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn harmless_parameters_stay_to_the_letter() {
        for text in [
            r#"{"temperature": 0.2, "model":"gpt-4o", "stream": true, "seed": null}"#,
            r#"{"response_format": {"type": "json_object"}, "tool_choice": "auto"}"#,
            "{}",
        ] {
            assert_eq!(kept(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn texts_of_other_parameters_are_redacted_one_by_one() {
        assert_eq!(
            kept(r#"{"temperature":0.2,"messages":[{"content":"secret"}],"stop":"secret","user":"secret"}"#).unwrap(),
            r#"{"messages":"__REDACTED__","stop":"__REDACTED__","temperature":0.2,"user":"__REDACTED__"}"#
        );
        assert_eq!(
            kept(r#"{"response_format":{"type":"json_schema","json_schema":{"description":"secret"}}}"#).unwrap(),
            r#"{"response_format":"__REDACTED__"}"#
        );
        assert_eq!(
            kept(r#"{"tool_choice":"a secret","size":"1024x1024","response_format":{"type":"a secret"}}"#).unwrap(),
            r#"{"response_format":"__REDACTED__","size":"1024x1024","tool_choice":"__REDACTED__"}"#
        );
    }

    #[test]
    fn what_is_no_object_is_redacted_whole() {
        for text in ["secret", "[1]", "\"secret\"", "{\"a\": 1", ""] {
            assert_eq!(kept(text), None, "{text}");
        }
        assert_eq!(keep_known(&mut Value::F64(0.7)), Verdict::Harmless);
        let list = vec![opentelemetry::StringValue::from("secret")];
        assert_eq!(keep_known(&mut Value::Array(list.into())), Verdict::Redact);
    }
}
