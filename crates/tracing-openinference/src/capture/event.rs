//! Which `tracing` events mean something to a span: an error, a return value, or what the user asked to keep.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    KeyValue, Value,
    trace::{Event, Status},
};
use tracing::{Level, Metadata, level_filters::LevelFilter};

use super::{
    open::Open,
    visit::{Exception, Place, Special},
};
use crate::convert::{content_only, is_message, may_tell_content};

/// The field of the event that `#[instrument(ret)]` emits; `convert` makes it the span's output.
pub(super) const RETURN: &str = "return";
/// The name of the events that errors become.
pub(super) const EXCEPTION: &str = "exception";
const ERROR: &str = "error";
const MESSAGE: &str = "message";

/// What is done with an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The value that a function returned.
    Return,
    /// The error that a function returned, at a level of its choice.
    Err,
    /// The span failed.
    Error,
    /// Exported as it is, because the user asked for its level.
    Plain,
    /// Kept for `convert`, which makes attributes of it: a part of a conversation that a library tells in events.
    Content,
}

/// Whether a returned value says nothing good: with `ret` and without `err` an `Err` is a value like any other. A hidden
/// one was not looked at.
pub(super) fn is_failure(returned: &str) -> bool {
    returned.is_empty() || returned.starts_with("Err(")
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
        (Some(ERROR), None) => Some(Meaning::Err),
        _ if *metadata.level() <= events => Some(Meaning::Plain),
        _ => {
            let names = fields.iter().map(|field| field.name());
            may_tell_content(metadata.name(), names).then_some(Meaning::Content)
        }
    }
}

impl Meaning {
    /// What the event means for the span that it is going to be written to. Where a function's own span is refused, what
    /// the function returns must not become the output or the failure of the span around it. `#[instrument]` gives its
    /// events the place in the source that its span has.
    pub(super) fn on(self, span: &Metadata<'_>, event: &Metadata<'_>, events: LevelFilter) -> Option<Self> {
        let own = span.line() == event.line() && span.file() == event.file();
        match self {
            Self::Err if own => Some(Self::Error),
            Self::Return | Self::Err if !own => (*event.level() <= events).then_some(Self::Plain),
            meaning => Some(meaning),
        }
    }
}

/// The fields of an event, read before the span is locked.
#[derive(Default)]
pub(super) struct Fields {
    attributes: Vec<KeyValue>,
    error: Option<Exception>,
}

impl Place for &mut Fields {
    fn attribute(&mut self, key: &'static str, value: Value, _: bool) {
        self.attributes.push(KeyValue::new(key, value));
    }

    /// The `otel.*` fields speak of spans.
    fn special(&mut self, _special: Special) {}

    fn error(&mut self, exception: Exception) {
        self.error = Some(exception);
    }
}

impl Fields {
    /// Writes the event to the span it belongs to. `plain` says that the user asked for events of its level.
    pub(super) fn apply(mut self, open: &mut Open, meaning: Meaning, name: &'static str, plain: bool) {
        let now = SystemTime::now();
        open.touch();
        open.tells = true;
        match meaning {
            Meaning::Return => {
                for attribute in self.attributes {
                    open.set(attribute.key, attribute.value);
                }
            }
            Meaning::Error | Meaning::Err => {
                let (message, chain) = self.error_text();
                open.set_status(Status::error(message.clone()));
                let mut event = exception(None, message, chain, now);
                if plain {
                    event.attributes.append(&mut self.attributes);
                }
                open.add_event(event);
            }
            Meaning::Plain => {
                // A part of a conversation is told by its name, and its message is what was said.
                let message = if is_message(name, &self.attributes) { None } else { self.take(MESSAGE) };
                let name = message.map_or(Cow::Borrowed(name), Cow::Owned);
                if let Some(Exception { message, chain }) = self.error {
                    self.attributes.append(&mut exception(None, message, chain, now).attributes);
                }
                open.add_event(Event::new(name, now, self.attributes, 0));
            }
            Meaning::Content => {
                if let Some(event) = content_only(Event::new(name, now, self.attributes, 0)) {
                    open.add_event(event);
                }
            }
        }
    }

    /// `error!(error = %e, "failed to ask the model")` reads as "failed to ask the model: e".
    fn error_text(&mut self) -> (String, Option<String>) {
        let (error, chain) = match self.error.take() {
            Some(error) => (Some(error.message), error.chain),
            None => (self.take(ERROR), None),
        };
        let text = match (self.take(MESSAGE), error) {
            (Some(message), Some(error)) => format!("{message}: {error}"),
            (Some(text), None) | (None, Some(text)) => text,
            (None, None) => self.scalars(),
        };
        (text, chain)
    }

    /// An event without a message has only its fields to tell: `code=503`. No texts: they may be whole request bodies,
    /// which nobody would look for in the description of an error.
    fn scalars(&self) -> String {
        let scalar = |field: &&KeyValue| matches!(field.value, Value::Bool(_) | Value::I64(_) | Value::F64(_));
        let text = |field: &KeyValue| format!("{}={}", field.key, field.value);
        self.attributes.iter().filter(scalar).map(text).collect::<Vec<_>>().join(" ")
    }

    fn take(&mut self, key: &str) -> Option<String> {
        let place = self.attributes.iter().position(|attribute| attribute.key.as_str() == key)?;
        Some(self.attributes.remove(place).value.to_string())
    }
}

/// An exception event as the `OTel` conventions have it. Phoenix keeps these keys of it and no others.
pub(super) fn exception(
    kind: Option<Cow<'static, str>>,
    message: String,
    chain: Option<String>,
    now: SystemTime,
) -> Event {
    let mut attributes = Vec::with_capacity(3);
    if let Some(kind) = kind {
        attributes.push(KeyValue::new("exception.type", kind));
    }
    attributes.push(KeyValue::new("exception.message", message));
    if let Some(chain) = chain {
        attributes.push(KeyValue::new("exception.stacktrace", chain));
    }
    Event::new(EXCEPTION, now, attributes, 0)
}
