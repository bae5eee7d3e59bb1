//! Which record, which parent, which ids: what the callbacks ask before they do anything.

use std::{sync::Arc, time::SystemTime};

use opentelemetry::trace::{SpanContext, SpanId};
use tracing::{
    Event, Subscriber, dispatcher,
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Registry,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    Capture, bridge,
    identity::{self, Identity, Parent},
    open::{Open, Settled},
    recording::{self, Recording},
    scope,
    slots::{self, Record, Slots},
};

/// The nearest ancestor that this layer knows something about.
pub(super) enum Ancestor {
    None,
    Suppressed,
    Skipped,
    Open { id: Id, parent: Parent, scope: Option<Arc<scope::Node>> },
}

impl Capture {
    /// `on_register_dispatch` is not forwarded by `Option<Layer>`, `Vec<Layer>` and boxed subscribers; there the default
    /// dispatch is asked until it turns out to hold a record of this layer for `id`.
    pub(super) fn find_dispatch(&self, id: &Id) {
        if self.core.dispatch.get().is_none() {
            let found = dispatcher::get_default(|dispatch| {
                let ours = slots::recorded_by(self.core.owner, id, dispatch);
                ours.then(|| dispatch.downgrade())
            });
            if let Some(dispatch) = found {
                let _ = self.core.dispatch.set(dispatch);
            }
        }
    }

    /// `now` when the span gets a child, which is activity.
    pub(super) fn ancestor<S>(
        &self,
        mut span: Option<SpanRef<'_, S>>,
        ctx: &Context<'_, S>,
        now: Option<SystemTime>,
    ) -> Ancestor
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        while let Some(candidate) = span {
            let recording = match self.look(&candidate) {
                Look::Suppressed => return Ancestor::Suppressed,
                Look::Skipped => return Ancestor::Skipped,
                Look::Open(recording) => recording,
                Look::Nothing | Look::Done => {
                    span = candidate.parent();
                    continue;
                }
            };
            let (settled, entered) = recording.with(|open| (open.settled, open.entered));
            if self.needs_settling(settled) {
                if !entered && is_current(&candidate, ctx) {
                    return Ancestor::Skipped;
                }
                self.settle_identity(&candidate.id(), ctx);
            }
            return recording.with(|open| {
                open.exposed = true;
                open.last_activity = now.unwrap_or(open.last_activity);
                Ancestor::Open { id: candidate.id(), parent: open.identity.as_parent(), scope: open.scope.clone() }
            });
        }
        Ancestor::None
    }

    pub(super) fn look<S>(&self, span: &SpanRef<'_, S>) -> Look
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        match span.extensions().get::<Slots>().and_then(|slots| slots.get(self.core.owner)) {
            Some(Record::Suppressed) => Look::Suppressed,
            Some(Record::Skipped) => Look::Skipped,
            Some(Record::Open(held)) => Look::Open(held.recording.clone()),
            Some(Record::Done) => Look::Done,
            None => Look::Nothing,
        }
    }

    /// Gives `f` the record of a span. `f` must not run code of the application.
    pub(super) fn with<S, T>(&self, id: &Id, ctx: &Context<'_, S>, f: impl Fn(&mut Open) -> T) -> Option<T>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        recording::with_recent(self.core.owner, id.into_u64(), |recent| recent.with(&f))
            .or_else(|| Some(self.find(id, ctx)?.with(&f)))
    }

    /// The record of a span, from this thread's own list or the registry.
    pub(super) fn find<S>(&self, id: &Id, ctx: &Context<'_, S>) -> Option<Recording>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let owner = self.core.owner;
        if let Some(recent) = recording::with_recent(owner, id.into_u64(), Recording::clone) {
            return Some(recent);
        }
        let found = ctx.span(id)?.extensions().get::<Slots>()?.recording(owner)?.clone();
        recording::remember(owner, id.into_u64(), &found);
        Some(found)
    }

    /// Takes the ids of a `tracing-opentelemetry` layer, if there is one, before anybody else can see ours. Returns what the
    /// span is then known by.
    pub(super) fn settle_identity<S>(&self, id: &Id, ctx: &Context<'_, S>) -> Option<Parent>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.find_dispatch(id);
        // Nothing may be locked here: their layer locks the span, and may run code of the application.
        let answer = bridge::ask(&self.core, id, &self.core.dispatch()?);
        self.with(id, ctx, |open| {
            bridge::settle(open, &self.core, answer.as_ref());
            open.identity.as_parent()
        })
    }

    /// A child is about to use the ids of its parent. An answer that is on the way on another thread is not waited for but
    /// asked for again; where there is no `tracing-opentelemetry` layer there is none to wait for.
    pub(super) fn needs_settling(&self, settled: Settled) -> bool {
        match settled {
            Settled::No => true,
            Settled::Asked => !self.core.neighbour.is_absent(),
            Settled::Yes => false,
        }
    }

    /// The ids of a new span, and for one that no recorded span is above, what it continues. The sampler has yet to be asked
    /// about such a root; whatever is created below follows it, so that traces stay whole.
    pub(super) fn identity<S>(
        &self,
        ancestor: &Ancestor,
        attributes: &Attributes<'_>,
        ctx: &Context<'_, S>,
    ) -> (Identity, Option<SpanContext>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        match ancestor {
            Ancestor::Open { parent, .. } => (Identity::child_of(parent, &self.core.ids), None),
            Ancestor::None | Ancestor::Suppressed | Ancestor::Skipped => {
                // An explicit root (`parent: None`) continues nothing. Nor does a span whose parents were all refused
                // continue one of ours that merely happens to be entered here: it is no descendant of that.
                let current = if attributes.is_root() { None } else { identity::current() };
                let current = current.filter(|current| self.entered(ctx) != Some(current.span_id()));
                (Identity::root(current.as_ref(), &self.core.ids), current)
            }
        }
    }

    /// The span of ours that this thread is in.
    pub(super) fn entered<S>(&self, ctx: &Context<'_, S>) -> Option<SpanId>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let entered = self.find(&ctx.lookup_current()?.id(), ctx)?;
        Some(entered.with(|open| open.identity.span_id))
    }
}

pub(super) enum Look {
    Nothing,
    Suppressed,
    Skipped,
    Done,
    Open(Recording),
}

impl Capture {
    pub(super) fn span_of<'a, S>(&self, event: &Event<'_>, ctx: &'a Context<'_, S>) -> Option<SpanRef<'a, S>>
    where
        S: Subscriber + for<'b> LookupSpan<'b>,
    {
        match event.parent() {
            Some(parent) => ctx.span(parent).or_else(|| self.ancestor_of_refused(parent, ctx)),
            None if event.is_root() => None,
            None => ctx.lookup_current(),
        }
    }

    /// `ctx` knows nothing of refused spans; the registry does.
    pub(super) fn ancestor_of_refused<'a, S>(&self, refused: &Id, ctx: &'a Context<'_, S>) -> Option<SpanRef<'a, S>>
    where
        S: Subscriber + for<'b> LookupSpan<'b>,
    {
        let dispatch = self.core.dispatch()?;
        let mut span = dispatch.downcast_ref::<Registry>()?.span(refused)?;
        loop {
            span = span.parent()?;
            if let Some(known) = ctx.span(&span.id()) {
                return Some(known);
            }
        }
    }
}

/// Their layer starts its span inside its own `on_enter`, where a sampler or processor of theirs may open a span: the parent
/// is then current although our `on_enter` has not been called. Asking for ids there would hang.
fn is_current<S>(span: &SpanRef<'_, S>, ctx: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    ctx.lookup_current().is_some_and(|current| current.id() == span.id())
}
