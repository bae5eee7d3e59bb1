//! Which `tracing` events mean something to a span: an error, a return value, or what the user asked to keep.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{Event, Status},
};
use tracing::{Level, Metadata, level_filters::LevelFilter};

use super::{open::Open, visit::Draft};

/// The field of the event that `#[instrument(ret)]` emits; `convert` makes it the span's output.
pub(super) const RETURN: &str = "return";
const ERROR: &str = "error";
const MESSAGE: &str = "message";

/// What is done with an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The value that a function returned.
    Return,
    /// The span failed.
    Error,
    /// Exported as it is, because the user asked for its level.
    Plain,
}

/// Decided from the call site alone, so that an event that means nothing costs a look at its field names.
pub(super) fn meaning(metadata: &Metadata<'_>, events: LevelFilter) -> Option<Meaning> {
    let fields = metadata.fields();
    if *metadata.level() == Level::ERROR {
        return Some(Meaning::Error);
    }
    let mut names = fields.iter().map(|field| field.name());
    match (names.next(), names.next()) {
        // The shapes that `#[instrument(ret)]` and `#[instrument(err(level = ..))]` emit: this field and nothing else.
        (Some(RETURN), None) => Some(Meaning::Return),
        (Some(ERROR), None) => Some(Meaning::Error),
        _ => (*metadata.level() <= events).then_some(Meaning::Plain),
    }
}

/// Writes an event to the span it belongs to.
pub(super) fn apply(open: &mut Open, meaning: Meaning, name: &'static str, draft: &mut Draft, now: SystemTime) {
    open.last_activity = now;
    match meaning {
        Meaning::Return => {
            for attribute in draft.attributes.drain(..) {
                open.set(attribute.key, attribute.value);
            }
        }
        Meaning::Error => {
            let (message, chain) = error_text(draft);
            open.set_status(Status::Error { description: message.clone().into() });
            open.add_event(exception(None, message, chain, now));
        }
        Meaning::Plain => {
            let message = take(&mut draft.attributes, MESSAGE);
            let name: Cow<'static, str> = message.map_or(Cow::Borrowed(name), Cow::Owned);
            open.add_event(Event::new(name, now, std::mem::take(&mut draft.attributes), 0));
        }
    }
}

/// An exception event as the `OTel` conventions have it. Phoenix keeps these keys of it and no others.
pub(super) fn exception(kind: Option<&'static str>, message: String, chain: Option<String>, now: SystemTime) -> Event {
    let mut attributes = Vec::with_capacity(3);
    if let Some(kind) = kind {
        attributes.push(KeyValue::new("exception.type", kind));
    }
    attributes.push(KeyValue::new("exception.message", message));
    if let Some(chain) = chain {
        attributes.push(KeyValue::new("exception.stacktrace", chain));
    }
    Event::new("exception", now, attributes, 0)
}

/// `error!(error = %e, "failed to ask the model")` reads as "failed to ask the model: e".
fn error_text(draft: &mut Draft) -> (String, Option<String>) {
    let (error, chain) = match draft.error.take() {
        Some(error) => (Some(error.message), error.chain),
        None => (take(&mut draft.attributes, ERROR), None),
    };
    let text = match (take(&mut draft.attributes, MESSAGE), error) {
        (Some(message), Some(error)) => format!("{message}: {error}"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => String::new(),
    };
    (text, chain)
}

fn take(attributes: &mut Vec<KeyValue>, key: &str) -> Option<String> {
    let place = attributes.iter().position(|attribute| attribute.key.as_str() == key)?;
    Some(attributes.remove(place).value.to_string())
}
