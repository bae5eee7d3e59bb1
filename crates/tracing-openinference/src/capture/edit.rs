//! Reaching the record of a span from `tracing::Span`: what the extension trait is built on.
//!
//! Values are made first, with no lock held, then written in one go.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use openinference_semconv::{SpanKind, keys};
use opentelemetry::{
    KeyValue,
    trace::{Event, SpanContext, Status, TraceFlags},
};
use tracing::{Dispatch, Span, span::Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::{
    Core, Hides, activate, bridge, event,
    failure::Failure,
    open::{Open, Settled},
    outlook::{self, Judge},
    sampling::Question,
    slots::Slots,
};
use crate::convert::api::Sight;
use crate::repeated::{Contents, Marks};

/// A change to a span that is still open, as plain data: no code of the application runs while a lock is held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edit {
    /// Lists to empty first, so that a shorter one leaves nothing of a longer one before it.
    pub(crate) replaces: Vec<&'static str>,
    /// Attributes to set; the last write of a key wins.
    pub(crate) attributes: Vec<KeyValue>,
    /// What values among them repeat.
    pub(crate) marks: Marks,
    /// Attributes to set where the span has none of that name.
    pub(crate) defaults: Vec<KeyValue>,
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
    /// Whether the policy might hide something of it.
    pub(super) fn tells(&self, judge: Option<Judge<'_>>) -> bool {
        let explains = matches!(&self.status, Some(Status::Error { description }) if !description.is_empty());
        explains
            || self.event.is_some()
            || self.name.is_some()
            || self.attributes.iter().any(|attribute| outlook::tells(judge, attribute))
    }
}

/// What an error does to a span: an `exception` event, and a status that names the type without its path.
impl From<Failure> for Edit {
    fn from(Failure { kind, message, chain }: Failure) -> Self {
        let description = kind.as_ref().map_or_else(|| message.clone(), |kind| format!("{}: {message}", short(kind)));
        Self {
            status: Some(Status::error(description)),
            event: Some(event::exception(kind, message, chain, SystemTime::now())),
            ..Self::default()
        }
    }
}

/// `MyError` of `my_app::errors::MyError<my_app::Cause>`, `Error` of `Box<dyn Error + Send>`.
fn short(type_name: &str) -> &str {
    let error = type_name.strip_prefix("alloc::boxed::Box<").unwrap_or(type_name);
    let error = error.strip_prefix("dyn ").unwrap_or(error);
    let path = error.split(['<', '>', ' ']).next().unwrap_or(error);
    path.rsplit("::").next().unwrap_or(path)
}

/// The layers of ours that record a span.
pub(crate) struct Audience {
    /// What the first of them hides; `None` when it hides nothing. No list, and so no allocation, for one layer.
    first: Option<Hides>,
    rest: Vec<Option<Hides>>,
    start: SystemTime,
}

impl Audience {
    /// When the span started.
    pub(crate) fn start(&self) -> SystemTime {
        self.start
    }

    fn layers(&self) -> impl Iterator<Item = Option<&Hides>> {
        [self.first.as_ref()].into_iter().chain(self.rest.iter().map(Option::as_ref))
    }
}

impl Sight for Audience {
    fn sees(&self, key: &str) -> bool {
        self.layers().any(|hides| hides.is_none_or(|hides| !hides.hides(key)))
    }

    fn hidden(&self, key: &str) -> Contents {
        let of = |hides: Option<&Hides>| hides.map_or(Contents::NONE, |hides| hides.hidden_contents(key));
        self.layers().map(of).fold(Contents::ALL, Contents::and)
    }
}

/// Who records `span`; `None` if nobody does.
pub(crate) fn audience(span: &Span) -> Option<Audience> {
    let mut audience: Option<Audience> = None;
    each(span, |open, core| {
        let hides = core.settings.hides().cloned();
        match &mut audience {
            None => audience = Some(Audience { first: hides, rest: Vec::new(), start: open.start }),
            Some(audience) => audience.rest.push(hides),
        }
    });
    audience
}

/// Whether the span says that it is of this kind.
pub(crate) fn is_of_kind(span: &Span, kind: SpanKind) -> bool {
    let mut found = false;
    each(span, |open, _| found |= open.says(keys::OPENINFERENCE_SPAN_KIND, kind.as_str()));
    found
}

/// Changes `span` in every layer of ours that records it.
pub(crate) fn apply(span: &Span, edit: Edit) {
    let mut edit = Some(edit);
    let mut records = 0;
    each(span, |_, _| records += 1);
    each(span, |open, core| {
        records -= 1;
        // The last record takes the values, the others copy them.
        let edit = if records == 0 { edit.take() } else { edit.clone() };
        if let Some(edit) = edit {
            open.edit(edit, core);
        }
    });
}

/// The context under which a span is exported. Its ids are settled by this.
pub(crate) fn span_context(span: &Span) -> Option<SpanContext> {
    let context = span.with_subscriber(|(id, dispatch)| context_of(id, dispatch)).flatten();
    context.filter(SpanContext::is_sampled)
}

/// The context of a span, or of its nearest recorded ancestor: what outgoing requests carry.
pub(crate) fn outgoing_context(span: &Span) -> Option<SpanContext> {
    let recorded = |(id, dispatch): (&Id, &Dispatch)| context_of(&nearest_recorded(id, dispatch)?, dispatch);
    span.with_subscriber(recorded).flatten()
}

fn context_of(id: &Id, dispatch: &Dispatch) -> Option<SpanContext> {
    settle(id, dispatch);
    let mut context: Option<SpanContext> = None;
    let mut flags = TraceFlags::default();
    each_record(id, dispatch, |open, _| {
        open.exposed = true;
        flags = flags | open.identity.flags;
        context.get_or_insert_with(|| open.identity.span_context());
    });
    // One layer may record what the sampler of another left out.
    context.map(|context| {
        let state = context.trace_state().clone();
        SpanContext::new(context.trace_id(), context.span_id(), flags, false, state)
    })
}

/// A span that no layer of ours wants still belongs to the trace of its ancestors.
fn nearest_recorded(id: &Id, dispatch: &Dispatch) -> Option<Id> {
    let mut span = dispatch.downcast_ref::<Registry>()?.span(id);
    while let Some(candidate) = span {
        if let Some(slots) = candidate.extensions().get::<Slots>() {
            return slots.any_open().then(|| candidate.id());
        }
        span = candidate.parent();
    }
    None
}

/// Makes the span continue a trace of another process. `told` is whether a `tracing-opentelemetry` layer, if there is one,
/// does so too.
pub(crate) fn continue_from(span: &Span, remote: &SpanContext, told: bool) {
    span.with_subscriber(|(id, dispatch)| {
        if !told {
            settle(id, dispatch);
        }
        let mut before = None;
        let mut questions = Vec::new();
        each_record(id, dispatch, |open, core| {
            if !told && open.identity.shared {
                open.add_link(remote.clone());
                return;
            }
            before = Some(open.identity.span_context());
            if open.continue_from(remote) && core.settings.sampler.is_some() {
                questions.push((Arc::clone(core), Question::about(open)));
            }
        });
        // Asked with no lock held.
        for (core, question) in questions {
            let mut verdict = question.ask(remote, &core);
            each_record(id, dispatch, |open, other| {
                if Arc::ptr_eq(&core, other) && question.concerns(open) {
                    if let Some(verdict) = verdict.take() {
                        open.decide(verdict);
                    }
                }
            });
        }
        let Some(before) = before else { return };
        let mut after = None;
        each_record(id, dispatch, |open, _| after = Some(open.identity.span_context()));
        if let Some(after) = after.filter(|after| *after != before) {
            activate::replace(id, &before, after);
        }
    });
}

/// A request may go out before the span was ever entered: the ids that a `tracing-opentelemetry` layer gives it must be known
/// by then.
fn settle(id: &Id, dispatch: &Dispatch) {
    let mut asker = None;
    each_record(id, dispatch, |open, core| {
        if open.settled != Settled::Yes {
            asker.get_or_insert_with(|| Arc::clone(core));
        }
    });
    // Inside a question to their layer the span in question is locked; its ids are then settled by the one who asks.
    let Some(core) = asker.filter(|_| !bridge::asking()) else { return };
    // Asked with no lock held.
    let answer = bridge::ask(&core, id, dispatch);
    each_record(id, dispatch, |open, core| bridge::settle(open, core, answer.as_ref()));
}

fn each(span: &Span, mut f: impl FnMut(&mut Open, &Core)) {
    span.with_subscriber(|(id, dispatch)| {
        each_record(id, dispatch, |open, core| {
            if open.identity.sampled() {
                f(open, core);
            }
        });
    });
}

fn each_record(id: &Id, dispatch: &Dispatch, mut f: impl FnMut(&mut Open, &Arc<Core>)) {
    let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) else { return };
    if let Some(slots) = span.extensions().get::<Slots>() {
        slots.each_open(&mut f);
    }
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
        assert_eq!(short(any::type_name::<dyn Error + Send + Sync>()), "Error");
        assert_eq!(short(any::type_name::<Box<dyn Error>>()), "Error");
    }
}
