use std::borrow::Cow;

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as ProtoKeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

use super::size;

/// Says on the span itself how many bytes of its content were cut.
const REDUCED: &str = "tracing_openinference.reduced_bytes";

/// No value that is this short is cut: what is left would tell nothing.
const SHORTEST: usize = 128;

/// The least run of base64 that is taken for an encoded file.
const ENCODED_FILE: usize = 1 << 10;

/// Cuts the content of a span until its size is at most `target`: images and other encoded files first, then the
/// longest texts, each at its end and with a mark. If that is not enough, the last attributes and the events go.
///
/// Returns whether it was whole before.
pub(super) fn span(span: &mut SpanData, target: usize) -> bool {
    let earlier = span.attributes.iter().position(|attribute| attribute.key.as_str() == REDUCED);
    let earlier = match earlier.map(|at| span.attributes.remove(at).value) {
        Some(Value::I64(cut)) => Some(cut),
        _ => None,
    };
    let before = size::bound(span);
    let target = target.saturating_sub(32 + REDUCED.len());
    shorten(&mut texts(span), before.saturating_sub(target));
    while size::bound(span) > target && drop_half(&mut span.attributes, &mut span.dropped_attributes_count) {}
    while size::bound(span) > target && drop_half(&mut span.events.events, &mut span.events.dropped_count) {}
    while size::bound(span) > target && drop_half(&mut span.links.links, &mut span.links.dropped_count) {}
    let cut = before.saturating_sub(size::bound(span));
    span.attributes.push(KeyValue::new(REDUCED, together(earlier, cut)));
    earlier.is_none()
}

fn together(earlier: Option<i64>, cut: usize) -> i64 {
    earlier.unwrap_or(0).saturating_add(i64::try_from(cut).unwrap_or(i64::MAX))
}

/// The same for a span that is encoded already. Returns whether anything could be cut.
pub(super) fn encoded_span(span: &mut Span, target: usize) -> bool {
    let earlier = cut_before(span);
    let before = span.encoded_len();
    shorten(&mut encoded_texts(span), before.saturating_sub(target));
    while span.encoded_len() > target && drop_half(&mut span.attributes, &mut span.dropped_attributes_count) {}
    while span.encoded_len() > target && drop_half(&mut span.events, &mut span.dropped_events_count) {}
    let cut = before.saturating_sub(span.encoded_len());
    if cut > 0 {
        let value = Some(AnyValue { value: Some(any_value::Value::IntValue(together(earlier, cut))) });
        span.attributes.retain(|attribute| attribute.key != REDUCED);
        span.attributes.push(ProtoKeyValue { key: REDUCED.to_owned(), value, ..ProtoKeyValue::default() });
    }
    cut > 0
}

/// What was cut of it before, if it is not whole.
pub(super) fn cut_before(span: &Span) -> Option<i64> {
    let mark = span.attributes.iter().find(|attribute| attribute.key == REDUCED)?;
    match mark.value.as_ref()?.value.as_ref()? {
        any_value::Value::IntValue(cut) => Some(*cut),
        _ => None,
    }
}

/// A text of a span that may be replaced by a shorter one.
trait Text {
    fn text(&self) -> &str;
    fn replace(&mut self, text: String);
}

impl Text for StringValue {
    fn text(&self) -> &str {
        self.as_str()
    }
    fn replace(&mut self, text: String) {
        *self = text.into();
    }
}

impl Text for Cow<'static, str> {
    fn text(&self) -> &str {
        self
    }
    fn replace(&mut self, text: String) {
        *self = text.into();
    }
}

impl Text for String {
    fn text(&self) -> &str {
        self
    }
    fn replace(&mut self, text: String) {
        *self = text;
    }
}

fn texts(span: &mut SpanData) -> Vec<&mut dyn Text> {
    let mut found: Vec<&mut dyn Text> = vec![&mut span.name];
    if let Status::Error { description } = &mut span.status {
        found.push(description);
    }
    let mut attributes: Vec<&mut KeyValue> = span.attributes.iter_mut().collect();
    for event in &mut span.events.events {
        found.push(&mut event.name);
        attributes.extend(&mut event.attributes);
    }
    attributes.extend(span.links.links.iter_mut().flat_map(|link| &mut link.attributes));
    for attribute in attributes {
        match &mut attribute.value {
            Value::String(text) => found.push(text),
            Value::Array(Array::String(texts)) => found.extend(texts.iter_mut().map(|text| text as &mut dyn Text)),
            _ => {}
        }
    }
    found
}

fn encoded_texts(span: &mut Span) -> Vec<&mut dyn Text> {
    let mut found: Vec<&mut dyn Text> = vec![&mut span.name];
    found.extend(span.status.as_mut().map(|status| &mut status.message as &mut dyn Text));
    let mut attributes: Vec<&mut ProtoKeyValue> = span.attributes.iter_mut().collect();
    for event in &mut span.events {
        found.push(&mut event.name);
        attributes.extend(&mut event.attributes);
    }
    attributes.extend(span.links.iter_mut().flat_map(|link| &mut link.attributes));
    let mut values: Vec<&mut AnyValue> =
        attributes.into_iter().filter_map(|attribute| attribute.value.as_mut()).collect();
    while let Some(value) = values.pop() {
        match &mut value.value {
            Some(any_value::Value::StringValue(text)) => found.push(text),
            Some(any_value::Value::ArrayValue(array)) => values.extend(&mut array.values),
            Some(any_value::Value::KvlistValue(list)) => {
                values.extend(list.values.iter_mut().filter_map(|entry| entry.value.as_mut()));
            }
            _ => {}
        }
    }
    found
}

/// Takes `excess` bytes out of these texts, if there are that many.
fn shorten(texts: &mut [&mut dyn Text], excess: usize) {
    let mut left = excess;
    texts.sort_by_key(|text| std::cmp::Reverse(text.text().len()));
    for text in texts.iter_mut() {
        if left == 0 {
            return;
        }
        if let Some(shorter) = without_files(text.text()) {
            left = left.saturating_sub(text.text().len() - shorter.len());
            text.replace(shorter);
        }
    }
    if left == 0 {
        return;
    }
    let lengths: Vec<usize> = texts.iter().map(|text| text.text().len()).collect();
    let level = level(lengths, left);
    for text in texts.iter_mut().filter(|text| text.text().len() > level) {
        let shorter = cut(text.text(), level);
        text.replace(shorter);
    }
}

/// The length to which the longest texts have to come down so that together they lose `excess` bytes.
fn level(mut lengths: Vec<usize>, mut excess: usize) -> usize {
    lengths.sort_unstable_by_key(|&length| std::cmp::Reverse(length));
    for (place, &length) in lengths.iter().enumerate() {
        let next = lengths.get(place + 1).copied().unwrap_or(0).max(SHORTEST);
        let gain = length.saturating_sub(next) * (place + 1);
        if gain >= excess {
            return length - excess.div_ceil(place + 1);
        }
        excess -= gain;
    }
    SHORTEST
}

/// The text cut to `length` bytes, the mark included.
fn cut(text: &str, length: usize) -> String {
    let mark = format!("… [cut: {} bytes]", text.len() - length);
    let mut end = length.saturating_sub(mark.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", &text[..end])
}

/// The text with a mark in the place of every base64-encoded file, if it holds any.
fn without_files(text: &str) -> Option<String> {
    let mut shorter = String::new();
    let mut kept = 0;
    for (start, end) in encoded_runs(text) {
        shorter.push_str(&text[kept..start]);
        shorter.push_str(&format!("[cut: {} bytes of base64]", end - start));
        kept = end;
    }
    (kept > 0).then(|| shorter + &text[kept..])
}

/// Where base64 goes on for longer than any word does. Its beginning has digits, upper and lower case, as words have not.
///
/// A run that long covers one of every [`ENCODED_FILE`] bytes, so of a text few bytes are looked at: this runs in the
/// thread that ends the span.
fn encoded_runs(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let mut runs = Vec::new();
    // No run that is wanted begins before `start`, and none reaches across it.
    let mut start = 0;
    while let Some(probe) = bytes.get(start..start + ENCODED_FILE) {
        if let Some(gap) = probe.iter().rposition(|byte| !in_alphabet(byte)) {
            start += gap + 1;
            continue;
        }
        let rest = &bytes[start + ENCODED_FILE..];
        let end = bytes.len() - rest.len() + rest.iter().position(|byte| !in_alphabet(byte)).unwrap_or(rest.len());
        let is_mixed = probe.iter().any(u8::is_ascii_uppercase)
            && probe.iter().any(u8::is_ascii_lowercase)
            && probe.iter().any(u8::is_ascii_digit);
        if is_mixed {
            runs.push((start, end));
        }
        start = end;
    }
    runs
}

fn drop_half<T>(items: &mut Vec<T>, dropped: &mut u32) -> bool {
    let keep = items.len() / 2;
    *dropped = dropped.saturating_add(u32::try_from(items.len() - keep).unwrap_or(u32::MAX));
    let any = !items.is_empty();
    items.truncate(keep);
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_file_is_found_wherever_it_is_and_words_are_not() {
        let file = "aB3+".repeat(ENCODED_FILE / 4);
        let words = "so much text, ".repeat(500);
        let short = &file[1..];
        let befores =
            ["", " ", "data:image/png;base64,", &words, &words[..1023], &words[..1024], &words[..1025], short];
        for before in befores {
            for after in ["", " and so on", &words, "\u{e9}"] {
                let text = format!("{before} {file}{after}");
                let [(start, end)] = encoded_runs(&text)[..] else { panic!("{before:.20} {after:.20}") };
                assert!(text[start..end].contains(&file), "{before:.20} {after:.20}");
            }
        }
        let lower = "a".repeat(4 * ENCODED_FILE);
        for text in ["", short, &words, &lower, &format!("{short} {short} {lower}")] {
            assert_eq!(encoded_runs(text), [], "{text:.20}");
        }
        let two = format!("{file}{file}.{file}");
        assert_eq!(encoded_runs(&two), [(0, 2 * file.len()), (2 * file.len() + 1, two.len())]);
    }
}
