//! Lists of attributes, as every stage has them.

use std::collections::HashMap;

use opentelemetry::KeyValue;

/// Stands after the fields that a span was created with, where one of them has no namespace, which is how `#[instrument]`
/// records arguments: what comes later by such a name is a word of the application. From capture to convert; never exported.
pub(crate) const ARGUMENTS: &str = "tracing_openinference.arguments";

/// Names without a namespace that applications give to what came out. A function may well have an argument of such a name:
/// then it is input as long as outputs are shown.
pub(crate) const RESULTS: [&str; 9] =
    ["answer", "completion", "completions", "generated_text", "reply", "response", "responses", "result", "results"];

/// Leaves one attribute a key: the last value, at the place of the first.
///
/// Capture does this while it records, but for spans with very many attributes; spans of the OpenTelemetry SDK may carry a
/// key twice.
pub(crate) fn last_write_wins(attributes: &mut Vec<KeyValue>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(list: &[(&'static str, i64)]) -> Vec<KeyValue> {
        list.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect()
    }

    #[test]
    fn the_last_value_stands_at_the_place_of_the_first() {
        let mut list = attributes(&[("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5), ("a", 6)]);
        last_write_wins(&mut list);
        assert_eq!(list, attributes(&[("a", 6), ("b", 5), ("c", 4)]));
    }
}
