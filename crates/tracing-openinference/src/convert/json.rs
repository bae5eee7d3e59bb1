use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use opentelemetry::{Array, Value};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// Whether `text` is a JSON object or array.
///
/// Checked without building anything, so neither its size nor its depth matters.
pub(super) fn is_container(text: &str) -> bool {
    matches!(first_byte(text), Some(b'{' | b'[')) && is_valid(text)
}

pub(super) fn is_valid(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

pub(super) fn first_byte(text: &str) -> Option<u8> {
    text.bytes().find(|byte| !byte.is_ascii_whitespace())
}

/// The JSON in `text`; also the JSON in a JSON string, which is what `?json` makes of `%json`.
///
/// `None` for what is not JSON, and for what is nested deeper than `serde_json` goes (128).
pub(super) fn parse(text: &str) -> Option<Json> {
    if !matches!(first_byte(text)?, b'{' | b'[' | b'"') {
        return None;
    }
    match serde_json::from_str(text).ok()? {
        Json::String(inner) => match first_byte(&inner) {
            Some(b'{' | b'[') => serde_json::from_str(&inner).ok(),
            _ => Some(Json::String(inner)),
        },
        json => Some(json),
    }
}

/// The JSON in `text`, and whether one of its objects has a name twice: then the text says more than the JSON.
pub(super) fn parse_all(text: &str) -> serde_json::Result<(Json, bool)> {
    let repeats = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_str(text);
    let json = Noting(&repeats).deserialize(&mut reader)?;
    reader.end()?;
    Ok((json, repeats.get()))
}

/// Builds what `serde_json` does, which forgets that a name was there before.
#[derive(Clone, Copy)]
struct Noting<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for Noting<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            all.push(item);
        }
        Ok(Json::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut all = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if all.insert(name, members.next_value_seed(self)?).is_some() {
                self.0.set(true);
            }
        }
        Ok(number(&all).unwrap_or(Json::Object(all)))
    }
}

/// The number that an object of `serde_json` stands for: where another crate has enabled `arbitrary_precision`, visitors are
/// given such objects for numbers that are no integers.
fn number(members: &Map<String, Json>) -> Option<Json> {
    let digits = members.get(NUMBER).filter(|_| members.len() == 1)?.as_str()?;
    serde_json::from_str(digits).ok().map(Json::Number)
}

/// The name of the one member of such an object.
pub(crate) const NUMBER: &str = "$serde_json::private::Number";

/// An attribute value as text: a string as it is, a list as JSON.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Array(array) => Cow::Owned(array_json(array)),
        scalar => scalar.as_str(),
    }
}

/// An attribute value as JSON; a string that holds an object or array is that object or array.
pub(super) fn write(json: &mut String, value: &Value) {
    match value {
        Value::String(text) if is_container(text.as_str()) => json.push_str(text.as_str()),
        Value::F64(number) if !number.is_finite() => write_str(json, &number.to_string()),
        Value::String(text) => write_str(json, text.as_str()),
        Value::Array(array) => json.push_str(&array_json(array)),
        Value::F64(number) => json.push_str(&Json::from(*number).to_string()),
        scalar => json.push_str(&scalar.as_str()),
    }
}

/// An attribute value as a JSON value; a string that holds an object or array is that object or array.
pub(super) fn value(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::from(*value),
        Value::I64(value) => Json::from(*value),
        Value::F64(value) => Json::from(*value),
        Value::Array(array) => Json::from(items(array)),
        text => {
            let text = text.as_str();
            let container = matches!(first_byte(&text), Some(b'{' | b'[')).then(|| serde_json::from_str(&text).ok());
            container.flatten().unwrap_or_else(|| Json::from(text))
        }
    }
}

/// `text` as a JSON string.
pub(super) fn write_str(json: &mut String, text: &str) {
    // Writing a `str` into memory cannot fail.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// What a JSON value says, as text: a string as it is, `None` for `null`, the rest as JSON.
pub(super) fn plain(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A list as JSON values.
pub(super) fn items(array: &Array) -> Vec<Json> {
    match array {
        Array::Bool(values) => values.iter().map(|value| Json::from(*value)).collect(),
        Array::I64(values) => values.iter().map(|value| Json::from(*value)).collect(),
        // `NaN` and the infinities, which JSON does not have, are `null`.
        Array::F64(values) => values.iter().map(|value| Json::from(*value)).collect(),
        Array::String(values) => values.iter().map(|value| Json::from(value.as_str())).collect(),
        // The type is not exhaustive.
        other => vec![Json::from(other.to_string())],
    }
}

fn array_json(array: &Array) -> String {
    Json::from(items(array)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_and_arrays_are_containers() {
        for (text, expected) in [
            ("{}", true),
            (" [1, 2]\n", true),
            ("{\"a\": 1", false),
            ("[1] [2]", false),
            ("\"text\"", false),
            ("5", false),
            ("", false),
            ("{ Debug }", false),
        ] {
            assert_eq!(is_container(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert!(is_container(&deep));
        assert_eq!(parse(&deep), None);
    }

    #[test]
    fn json_in_a_json_string_is_json() {
        assert_eq!(parse(r#""[{\"role\":\"user\"}]""#), Some(serde_json::json!([{ "role": "user" }])));
        assert_eq!(parse(r#""plain""#), Some(Json::from("plain")));
        assert_eq!(parse("plain"), None);
    }

    #[test]
    fn a_name_that_is_there_twice_is_noted_wherever_it_is() {
        for (text, twice) in [
            (r#"{"a":1,"b":[{"a":"\u0041"}],"c":-1.5e3,"d":null,"e":true,"f":18446744073709551615,"g":-1}"#, false),
            (r#"{"a":1,"a":2}"#, true),
            (r#"[[{"b":{"a":1,"\u0061":2}}]]"#, true),
            ("\"text\"", false),
        ] {
            let plain: Json = serde_json::from_str(text).unwrap();
            assert_eq!(parse_all(text).unwrap(), (plain, twice), "{text}");
        }
        for text in ["{", "{} {}", ""] {
            assert!(parse_all(text).is_err(), "{text}");
        }
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert!(parse_all(&deep).is_err());
    }

    /// Which is how `serde_json` hands them out with its feature `arbitrary_precision`.
    #[test]
    fn numbers_stay_numbers_whoever_else_wants_all_their_digits() {
        let read = |text: &str| parse_all(text).unwrap().0;
        assert_eq!(read(r#"[{"$serde_json::private::Number":"0.5"}]"#), read("[0.5]"));
        for (text, members) in [
            (r#"{"$serde_json::private::Number":"0.5 words"}"#, 1),
            (r#"{"a":1,"$serde_json::private::Number":"0.5"}"#, 2),
        ] {
            assert_eq!(read(text).as_object().map(Map::len), Some(members), "{text}");
        }
    }

    #[test]
    fn values_keep_their_type_in_json() {
        let written = |value: Value| {
            let mut json = String::new();
            write(&mut json, &value);
            json
        };
        assert_eq!(written(Value::from(true)), "true");
        assert_eq!(written(Value::from(7_i64)), "7");
        assert_eq!(written(Value::from(1.0)), "1.0");
        assert_eq!(written(Value::from(f64::NAN)), "\"NaN\"");
        assert_eq!(written(Value::from("a \"b\"\n")), r#""a \"b\"\n""#);
        assert_eq!(written(Value::from("{\"a\": [1]}")), "{\"a\": [1]}");
        assert_eq!(written(Value::from("Some(1)")), "\"Some(1)\"");
        assert_eq!(written(Value::Array(Array::F64(vec![0.5, f64::INFINITY]))), "[0.5,null]");
    }
}
