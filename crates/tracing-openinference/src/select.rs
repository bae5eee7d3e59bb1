//! Stage 4: keep the finished span, or drop it; and keep of its attributes what the limits allow.
//!
//! It runs last, on the converted and redacted span: a rule sees what would be sent, and a value that was cut was redacted
//! whole before.

use std::fmt;

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;

mod limits;

pub(crate) use self::limits::Limits;

/// Decides whether a finished span is exported.
///
/// # When it is called
///
/// Once for each span, and with several [backends](crate::Backend) once for each policy, after conversion and redaction; on
/// the thread that closed the span when the policy hides anything or somebody set a limit for images, else on the export
/// thread. Spans that were already sent keep a dropped span as their parent: a rule is for leaves and whole requests; to
/// leave out a span in the middle of a trace use the target filter, which re-parents its children.
///
/// A rule that panics keeps the span.
pub trait Select: Send + Sync {
    /// Whether `span` is exported.
    fn keep(&self, span: &SpanData) -> bool;
}

/// A closure keeps the spans for which it returns `true`.
impl<F> Select for F
where
    F: Fn(&SpanData) -> bool + Send + Sync,
{
    fn keep(&self, span: &SpanData) -> bool {
        self(span)
    }
}

/// Drops the spans for which a closure returns `true`.
pub(crate) struct DropSpans<F>(pub(crate) F);

impl<F> Select for DropSpans<F>
where
    F: Fn(&SpanData) -> bool + Send + Sync,
{
    fn keep(&self, span: &SpanData) -> bool {
        !(self.0)(span)
    }
}

/// The text of an attribute of a span; `None` when it is absent or not text.
///
/// ```
/// # let _ =
/// tracing_openinference::builder()
///     .drop_spans(|span| tracing_openinference::attribute(span, "http.route") == Some("/health"));
/// ```
#[must_use]
pub fn attribute<'a>(span: &'a SpanData, key: &str) -> Option<&'a str> {
    // The last write wins, should a key stand twice.
    let attribute = span.attributes.iter().rev().find(|attribute| attribute.key.as_str() == key)?;
    match &attribute.value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    }
}

impl fmt::Debug for dyn Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Select")
    }
}
