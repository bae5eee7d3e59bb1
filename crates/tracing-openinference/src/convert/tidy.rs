use opentelemetry::{KeyValue, Value};

use crate::attributes::last_write_wins;

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
