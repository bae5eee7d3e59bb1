//! Attributes that are JSON objects of which a part is kept.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::Value;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::REDACTED;
use super::policy::Verdict;
use crate::convert::NUMBER;

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

/// Whether [`keep_known`] leaves the value as it is.
pub(super) fn all_known(value: &Value) -> bool {
    match value {
        Value::String(text) => all_stay(text.as_str(), is_known) == Some(true),
        Value::Bool(_) | Value::I64(_) | Value::F64(_) => true,
        _ => false,
    }
}

/// Redacts, in `metadata`, what the application would not have put there: conversion moves an attribute into it, under
/// its whole key, when the key would hide others from Phoenix (`llm` beside `llm.model_name`).
///
/// An object that cannot be read, because it was cut or is too deep, may hold anything; so may one that was encoded
/// twice, of which no member is replaced but the whole.
pub(super) fn keep_metadata(value: &mut Value, hides: impl Fn(&str, Option<&str>) -> bool) -> Verdict {
    if let Value::String(text) = value {
        let stays = |name: &str, member: &Member<'_>| !hides(name, member.text());
        match redact_members(text.as_str(), stays) {
            Members::Redacted(text) => {
                *value = Value::from(text);
                return Verdict::Reduced;
            }
            Members::NoObject if !keeps_encoded(text.as_str(), stays) => return Verdict::Redact,
            Members::NoObject | Members::AllStay => {}
        }
    }
    Verdict::Harmless
}

/// Whether [`keep_metadata`] surely leaves the value as it is.
pub(super) fn all_stays(value: &Value, hides: impl Fn(&str, Option<&str>) -> bool) -> bool {
    let stays = |name: &str, member: &Member<'_>| !hides(name, member.text());
    matches!(value, Value::String(text) if all_stay(text.as_str(), stays) == Some(true))
}

/// Whether a text that is JSON of a text holds no object with something to redact, as deep as it goes.
fn keeps_encoded(text: &str, stays: impl Fn(&str, &Member<'_>) -> bool) -> bool {
    // Each encoding makes it longer, so this ends.
    let mut text = Cow::Borrowed(text);
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
fn redact_members(text: &str, stays: impl Fn(&str, &Member<'_>) -> bool) -> Members {
    match all_stay(text, &stays) {
        None => return Members::NoObject,
        Some(true) => return Members::AllStay,
        Some(false) => {}
    }
    // Of a name that is there twice the last value is left, and that is judged again.
    let Ok(Json::Object(mut members)) = serde_json::from_str(text) else { return Members::NoObject };
    for (name, member) in &mut members {
        if !stays(name, &Member::of(member)) {
            *member = Json::from(REDACTED);
        }
    }
    Members::Redacted(Json::Object(members).to_string())
}

/// `None` if the text is no object.
fn all_stay(text: &str, stays: impl Fn(&str, &Member<'_>) -> bool) -> Option<bool> {
    if !is_object(text) {
        return None;
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let all = AllStay(&stays).deserialize(&mut reader).ok()?;
    reader.end().is_ok().then_some(all)
}

/// A member of an object, as far as rules look at it.
#[derive(Debug, PartialEq, Eq)]
enum Member<'a> {
    /// Nothing, a truth, or a number.
    Plain,
    Text(Cow<'a, str>),
    /// An object of plain members and well-known words.
    Known,
    /// Another object, or a list.
    Nested,
}

impl Member<'_> {
    fn of(json: &Json) -> Member<'_> {
        match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => Member::Plain,
            Json::String(text) => Member::Text(text.into()),
            Json::Object(inner) if inner.iter().all(|(name, member)| is_scalar(name, &Member::of(member))) => {
                Member::Known
            }
            Json::Array(_) | Json::Object(_) => Member::Nested,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Plain | Self::Known | Self::Nested => None,
        }
    }
}

/// One level of nesting is looked into, as in `"response_format": {"type": "json_object"}`; a JSON schema is deeper.
fn is_known(name: &str, parameter: &Member<'_>) -> bool {
    match parameter {
        Member::Known => WORDS.contains(&name),
        _ => is_scalar(name, parameter),
    }
}

fn is_scalar(name: &str, value: &Member<'_>) -> bool {
    match value {
        Member::Plain => true,
        // Whoever puts a text there means something else.
        Member::Text(text) => WORDS.contains(&name) && is_name(text),
        Member::Known | Member::Nested => false,
    }
}

/// With `arbitrary_precision`, which another crate may have enabled, `serde_json` hands out an object of such a member for a
/// number.
fn is_number(name: &str, value: &Member<'_>) -> bool {
    name == NUMBER && value.text().is_some_and(|digits| serde_json::from_str::<serde_json::Number>(digits).is_ok())
}

/// Reads an object and builds nothing of it: whether every member stays, one by one where a name is there twice.
struct AllStay<'a, F>(&'a F);

impl<'de, F: Fn(&str, &Member<'_>) -> bool> DeserializeSeed<'de> for AllStay<'_, F> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: Fn(&str, &Member<'_>) -> bool> Visitor<'de> for AllStay<'_, F> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut all = true;
        while let Some(Name(name)) = map.next_key()? {
            let member = map.next_value()?;
            all = all && self.0(&name, &member);
        }
        Ok(all)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Member::Plain)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Member::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Member::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Member::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Member::Plain)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Member::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<Member<'_>>()?.is_some() {}
        Ok(Member::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut known, mut numbers, mut members) = (true, 0, 0);
        while let Some(Name(name)) = map.next_key()? {
            let member = map.next_value()?;
            known = known && is_scalar(&name, &member);
            numbers += usize::from(is_number(&name, &member));
            members += 1;
        }
        Ok(match (known, numbers, members) {
            (_, 1, 1) => Member::Plain,
            (true, ..) => Member::Known,
            (false, ..) => Member::Nested,
        })
    }
}

/// A name without its escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Reading)? {
            Member::Text(text) => Ok(Self(text)),
            Member::Plain | Member::Known | Member::Nested => Ok(Self("".into())),
        }
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
        assert_eq!(kept(r#"{"logit_bias":{"a secret":5}}"#).unwrap(), r#"{"logit_bias":"__REDACTED__"}"#);
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
    fn every_value_of_a_name_that_is_there_twice_is_judged() {
        assert_eq!(kept(r#"{"stop":"secret","stop":5}"#).unwrap(), r#"{"stop":5}"#);
        assert_eq!(kept(r#"{"stop":5,"stop":"secret"}"#).unwrap(), r#"{"stop":"__REDACTED__"}"#);
        assert_eq!(
            kept(r#"{"response_format":{"type":"a secret","type":"json_object"}}"#).unwrap(),
            r#"{"response_format":{"type":"json_object"}}"#
        );
        assert_eq!(kept(r#"{"seed":1,"seed":2}"#).unwrap(), r#"{"seed":1,"seed":2}"#);
        let mut metadata = Value::from(r#"{"input":"secret","input":1,"b":2}"#);
        let hides = |name: &str, text: Option<&str>| name == "input" && text.is_some();
        assert_eq!(keep_metadata(&mut metadata, hides), Verdict::Reduced);
        assert_eq!(metadata.as_str(), r#"{"b":2,"input":1}"#);
    }

    /// Which is how `serde_json` hands them out with its feature `arbitrary_precision`.
    #[test]
    fn numbers_are_harmless_whoever_else_wants_all_their_digits() {
        let number = |digits: &str| format!(r#"{{"temperature": {{"$serde_json::private::Number":"{digits}"}}}}"#);
        assert_eq!(kept(&number("0.2")), Some(number("0.2")));
        let two = r#"{"a":{"$serde_json::private::Number":"1","b":"a secret"}}"#.to_owned();
        for text in [number("a secret"), two] {
            assert!(!kept(&text).unwrap_or_default().contains("secret"), "{text}");
        }
    }

    #[test]
    fn names_and_texts_are_read_without_their_escapes() {
        assert_eq!(kept(r#"{"mod\u0065l":"gpt-4o"}"#).as_deref(), Some(r#"{"mod\u0065l":"gpt-4o"}"#));
        assert_eq!(kept(r#"{"model":"two\u0020words"}"#).unwrap(), r#"{"model":"__REDACTED__"}"#);
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
