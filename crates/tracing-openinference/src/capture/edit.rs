//! Reaching the record of a span from `tracing::Span`: what the extension trait is built on.
//!
//! Values are made first, with no lock held, then written in one go.

use std::borrow::Cow;

use opentelemetry::{
    KeyValue,
    trace::{Event, SpanContext, Status},
};
use tracing::Span;
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::{
    Core, Hides,
    open::{Open, Settled},
    slots::Slots,
};

/// A change to a span that is still open, as plain data: no code of the application runs while a lock is held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edit {
    /// Lists to empty first, so that a shorter one leaves nothing of a longer one before it.
    pub(crate) replaces: Vec<&'static str>,
    /// Attributes to set; the last write of a key wins.
    pub(crate) attributes: Vec<KeyValue>,
    /// A status; `Ok` is final, a later error replaces an earlier one.
    pub(crate) status: Option<Status>,
    /// An event to add.
    pub(crate) event: Option<Event>,
    /// A new name.
    pub(crate) name: Option<Cow<'static, str>>,
    /// A span to link to.
    pub(crate) link: Option<SpanContext>,
}

/// The layers of ours that record a span.
pub(crate) struct Audience {
    // What the first of them hides; `None` when some layer hides nothing. No list, and so no allocation, for one layer.
    first: Option<Hides>,
    rest: Vec<Hides>,
}

impl Audience {
    /// Whether at least one of them lets the values of `key` through.
    pub(crate) fn sees(&self, key: &str) -> bool {
        match &self.first {
            None => true,
            Some(first) => !first(key) || self.rest.iter().any(|hides| !hides(key)),
        }
    }
}

/// Who records `span`; `None` if nobody does.
pub(crate) fn audience(span: &Span) -> Option<Audience> {
    let mut audience: Option<Audience> = None;
    each(span, |_, core| {
        let hides = core.settings.hides.clone();
        match (&mut audience, hides) {
            (None, hides) => audience = Some(Audience { first: hides, rest: Vec::new() }),
            (Some(audience), None) => audience.first = None,
            (Some(audience), Some(hides)) => audience.rest.push(hides),
        }
    });
    audience
}

/// Changes `span` in every layer of ours that records it.
pub(crate) fn apply(span: &Span, edit: Edit) {
    let mut edit = Some(edit);
    let mut records = 0;
    each(span, |_, _| records += 1);
    each(span, |open, _| {
        records -= 1;
        // The last record takes the values, the others copy them.
        let edit = if records == 0 { edit.take() } else { edit.clone() };
        if let Some(edit) = edit {
            open.edit(edit);
        }
    });
}

/// The span's own context: what outgoing requests carry. Its ids are settled by this.
pub(crate) fn span_context(span: &Span) -> Option<SpanContext> {
    settle(span);
    let mut context = None;
    each_even_unsampled(span, |open, _| {
        open.exposed = true;
        context.get_or_insert_with(|| open.identity.span_context());
    });
    context
}

/// Makes the span continue a trace of another process.
pub(crate) fn continue_from(span: &Span, remote: &SpanContext) {
    each_even_unsampled(span, |open, core| open.continue_from(remote, core));
}

/// A request may go out before the span was ever entered: the ids that a `tracing-opentelemetry` layer gives it must be known
/// by then.
#[cfg(feature = "tracing-opentelemetry")]
fn settle(span: &Span) {
    let mut asked = true;
    each_even_unsampled(span, |open, _| asked &= open.settled != Settled::No);
    if asked {
        return;
    }
    // Asked with no lock held.
    let answer = span.with_subscriber(|(id, dispatch)| super::bridge::ask(id, dispatch)).flatten();
    each_even_unsampled(span, |open, _| {
        let settled = std::mem::replace(&mut open.settled, Settled::Yes);
        if let (Settled::No, Some(answer)) = (settled, &answer) {
            super::bridge::adopt(&mut open.identity, answer);
        }
    });
}

#[cfg(not(feature = "tracing-opentelemetry"))]
fn settle(_span: &Span) {}

fn each(span: &Span, mut f: impl FnMut(&mut Open, &Core)) {
    each_even_unsampled(span, |open, core| {
        if open.identity.sampled() {
            f(open, core);
        }
    });
}

fn each_even_unsampled(span: &Span, mut f: impl FnMut(&mut Open, &Core)) {
    span.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id))?;
        span.extensions().get::<Slots>()?.each_open(&mut f);
        Some(())
    });
}
