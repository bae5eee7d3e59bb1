//! What `input.value` and `output.value` repeat of what has attributes of its own.
//!
//! A value that stands for a whole request says the messages once more. Where a policy hides the messages and not the value,
//! the value may not give them away; and the policy that counts is the one of the moment when the span goes through the
//! stages, which need not be the one under which the value was written, nor that of every backend. So capture marks such
//! values, and the stages look at the mark.

use openinference_semconv::{Indexed, keys};
use opentelemetry::{KeyValue, Value};

/// Kinds of content, each of which a policy may hide by itself; one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents(u16);

impl Contents {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const INPUT_MESSAGES: Self = Self(1);
    pub(crate) const OUTPUT_MESSAGES: Self = Self(1 << 1);
    pub(crate) const PROMPTS: Self = Self(1 << 2);
    pub(crate) const CHOICES: Self = Self(1 << 3);
    pub(crate) const PARAMETERS: Self = Self(1 << 4);
    pub(crate) const TOOLS: Self = Self(1 << 5);
    pub(crate) const EMBEDDING_TEXT: Self = Self(1 << 6);
    pub(crate) const EMBEDDING_VECTOR: Self = Self(1 << 7);
    /// The input, which a response may repeat.
    pub(crate) const INPUT: Self = Self(1 << 8);
    /// Messages of errors.
    pub(crate) const EXCEPTION: Self = Self(1 << 9);
    pub(crate) const ALL: Self = Self((1 << 10) - 1);

    /// Everything that a request may hold.
    pub(crate) const OF_REQUEST: Self =
        Self::INPUT_MESSAGES.or(Self::PROMPTS).or(Self::PARAMETERS).or(Self::TOOLS).or(Self::EMBEDDING_TEXT);
    /// Everything that a response may repeat of its request.
    pub(crate) const REPEATED_BY_RESPONSE: Self = Self::OF_REQUEST.or(Self::INPUT);
    /// Everything that a response may hold.
    pub(crate) const OF_RESPONSE: Self =
        Self::REPEATED_BY_RESPONSE.or(Self::OUTPUT_MESSAGES).or(Self::CHOICES).or(Self::EMBEDDING_VECTOR);

    /// What is hidden, where `hides` says so of keys.
    pub(crate) fn hidden_by(hides: impl Fn(&str) -> bool) -> Self {
        let hidden = kinds().into_iter().filter(|(_, keys)| keys.iter().any(|key| hides(key)));
        hidden.fold(Self::NONE, |all, (kind, _)| all.or(kind))
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Some keys of each kind, such that every flag that hides something of the kind hides one of them.
fn kinds() -> [(Contents, Vec<String>); 10] {
    let first = |list: &str, field: &str| Indexed::new(list, 0).key(field);
    let prompts = || first(keys::LLM_PROMPTS, keys::PROMPT_TEXT);
    [
        (Contents::INPUT_MESSAGES, message(keys::LLM_INPUT_MESSAGES)),
        (Contents::OUTPUT_MESSAGES, message(keys::LLM_OUTPUT_MESSAGES)),
        (Contents::PROMPTS, vec![prompts()]),
        (Contents::CHOICES, vec![first(keys::LLM_CHOICES, keys::COMPLETION_TEXT)]),
        // Redaction by name expects prompts among the parameters too: there texts are hidden with these.
        (
            Contents::PARAMETERS,
            vec![keys::LLM_INVOCATION_PARAMETERS.into(), keys::EMBEDDING_INVOCATION_PARAMETERS.into(), prompts()],
        ),
        (Contents::TOOLS, vec![first(keys::LLM_TOOLS, keys::TOOL_JSON_SCHEMA)]),
        (Contents::EMBEDDING_TEXT, vec![first(keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_TEXT)]),
        (Contents::EMBEDDING_VECTOR, vec![first(keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_VECTOR)]),
        (Contents::INPUT, vec![keys::INPUT_VALUE.into()]),
        (Contents::EXCEPTION, vec![keys::EXCEPTION_MESSAGE.into()]),
    ]
}

fn message(list: &str) -> Vec<String> {
    let first = Indexed::new(list, 0);
    let part = first.list(keys::MESSAGE_CONTENTS, 0);
    vec![
        first.key(keys::MESSAGE_ROLE),
        first.key(keys::MESSAGE_CONTENT),
        part.key(keys::MESSAGE_CONTENT_TEXT),
        part.key_in(keys::MESSAGE_CONTENT_IMAGE, keys::IMAGE_URL),
        part.key_in(keys::MESSAGE_CONTENT_AUDIO, keys::AUDIO_URL),
        first.list(keys::MESSAGE_TOOL_CALLS, 0).key(keys::TOOL_CALL_FUNCTION_ARGUMENTS),
    ]
}

/// What a value repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// It may stand nowhere any of this is hidden.
    pub(crate) whole: Contents,
    /// This can be taken out of it.
    pub(crate) parts: Contents,
}

/// What the two values of a span repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks([Repeated; 2]);

const VALUES: [&str; 2] = [keys::INPUT_VALUE, keys::OUTPUT_VALUE];

/// Stands after everything else; from capture to the stages, never exported.
const MARKS: &str = "tracing_openinference.repeated";

impl Marks {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the value `key` repeats.
    pub(crate) fn of(&self, key: &str) -> Repeated {
        VALUES.iter().position(|value| *value == key).map(|at| self.0[at]).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, key: &str, repeated: Repeated) {
        if let Some(at) = VALUES.iter().position(|value| *value == key) {
            self.0[at] = repeated;
        }
    }

    /// Another value stands there now.
    pub(crate) fn forget(&mut self, key: &str) {
        self.set(key, Repeated::default());
    }

    /// Takes over those of values that were written after all others.
    pub(crate) fn add(&mut self, later: Self) {
        for (mine, later) in self.0.iter_mut().zip(later.0) {
            if later != Repeated::default() {
                *mine = later;
            }
        }
    }

    /// Puts them on the span, if there are any.
    pub(crate) fn put(self, attributes: &mut Vec<KeyValue>) {
        if !self.is_empty() {
            let [input, output] = self.0;
            let all = [input.whole, input.parts, output.whole, output.parts];
            let bits = all.iter().rev().fold(0_u64, |bits, contents| bits << 16 | u64::from(contents.0));
            attributes.push(KeyValue::new(MARKS, bits as i64));
        }
    }

    /// Takes them off the span.
    pub(crate) fn take(attributes: &mut Vec<KeyValue>) -> Self {
        let Some(KeyValue { key, value: Value::I64(bits), .. }) = attributes.last() else { return Self::default() };
        if key.as_str() != MARKS {
            return Self::default();
        }
        let contents = |place: u32| Contents(((*bits as u64) >> (16 * place)) as u16);
        let repeated = |place| Repeated { whole: contents(place), parts: contents(place + 1) };
        let marks = Self([repeated(0), repeated(2)]);
        attributes.pop();
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off_the_span_as_they_were_put_on_it() {
        let mut marks = Marks::default();
        let mut attributes = vec![KeyValue::new("a", 1)];
        marks.put(&mut attributes);
        assert_eq!(attributes.len(), 1);
        marks.set(keys::INPUT_VALUE, Repeated { whole: Contents::INPUT_MESSAGES, parts: Contents::TOOLS });
        marks.set(keys::OUTPUT_VALUE, Repeated { whole: Contents::ALL, parts: Contents::ALL });
        marks.set("another", Repeated { whole: Contents::ALL, parts: Contents::NONE });
        marks.put(&mut attributes);
        assert_eq!(attributes.len(), 2);
        assert_eq!(Marks::take(&mut attributes), marks);
        assert_eq!(attributes, [KeyValue::new("a", 1)]);
        assert_eq!(Marks::take(&mut attributes), Marks::default());
    }

    #[test]
    fn the_mark_of_a_value_goes_with_it() {
        let mut marks = Marks::default();
        let repeated = Repeated { whole: Contents::PROMPTS, parts: Contents::NONE };
        marks.set(keys::INPUT_VALUE, repeated);
        marks.forget(keys::OUTPUT_VALUE);
        assert_eq!(marks.of(keys::INPUT_VALUE), repeated);
        marks.add(Marks::default());
        assert_eq!(marks.of(keys::INPUT_VALUE), repeated);
        marks.forget(keys::INPUT_VALUE);
        assert!(marks.is_empty());
    }

    #[test]
    fn every_kind_has_a_bit_and_keys() {
        assert_eq!(Contents::hidden_by(|_| true), Contents::ALL);
        assert_eq!(Contents::hidden_by(|_| false), Contents::NONE);
        assert_eq!(Contents::hidden_by(|key| key == keys::INPUT_VALUE), Contents::INPUT);
    }
}
