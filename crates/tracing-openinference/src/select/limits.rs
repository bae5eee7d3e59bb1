//! How many attributes a span may have, and how long a text may be.

use opentelemetry::{Array, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// The limits of `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` and `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// 10 000 by default, as OpenInference's own provider has it: a chat of 40 messages passes the SDK's 128.
    pub(crate) attributes: usize,
    /// In `char`s. A mebi of them by default: a long prompt passes whole, a runaway dump does not.
    pub(crate) value_length: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attributes: 10_000, value_length: 1024 * 1024 }
    }
}

impl Limits {
    /// Cuts what is too long and drops what is too many. Conversion has put what matters most first.
    pub(crate) fn apply(self, span: &mut SpanData) {
        let surplus = span.attributes.len().saturating_sub(self.attributes);
        span.attributes.truncate(self.attributes);
        span.dropped_attributes_count =
            span.dropped_attributes_count.saturating_add(u32::try_from(surplus).unwrap_or(u32::MAX));
        let events = span.events.events.iter_mut().flat_map(|event| &mut event.attributes);
        for attribute in span.attributes.iter_mut().chain(events) {
            self.shorten(&mut attribute.value);
        }
    }

    fn shorten(self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(shorter) = self.cut(text.as_str()) {
                    *value = Value::from(shorter);
                }
            }
            Value::Array(Array::String(texts)) => {
                for text in texts {
                    if let Some(shorter) = self.cut(text.as_str()) {
                        *text = StringValue::from(shorter);
                    }
                }
            }
            _ => {}
        }
    }

    /// The first `value_length` characters and a marker that says how many there were.
    fn cut(self, text: &str) -> Option<String> {
        // A text has at most as many characters as bytes; counting is for the few that may be too long.
        if text.len() <= self.value_length {
            return None;
        }
        let (end, _) = text.char_indices().nth(self.value_length)?;
        Some(format!("{}… [cut: {} of {} characters]", &text[..end], self.value_length, text.chars().count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(length: usize, text: &str) -> Option<String> {
        Limits { value_length: length, ..Limits::default() }.cut(text)
    }

    #[test]
    fn a_text_of_exactly_the_limit_stays_whole() {
        assert_eq!(cut(4, "äöü€"), None);
    }

    #[test]
    fn a_longer_text_is_cut_between_characters_and_says_so() {
        assert_eq!(cut(3, "äöü€").as_deref(), Some("äöü… [cut: 3 of 4 characters]"));
        assert_eq!(cut(1, "👩‍🚀").as_deref(), Some("👩… [cut: 1 of 3 characters]"));
    }
}
