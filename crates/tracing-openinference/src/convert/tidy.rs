use std::collections::HashMap;

use opentelemetry::{KeyValue, Value};

use super::field::Field;

/// Corrects what a backend would misread.
///
/// * Phoenix takes keys apart at the dots, trims the parts and forgets empty ones: to it `.llm` *is* `llm`. So the name
///   is written the way Phoenix reads it, and a name with nothing left is dropped.
/// * Phoenix stores `NaN` and the infinities as `null`. Under a bare name they become text; anywhere else, where a
///   number is expected, they are dropped.
pub(super) fn tidy(attributes: &mut Vec<KeyValue>) {
    let mut renamed = false;
    attributes.retain_mut(|attribute| {
        if !is_tidy(attribute.key.as_str()) {
            let name = tidied(attribute.key.as_str());
            if name.is_empty() {
                return false;
            }
            attribute.key = name.into();
            renamed = true;
        }
        match attribute.value {
            Value::F64(number) if !number.is_finite() => {
                attribute.value = number.to_string().into();
                Field::of(attribute.key.as_str()) == Field::Bare
            }
            _ => true,
        }
    });
    if renamed {
        last_write_wins(attributes);
    }
}

/// Leaves one attribute a key: the last value, at the place of the first.
///
/// Capture does this while it records. Spans of the OpenTelemetry SDK may carry a key twice.
pub(super) fn last_write_wins(attributes: &mut Vec<KeyValue>) {
    let mut first = HashMap::with_capacity(attributes.len());
    let places: Vec<usize> = attributes
        .iter()
        .enumerate()
        .map(|(at, attribute)| *first.entry(attribute.key.as_str()).or_insert(at))
        .collect();
    if first.len() == attributes.len() {
        return;
    }
    for (at, &place) in places.iter().enumerate() {
        attributes.swap(place, at);
    }
    let mut at = 0;
    attributes.retain(|_| {
        at += 1;
        places[at - 1] == at - 1
    });
}

/// Whether Phoenix reads the key as it is written.
pub(super) fn is_tidy(key: &str) -> bool {
    let mut before = b'.';
    for &byte in key.as_bytes() {
        if byte <= b' ' || byte >= 0x7f || byte == b'.' && before == b'.' {
            return key.split('.').all(|part| !part.is_empty() && part.trim().len() == part.len());
        }
        before = byte;
    }
    before != b'.'
}

fn tidied(key: &str) -> String {
    let parts: Vec<&str> = key.split('.').map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&'static str, i64)]) -> Vec<KeyValue> {
        pairs.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect()
    }

    #[test]
    fn names_are_written_as_phoenix_reads_them() {
        for (key, expected) in [
            ("llm.model_name", "llm.model_name"),
            (".llm", "llm"),
            ("llm.", "llm"),
            ("a..b", "a.b"),
            (" a . b ", "a.b"),
            ("two words.x", "two words.x"),
            ("naïve.käse", "naïve.käse"),
            ("\u{a0}a", "a"),
            ("...", ""),
            (" ", ""),
            ("", ""),
        ] {
            assert_eq!(is_tidy(key), key == expected && !key.is_empty(), "{key:?}");
            assert_eq!(tidied(key), expected, "{key:?}");
        }
    }

    #[test]
    fn the_last_value_stands_at_the_place_of_the_first() {
        let mut list = attributes(&[("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5), ("a", 6)]);
        last_write_wins(&mut list);
        assert_eq!(list, attributes(&[("a", 6), ("b", 5), ("c", 4)]));
    }

    #[test]
    fn numbers_that_json_does_not_have_are_dropped_or_text() {
        let mut list = vec![
            KeyValue::new("llm.cost.total", f64::NAN),
            KeyValue::new("ratio", f64::INFINITY),
            KeyValue::new("fine", 0.5),
        ];
        tidy(&mut list);
        assert_eq!(list, vec![KeyValue::new("ratio", "inf"), KeyValue::new("fine", 0.5)]);
    }
}
