//! Reaching the record of a span from `tracing::Span`: what the extension trait is built on.
//!
//! Values are made first, with no lock held, then written in one go.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{Event, SpanContext, Status},
};
use tracing::Span;
use tracing_subscriber::{Registry, registry::LookupSpan};

#[cfg(feature = "tracing-opentelemetry")]
use super::open::Settled;
use super::{Core, Hides, event, open::Open, slots::Slots, visit::Exception};

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
    /// The end of the work, where it is known before the last handle goes.
    pub(crate) end: Option<End>,
}

/// The end that a stream has seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) at: SystemTime,
    /// Whether the work came to its own end. What is cut short is not OK by having had an output.
    pub(crate) complete: bool,
}

impl Edit {
    /// What an error does to a span: an `exception` event, and a status that names the type without its path.
    pub(crate) fn failure(kind: &'static str, exception: Exception) -> Self {
        let Exception { message, chain } = exception;
        Self {
            status: Some(Status::error(format!("{}: {message}", short(kind)))),
            event: Some(event::exception(Some(kind), message, chain, SystemTime::now())),
            ..Self::default()
        }
    }
}

/// `MyError` of `my_app::errors::MyError<my_app::Cause>`.
fn short(type_name: &str) -> &str {
    let path = type_name.split('<').next().unwrap_or(type_name);
    path.rsplit("::").next().unwrap_or(path)
}

/// The layers of ours that record a span.
pub(crate) struct Audience {
    // What the first of them hides; `None` when some layer hides nothing. No list, and so no allocation, for one layer.
    first: Option<Hides>,
    rest: Vec<Hides>,
    start: SystemTime,
}

impl Audience {
    /// When the span started.
    pub(crate) fn start(&self) -> SystemTime {
        self.start
    }

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
    each(span, |open, core| {
        let hides = core.settings.hides.clone();
        match (&mut audience, hides) {
            (None, hides) => audience = Some(Audience { first: hides, rest: Vec::new(), start: open.start }),
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

#[cfg(test)]
mod tests {
    use std::{any, error::Error};

    use super::*;

    #[test]
    fn a_status_names_the_type_without_its_path() {
        struct Outer<T>(T);
        assert_eq!(short(any::type_name::<Outer<std::io::Error>>()), "Outer");
        assert_eq!(short(any::type_name::<std::io::Error>()), "Error");
        assert_eq!(short(any::type_name::<dyn Error>()), "Error");
    }
}
