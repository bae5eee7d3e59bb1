//! The one [`Visit`]: fields of spans, records and events with their real types.

use std::{error::Error, fmt, panic::AssertUnwindSafe};

use openinference_semconv::keys;
use opentelemetry::{Value, trace::SpanKind};
use tracing::field::{Field, Visit};

use super::{Outlook, outlook::Judge};

/// Stands for a value whose `Debug` or `Display` panicked.
const UNPRINTABLE: &str = "<formatting panicked>";

/// `otel.status_code`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Ok,
    Error,
}

/// A `dyn Error` that was recorded as a field.
pub(super) struct Exception {
    pub(super) message: String,
    /// The chain of sources, outermost first, one a line.
    pub(super) chain: Option<String>,
}

impl Exception {
    pub(super) fn of<E: Error + ?Sized>(error: &E) -> Self {
        Self { message: display(error), chain: chain(error) }
    }
}

/// One of the `otel.*` fields that `tracing-opentelemetry` documents.
pub(super) enum Special {
    Name(String),
    Kind(Option<SpanKind>),
    Code(Option<Code>),
    Description(String),
}

/// Where fields go. No method is called while a value is being formatted.
pub(super) trait Place {
    /// `tells` is whether the stages have to see the value.
    fn attribute(&mut self, key: &'static str, value: Value, tells: bool);

    fn special(&mut self, special: Special);

    fn error(&mut self, exception: Exception);
}

/// Gives fields to a [`Place`].
pub(super) struct Visitor<'a, P> {
    place: P,
    judge: Option<Judge<'a>>,
}

impl<'a, P: Place> Visitor<'a, P> {
    pub(super) fn new(place: P, judge: Option<Judge<'a>>) -> Self {
        Self { place, judge }
    }

    /// Hidden values are neither formatted nor kept. The key stays with an empty value: `redact` decides by the key what
    /// becomes of it, and is the only one to write the visible text.
    fn push(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        let outlook = self.judge.map_or(Outlook::Telling, |judge| judge.field(field.name()));
        let value = if outlook == Outlook::Hidden { Value::from("") } else { value() };
        let tells = self.judge.is_none_or(|judge| judge.tells(outlook, field.name(), &value));
        self.place.attribute(field.name(), value, tells);
    }

    fn special(&mut self, field: &Field, text: impl FnOnce() -> String) -> bool {
        let special = match field.name() {
            "otel.name" => Special::Name(text()),
            "otel.kind" => Special::Kind(span_kind(&text())),
            "otel.status_code" => Special::Code(code(&text())),
            "otel.status_description" => Special::Description(text()),
            _ => return false,
        };
        self.place.special(special);
        true
    }
}

impl<P: Place> Visit for Visitor<'_, P> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, || Value::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, || Value::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, || integer(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.push(field, || integer(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.push(field, || integer(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, || Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !(is_special(field) && self.special(field, || value.to_owned())) {
            self.push(field, || wire_kind(field, value).map_or_else(|| Value::from(value.to_owned()), Value::from));
        }
    }

    /// Text where the bytes are text, hexadecimal where not: Phoenix drops a span that carries a bytes attribute.
    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.push(field, || match std::str::from_utf8(value) {
            Ok(text) => Value::from(text.to_owned()),
            Err(_) => Value::from(hexadecimal(value)),
        });
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if !(is_special(field) && self.special(field, || display(value))) {
            self.place.error(Exception::of(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !(is_special(field) && self.special(field, || debug(value))) {
            self.push(field, || Value::from(debug(value)));
        }
    }
}

/// Nearly every span has a kind, and there are a dozen of them: no copy is made of one.
fn wire_kind(field: &Field, value: &str) -> Option<&'static str> {
    if field.name() != keys::OPENINFERENCE_SPAN_KIND {
        return None;
    }
    openinference_semconv::SpanKind::ALL.iter().map(|kind| kind.as_str()).find(|kind| *kind == value)
}

fn is_special(field: &Field) -> bool {
    field.name().starts_with("otel.")
}

/// `OTel` knows one integer type; what does not fit stays exact as text.
fn integer<T: TryInto<i64> + fmt::Display + Copy>(value: T) -> Value {
    value.try_into().map_or_else(|_| Value::from(value.to_string()), Value::I64)
}

fn debug(value: &dyn fmt::Debug) -> String {
    text(|| format!("{value:?}"))
}

fn display<E: Error + ?Sized>(error: &E) -> String {
    text(|| error.to_string())
}

fn text(format: impl FnOnce() -> String) -> String {
    caught(format).unwrap_or_else(|| UNPRINTABLE.to_owned())
}

/// A panic in user code must not become a panic that the application would not have had without us.
fn caught<T>(code: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(code)).ok()
}

/// The source of an error and its sources, one a line, as `exception.stacktrace` shows them. `None` when there is none.
fn chain<E: Error + ?Sized>(error: &E) -> Option<String> {
    // An error can be its own source by mistake; a chain that long says nothing anyway.
    const LONGEST: usize = 64;
    let first = caught(|| error.source()).flatten();
    let sources = std::iter::successors(first, |&error| caught(|| error.source()).flatten());
    let lines: Vec<String> = sources.take(LONGEST).map(|error| format!("caused by: {}", display(error))).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn span_kind(text: &str) -> Option<SpanKind> {
    const KINDS: [(&str, SpanKind); 5] = [
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
    ];
    KINDS.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, kind)| kind)
}

fn code(text: &str) -> Option<Code> {
    if text.eq_ignore_ascii_case("ok") {
        Some(Code::Ok)
    } else if text.eq_ignore_ascii_case("error") {
        Some(Code::Error)
    } else {
        None
    }
}
