//! The one [`Visit`]: fields of spans, records and events with their real types.

use std::{borrow::Cow, error::Error, fmt, panic::AssertUnwindSafe};

use opentelemetry::{
    Array, Key, KeyValue, StringValue, Value,
    trace::{SpanKind, Status},
};
use tracing::field::{Field, FieldSet, Visit};

use super::Hides;
use crate::attributes::ARGUMENTS;

/// Stands for a value whose `Debug` or `Display` panicked.
const UNPRINTABLE: &str = "<formatting panicked>";

/// What a set of fields says about a span.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) attributes: Vec<KeyValue>,
    pub(super) name: Option<Cow<'static, str>>,
    pub(super) kind: Option<SpanKind>,
    pub(super) status: Option<Code>,
    pub(super) status_description: Option<Cow<'static, str>>,
    pub(super) error: Option<Exception>,
}

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

impl Draft {
    pub(super) fn with_capacity(attributes: usize) -> Self {
        Self { attributes: Vec::with_capacity(attributes), ..Self::default() }
    }

    /// Notes which fields may be arguments of a function; only at creation can they be told from what is recorded later.
    pub(super) fn name_arguments(&mut self, declared: &FieldSet) {
        let bare = |name: &str| !name.contains('.');
        let count = self.attributes.iter().filter(|attribute| bare(attribute.key.as_str())).count();
        if count > 0 {
            let recorded = |name: &str| self.attributes.iter().any(|attribute| attribute.key.as_str() == name);
            let mut names = Vec::with_capacity(count);
            names.extend(
                declared
                    .iter()
                    .map(|field| field.name())
                    .filter(|name| bare(name) && recorded(name))
                    .map(StringValue::from),
            );
            self.attributes.push(KeyValue::new(ARGUMENTS, Value::Array(Array::String(names))));
        }
    }

    /// Empties the draft and keeps its room.
    pub(super) fn reset(&mut self) {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.clear();
        *self = Self { attributes, ..Self::default() };
    }

    /// `otel.status_code` and `otel.status_description` as one status; a description alone means an error, as it does in
    /// `tracing-opentelemetry`.
    pub(super) fn take_status(&mut self) -> Option<Status> {
        let description = self.status_description.take();
        match (self.status.take(), description) {
            (Some(Code::Ok), _) => Some(Status::Ok),
            (Some(Code::Error), description) => Some(Status::Error { description: description.unwrap_or_default() }),
            (None, Some(description)) => Some(Status::Error { description }),
            (None, None) => None,
        }
    }
}

/// Fills a [`Draft`].
pub(super) struct Visitor<'a> {
    draft: &'a mut Draft,
    hides: Option<&'a Hides>,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(draft: &'a mut Draft, hides: Option<&'a Hides>) -> Self {
        Self { draft, hides }
    }

    /// Hidden values are neither formatted nor kept. The key stays with an empty value: `redact` decides by the key what
    /// becomes of it, and is the only one to write the visible text.
    fn push(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        let hidden = self.hides.is_some_and(|hides| hides(field.name()));
        let value = if hidden { Value::from("") } else { value() };
        self.draft.attributes.push(KeyValue::new(Key::from_static_str(field.name()), value));
    }

    /// Whether the field is one of the `otel.*` fields that `tracing-opentelemetry` documents.
    fn special(&mut self, field: &Field, text: impl FnOnce() -> Cow<'static, str>) -> bool {
        match field.name() {
            "otel.name" => self.draft.name = Some(text()),
            "otel.kind" => self.draft.kind = span_kind(&text()),
            "otel.status_code" => self.draft.status = code(&text()),
            "otel.status_description" => self.draft.status_description = Some(text()),
            _ => return false,
        }
        true
    }
}

impl Visit for Visitor<'_> {
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
        if !(is_special(field) && self.special(field, || Cow::Owned(value.to_owned()))) {
            self.push(field, || Value::from(value.to_owned()));
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
        let message = display(value);
        if is_special(field) && self.special(field, || Cow::Owned(message.clone())) {
            return;
        }
        self.draft.error = Some(Exception { chain: chain(value.source()), message });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !(is_special(field) && self.special(field, || Cow::Owned(debug(value)))) {
            self.push(field, || Value::from(debug(value)));
        }
    }
}

fn is_special(field: &Field) -> bool {
    field.name().starts_with("otel.")
}

/// `OTel` knows one integer type; what does not fit stays exact as text.
fn integer<T: TryInto<i64> + fmt::Display + Copy>(value: T) -> Value {
    value.try_into().map_or_else(|_| Value::from(value.to_string()), Value::I64)
}

/// A panic in user code must not become a panic that the application would not have had without us.
pub(super) fn debug(value: &dyn fmt::Debug) -> String {
    catch(|| format!("{value:?}"))
}

fn display(value: &(dyn Error + 'static)) -> String {
    catch(|| value.to_string())
}

fn catch(format: impl FnOnce() -> String) -> String {
    std::panic::catch_unwind(AssertUnwindSafe(format)).unwrap_or_else(|_| UNPRINTABLE.to_owned())
}

/// The source of an error and its sources, one a line, as `exception.stacktrace` shows them. `None` when there is none.
pub(super) fn chain(source: Option<&(dyn Error + 'static)>) -> Option<String> {
    // An error can be its own source by mistake; a chain that long says nothing anyway.
    const LONGEST: usize = 64;
    let sources: Vec<String> =
        std::iter::successors(source, |&error| error.source()).take(LONGEST).map(display).collect();
    (!sources.is_empty())
        .then(|| sources.iter().map(|source| format!("caused by: {source}")).collect::<Vec<_>>().join("\n"))
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
