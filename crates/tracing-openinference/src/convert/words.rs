use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;

use super::json;

/// The attributes of a dialect, taken off a span to be translated one after the other.
pub(super) struct Words(Vec<KeyValue>);

impl Words {
    /// Takes the attributes whose keys are words of the dialect.
    pub(super) fn take_from(attributes: &mut Vec<KeyValue>, is_word: impl Fn(&str) -> bool) -> Self {
        let (words, rest) = attributes.drain(..).partition(|attribute| is_word(attribute.key.as_str()));
        *attributes = rest;
        Self(words)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.peek(key).is_some()
    }

    pub(super) fn has_within(&self, namespace: &str) -> bool {
        self.0.iter().any(|word| super::field::within(word.key.as_str(), namespace))
    }

    pub(super) fn peek(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|word| word.key.as_str() == key).map(|word| &word.value)
    }

    /// The text of a word, if it is there, a text, and not blank.
    pub(super) fn peek_text(&self, key: &str) -> Option<&str> {
        match self.peek(key)? {
            Value::String(text) => Some(text.as_str().trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.0.iter().position(|word| word.key.as_str() == key)?;
        Some(self.0.remove(at).value)
    }

    /// The first of `keys` that is there. The others are other spellings of the same thing, and go too.
    pub(super) fn take_any(&mut self, keys: &[&str]) -> Option<Value> {
        keys.iter().fold(None, |found, key| {
            let other = self.take(key);
            found.or(other)
        })
    }

    /// A word as text, whatever its type; `None` if that is blank.
    pub(super) fn take_text(&mut self, keys: &[&str]) -> Option<String> {
        let text = json::text(&self.take_any(keys)?).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A word as JSON; text that is not JSON is a JSON string.
    pub(super) fn take_json(&mut self, keys: &[&str]) -> Option<Json> {
        Some(match self.take_any(keys)? {
            Value::String(text) => json::parse(text.as_str()).unwrap_or_else(|| Json::from(text.as_str())),
            other => json::value(&other),
        })
    }

    /// Takes the words whose keys `is_word`, in their order.
    pub(super) fn take_all(&mut self, is_word: impl Fn(&str) -> bool) -> Vec<KeyValue> {
        let (words, rest) = self.0.drain(..).partition(|word| is_word(word.key.as_str()));
        self.0 = rest;
        words
    }

    /// Gives back what nobody has taken, in front of the rest: where it is found again, it comes to stand there again.
    pub(super) fn give_back(self, attributes: &mut Vec<KeyValue>) {
        if !self.0.is_empty() {
            attributes.splice(0..0, self.0);
        }
    }
}
