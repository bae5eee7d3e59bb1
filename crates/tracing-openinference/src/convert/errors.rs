//! Failures that a span tells in attributes only.

use openinference_semconv::keys;
use opentelemetry::trace::{Event, SpanKind as Direction, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::json;
use super::write::{position, text};
use super::{Conversion, Dialect};

pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

/// <https://opentelemetry.io/docs/specs/semconv/attributes-registry/error/>
const ERROR_TYPE: &str = "error.type";
const ERROR_MESSAGE: &str = "error.message";
/// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>; the second is its name before 1.21.
const HTTP_STATUS: [&str; 2] = ["http.response.status_code", "http.status_code"];
const EXCEPTION: &str = "exception";

/// The type of an error that nobody knows the type of, from the same registry.
pub(super) const OTHER: &str = "_OTHER";

fn speaks(key: &str) -> bool {
    key == ERROR_TYPE || HTTP_STATUS.contains(&key)
}

fn translate(span: &mut SpanData, _: &Conversion) {
    if let Some(kind) = text(&span.attributes, ERROR_TYPE).map(String::from) {
        let message = text(&span.attributes, ERROR_MESSAGE).map(String::from);
        fail(span, kind, message.unwrap_or_default());
    } else if let Some(code) = failed_request(span) {
        fail(span, code.to_string(), format!("HTTP status {code}"));
    }
}

/// A server answers for its own failures only, a client for whatever did not work out.
fn failed_request(span: &SpanData) -> Option<i64> {
    let code = HTTP_STATUS.iter().find_map(|key| position(&span.attributes, key))?;
    let code = match &span.attributes[code].value {
        Value::I64(code) => *code,
        other => json::text(other).trim().parse().ok()?,
    };
    let least = if span.span_kind == Direction::Client { 400 } else { 500 };
    (least..600).contains(&code).then_some(code)
}

/// Gives the span the status of a failure and the event that tells it, so far as it has not got them. A span that says
/// it is well knows better.
pub(super) fn fail(span: &mut SpanData, kind: String, message: String) {
    let description = if message.is_empty() { kind.clone() } else { message.clone() };
    match &mut span.status {
        Status::Ok => return,
        Status::Error { description: said } if said.is_empty() => *said = description.into(),
        Status::Error { .. } => {}
        status @ Status::Unset => *status = Status::Error { description: description.into() },
    }
    if span.events.iter().any(|event| event.name == EXCEPTION) {
        return;
    }
    let mut attributes = vec![KeyValue::new(keys::EXCEPTION_TYPE, kind)];
    if !message.is_empty() {
        attributes.push(KeyValue::new(keys::EXCEPTION_MESSAGE, message));
    }
    span.events.events.push(Event::new(EXCEPTION, span.end_time, attributes, 0));
}
