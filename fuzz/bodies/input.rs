//! Bytes as a span: a line for each attribute, `key=value`.

use std::collections::HashSet;
use std::time::UNIX_EPOCH;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

/// The attributes that the lines give, without those that `leave_out` says. A key is never there twice.
pub(crate) fn attributes(lines: &str, leave_out: impl Fn(&str) -> bool) -> Vec<KeyValue> {
    let mut seen = HashSet::new();
    let pairs = lines.split('\n').filter_map(|line| line.split_once('='));
    let pairs = pairs.filter(|(key, _)| !leave_out(key) && seen.insert(*key));
    pairs.map(|(key, text)| KeyValue::new(key.to_owned(), value(text))).collect()
}

/// `#7` is a number, `~0.5` a float, `?` is true, `|a|b` a list, and everything else text.
fn value(text: &str) -> Value {
    match text.as_bytes() {
        [b'#', digits @ ..] if !digits.is_empty() => text[1..].parse().map_or_else(|_| plain(text), Value::I64),
        [b'~', digits @ ..] if !digits.is_empty() => text[1..].parse().map_or_else(|_| plain(text), Value::F64),
        [b'?'] => Value::Bool(true),
        [b'|', ..] => Value::Array(Array::String(text[1..].split('|').map(|part| part.to_owned().into()).collect())),
        _ => plain(text),
    }
}

fn plain(text: &str) -> Value {
    Value::String(StringValue::from(text.to_owned()))
}

pub(crate) fn span(name: String, attributes: Vec<KeyValue>) -> SpanData {
    SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}
