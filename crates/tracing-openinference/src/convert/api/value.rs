use std::ops::BitOr;

use openinference_semconv::Indexed;
use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;

use super::{Body, Object, Sight, Written, media, parameters, response};
use crate::convert::field::Side;
use crate::redact::Policy;
use crate::repeated::{Contents, Marks, Repeated};

/// Writes the whole of a request or response as `input.value` or `output.value`.
///
/// Nothing goes in that nobody sees: where some of `repeated.whole` is hidden there is no value at all, and of
/// `repeated.parts` what is hidden is taken out. Of a value that is hidden itself a trace is left, as the setters leave it.
/// The bytes of media stand in the messages alone.
pub(super) fn write(out: &mut Written, side: Side, mut body: Body, sight: &impl Sight, mut repeated: Repeated) {
    let key = side.value();
    if !sight.sees(key) {
        out.put(key, "");
        return;
    }
    let hidden = sight.hidden(key);
    if repeated.whole.intersects(hidden) || body.json.is_null() {
        return;
    }
    body.changed |= take_out(&mut body.json, side, repeated.parts.and(hidden));
    repeated.parts = repeated.parts.without(hidden);
    out.marks.set(key, repeated);
    if let Json::String(text) = &mut body.json {
        out.put(key, std::mem::take(text));
        return;
    }
    body.changed |= media::take_out(&mut body.json);
    out.json_value(key, side.mime_type(), body.into_text());
}

/// Takes off the marks that capture has left, and of the values that have one what `policy` hides elsewhere on the span: it may
/// not be the policy under which they were written.
pub(crate) fn settle(attributes: &mut Vec<KeyValue>, policy: &Policy) {
    let marks = Marks::take(attributes);
    let hidden = policy.hidden_contents();
    if marks.is_empty() || hidden == Contents::NONE {
        return;
    }
    for side in [Side::Input, Side::Output] {
        let Repeated { whole, parts } = marks.of(side.value());
        if policy.hides(side.value()) || !whole.or(parts).intersects(hidden) {
            continue;
        }
        let Some(value) = attributes.iter_mut().find(|attribute| attribute.key.as_str() == side.value()) else {
            continue;
        };
        let left = if whole.intersects(hidden) { None } else { without(&value.value, side, parts.and(hidden)) };
        match left {
            Some(left) => value.value = left.into(),
            None => attributes.retain(|other| ![side.value(), side.mime_type()].contains(&other.key.as_str())),
        }
    }
}

/// The JSON without some parts; `None` if it cannot be read.
fn without(value: &Value, side: Side, parts: Contents) -> Option<String> {
    let Value::String(text) = value else { return None };
    let mut json = serde_json::from_str(text.as_str()).ok()?;
    let changed = take_out(&mut json, side, parts);
    Some(if changed { json.to_string() } else { text.as_str().to_owned() })
}

/// Takes out of a request its tools and parameters, and of a response what it repeats of the request. Says whether there was
/// any.
fn take_out(json: &mut Json, side: Side, parts: Contents) -> bool {
    let from = |object: &mut Object| match side {
        Side::Input => {
            // Descriptions of tools are found among the parameters as well.
            let tools = parts.intersects(Contents::TOOLS) && parameters::take_out_tools(object);
            parameters::take_out(object) || tools
        }
        Side::Output => response::take_out_repeated(object),
    };
    match json {
        _ if parts == Contents::NONE => false,
        Json::Object(object) => from(object),
        // What is a list and no answer has its whole content under one mark.
        Json::Array(items) => items.iter_mut().filter_map(Json::as_object_mut).map(from).fold(false, BitOr::bitor),
        _ => false,
    }
}

/// The field of the first element of a list whose elements have no other content.
pub(super) fn first(list: &str, field: &str) -> String {
    Indexed::new(list, 0).key(field)
}
