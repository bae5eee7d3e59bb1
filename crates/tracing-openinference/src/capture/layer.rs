//! The callbacks.

use std::{borrow::Cow, cell::Cell, sync::Arc, time::SystemTime};

use opentelemetry::{
    Value,
    trace::{SpanKind, Status},
};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    span::{Attributes, Id, Record as Values},
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    Capture, activate,
    bridge::asking,
    context,
    end::{self, Hold},
    event::{self, Meaning},
    lookup::{Ancestor, Look},
    open::{Open, Settled},
    recording::{self, Held, Recording},
    scope,
    slots::{Record, Slots},
    visit::{Exception, Place, Special, Visitor},
};
use crate::{repeated::Marks, ship};

/// Room for what is added to the declared fields, by the stages or a scope, without growing the list.
const LATER: usize = 2;

impl<S> Layer<S> for Capture
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.core.dispatch.set(dispatch.downgrade());
        self.core.settings.warnings.registered(dispatch);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if ship::on_export_thread() || asking() {
            return;
        }
        let Some(span) = ctx.span(id) else { return };
        if context::is_suppressed() {
            insert(&span, self.core.owner, Record::Suppressed);
            return;
        }
        let now = SystemTime::now();
        let ancestor = self.ancestor(span.parent(), &ctx, Some(now));
        let silent = match ancestor {
            Ancestor::Suppressed => Some(Record::Suppressed),
            Ancestor::Skipped => Some(Record::Skipped),
            Ancestor::None | Ancestor::Open { .. } => None,
        };
        if let Some(silent) = silent {
            insert(&span, self.core.owner, silent);
            return;
        }
        let (identity, continued) = self.identity(&ancestor, attributes, &ctx);
        let (hold, scope) = match &ancestor {
            Ancestor::Open { id, scope, .. } => {
                self.find_dispatch(id);
                (self.core.dispatch().map(|dispatch| Hold::new(id, &dispatch)), scope::inherited(scope.as_ref()))
            }
            Ancestor::None | Ancestor::Suppressed | Ancestor::Skipped => (None, scope::inherited(None)),
        };
        let undecided = self.core.settings.sampler.is_some() && matches!(ancestor, Ancestor::None);
        let sampled = identity.sampled();
        let mut recording = Recording::new(Open {
            identity,
            start: now,
            last_activity: now,
            end: None,
            own_end: None,
            complete: None,
            entered: false,
            in_clean_up: std::thread::panicking(),
            depth: 0,
            settled: if self.core.neighbour.is_absent() { Settled::Yes } else { Settled::No },
            exposed: false,
            scope,
            ticket: Some(self.core.open_spans.insert(id)),
            hold,
            name: Cow::Borrowed(attributes.metadata().name()),
            kind: SpanKind::Internal,
            code: None,
            description: None,
            attributes: Vec::new(),
            marks: Marks::default(),
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            status: Status::Unset,
            tells: false,
            judged_by: self.core.settings.hides.number(),
        });
        if sampled || undecided {
            recording.while_new(|open| {
                open.attributes.reserve(attributes.fields().len() + LATER);
                open.record_fields(attributes, self.core.settings.judge());
                if undecided {
                    open.sample(continued.as_ref(), &self.core);
                }
            });
        }
        recording::remember(self.core.owner, id.into_u64(), &recording);
        insert(&span, self.core.owner, Record::Open(Held { recording, core: Arc::clone(&self.core) }));
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, ctx: Context<'_, S>) {
        // Nobody will see the values, so they are not formatted.
        if self.with(id, &ctx, |open| open.identity.sampled()) != Some(true) {
            return;
        }
        values.record(&mut Visitor::new(Registered { capture: self, id, ctx: &ctx }, self.core.settings.judge()));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        let (Some(recording), Some(followed)) = (self.find(id, &ctx), ctx.span(follows)) else { return };
        if let Ancestor::Open { parent, .. } = self.ancestor(Some(followed), &ctx, None) {
            let context = parent.into_context();
            recording.with(|open| open.add_link(context));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(meaning) = event::meaning(event.metadata(), self.core.settings.events) else { return };
        if ship::on_export_thread() || context::is_suppressed() {
            return;
        }
        let mut span = self.span_of(event, &ctx);
        while let Some(candidate) = span {
            let recording = match self.look(&candidate) {
                Look::Open(recording) => recording,
                Look::Nothing => {
                    span = candidate.parent();
                    continue;
                }
                // What happens in a silent span is not the failure of the one around it.
                Look::Suppressed | Look::Skipped | Look::Done => return,
            };
            if recording.with(|open| open.identity.sampled()) {
                self.write_event(event, meaning, candidate.metadata(), &recording);
            }
            return;
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        let entered = self.with(id, &ctx, |open| {
            open.entered = true;
            open.in_clean_up = std::thread::panicking();
            open.own_end = None;
            open.depth += 1;
            let settled = open.settled;
            if settled == Settled::No {
                open.settled = Settled::Asked;
            }
            (settled, open.identity.as_parent())
        });
        let Some((settled, mut known_as)) = entered else {
            if ctx.span(id).is_some_and(|span| matches!(self.look(&span), Look::Suppressed)) {
                activate::enter_silent(id);
            }
            return;
        };
        if settled != Settled::Yes {
            if let Some(adopted) = self.settle_identity(id, &ctx) {
                known_as = adopted;
            }
        }
        if !self.core.neighbour.is_present() {
            activate::enter(id, known_as.into_context());
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        activate::exit(id);
        self.with(id, &ctx, |open| {
            open.depth = open.depth.saturating_sub(1);
            open.own_end = None;
            open.touch();
            if std::thread::panicking() && !std::mem::take(&mut open.in_clean_up) {
                open.mark_panicked(SystemTime::now());
            }
        });
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let now = SystemTime::now();
        let late = end::follows_from_a_child(&id);
        let settled = self.with(&id, &ctx, |open| {
            if !late && std::thread::panicking() {
                open.mark_dropped_by_panic(now);
            }
            // A span that was never entered has no activity of its own to fall back to.
            let end = if late && open.entered { open.last_activity } else { now };
            open.end = Some(open.own_end.unwrap_or(end));
            (open.settled, open.identity.shared)
        });
        match settled {
            Some((Settled::No, _)) => drop(self.settle_identity(&id, &ctx)),
            Some((_, true)) => self.core.notice_place(&id),
            Some((_, false)) | None => {}
        }
    }
}

impl Capture {
    fn write_event(&self, event: &Event<'_>, meaning: Meaning, span: &Metadata<'_>, recording: &Recording) {
        let Some(meaning) = meaning.on(span, event.metadata(), self.core.settings.events) else { return };
        let judge = if meaning == Meaning::Return { self.core.settings.judge() } else { None };
        let mut fields = event::Fields::default();
        event.record(&mut Visitor::new(&mut fields, judge));
        let plain = *event.metadata().level() <= self.core.settings.events;
        recording.with(|open| fields.apply(open, meaning, event.metadata().name(), plain));
    }
}

fn insert<S>(span: &SpanRef<'_, S>, owner: u64, record: Record)
where
    S: for<'a> LookupSpan<'a>,
{
    let mut extensions = span.extensions_mut();
    let refused = if let Some(slots) = extensions.get_mut::<Slots>() {
        slots.insert(owner, record)
    } else {
        let mut slots = Slots::default();
        let refused = slots.insert(owner, record);
        extensions.insert(slots);
        refused
    };
    drop(extensions);
    drop(refused);
}

/// Where the fields of a `record` call go. The span is looked up for each of them anew, because between two of them code of
/// the application may run; that is cheap.
struct Registered<'a, 'c, S> {
    capture: &'a Capture,
    id: &'a Id,
    ctx: &'a Context<'c, S>,
}

impl<S> Registered<'_, '_, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    /// A span that is not sampled takes nothing.
    fn with_sampled(&self, f: impl FnOnce(&mut Open)) {
        // Only one of the two ways to the span runs it.
        let f = Cell::new(Some(f));
        self.capture.with(self.id, self.ctx, |open| {
            if let Some(f) = f.take().filter(|_| open.identity.sampled()) {
                open.touch();
                f(open);
            }
        });
    }
}

impl<S> Place for Registered<'_, '_, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn attribute(&mut self, key: &'static str, value: Value, tells: bool) {
        self.with_sampled(|mut open| Place::attribute(&mut open, key, value, tells));
    }

    fn special(&mut self, special: Special) {
        self.with_sampled(|mut open| Place::special(&mut open, special));
    }

    fn error(&mut self, exception: Exception) {
        self.with_sampled(|mut open| Place::error(&mut open, exception));
    }
}
