//! The callbacks.

use std::{
    borrow::Cow,
    cell::Cell,
    ptr,
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use opentelemetry::{
    Context as OtelContext,
    trace::{SpanContext, SpanKind, Status},
};
use tracing::{
    Dispatch, Event, Subscriber, dispatcher,
    span::{Attributes, Id, Record as Values},
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

#[cfg(feature = "tracing-opentelemetry")]
use super::bridge::{self, asking};
use super::{
    Capture, Core, activate,
    end::{self, Hold},
    event::{self, Meaning},
    identity::{self, Identity},
    open::Open,
    scope,
    slots::{Record, Slots},
    visit::{Draft, Visitor},
};
use crate::ship;

/// Room for what is usually recorded after creation (outputs, tokens) without growing the list.
const LATER: usize = 8;

/// The nearest ancestor that this layer knows something about.
enum Ancestor {
    None,
    Suppressed,
    Open { id: Id, context: SpanContext, scope: Option<Arc<scope::Node>> },
}

impl Capture {
    /// `on_register_dispatch` is not forwarded by `Option<Layer>`, `Vec<Layer>` and boxed subscribers; there the default
    /// dispatch is asked until it turns out to hold this very layer.
    fn find_dispatch(&self) {
        if self.core.dispatch.get().is_none() {
            let found = dispatcher::get_default(|dispatch| {
                let ours = dispatch.downcast_ref::<Self>().is_some_and(|layer| ptr::eq(layer, self));
                ours.then(|| dispatch.downgrade())
            });
            if let Some(dispatch) = found {
                let _ = self.core.dispatch.set(dispatch);
            }
        }
    }

    fn ancestor<S>(&self, mut span: Option<SpanRef<'_, S>>) -> Ancestor
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        while let Some(candidate) = span {
            let asked = match self.look(&candidate) {
                Look::Suppressed => return Ancestor::Suppressed,
                Look::Open { asked } => asked,
                Look::Nothing => {
                    span = candidate.parent();
                    continue;
                }
            };
            if !asked {
                self.settle_identity(&candidate);
            }
            let found = self.with_open(&candidate, |open| {
                open.exposed = true;
                (open.identity.span_context(), open.scope.clone())
            });
            return found.map_or(Ancestor::None, |(context, scope)| Ancestor::Open {
                id: candidate.id(),
                context,
                scope,
            });
        }
        Ancestor::None
    }

    fn look<S>(&self, span: &SpanRef<'_, S>) -> Look
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        match span.extensions().get::<Slots>().and_then(|slots| slots.get(self.core.owner)) {
            Some(Record::Suppressed) => Look::Suppressed,
            Some(Record::Open(open)) => Look::Open { asked: open.asked },
            Some(Record::Done) | None => Look::Nothing,
        }
    }

    fn with_open<S, T>(&self, span: &SpanRef<'_, S>, f: impl FnOnce(&mut Open) -> T) -> Option<T>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        span.extensions_mut().get_mut::<Slots>()?.open_mut(self.core.owner).map(f)
    }

    /// Takes the ids of a `tracing-opentelemetry` layer, if there is one, before anybody else can see ours.
    #[cfg(feature = "tracing-opentelemetry")]
    fn settle_identity<S>(&self, span: &SpanRef<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.find_dispatch();
        // No extension guard may be alive here: their layer takes the same lock.
        let answer = self.core.dispatch().and_then(|dispatch| bridge::ask(&span.id(), &dispatch));
        if answer.is_some() {
            self.core.beside_another_layer.store(true, Ordering::Relaxed);
        }
        self.with_open(span, |open| {
            open.asked = true;
            if let Some(answer) = answer {
                bridge::adopt(&mut open.identity, &answer);
            }
        });
    }

    #[cfg(not(feature = "tracing-opentelemetry"))]
    fn settle_identity<S>(&self, _span: &SpanRef<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
    }

    fn identity(&self, ancestor: &Ancestor, attributes: &Attributes<'_>) -> Identity {
        match ancestor {
            Ancestor::Open { context, .. } => Identity::child_of(context, &self.core.ids),
            Ancestor::None | Ancestor::Suppressed => {
                // An explicit root (`parent: None`) continues nothing.
                let current = if attributes.is_root() { None } else { identity::current() };
                let mut identity = Identity::root(current.as_ref(), &self.core.ids);
                self.core.sample(&mut identity, attributes.metadata().name());
                identity
            }
        }
    }
}

enum Look {
    Nothing,
    Suppressed,
    Open { asked: bool },
}

impl<S> Layer<S> for Capture
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.core.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if ship::on_export_thread() || asking() {
            return;
        }
        let Some(span) = ctx.span(id) else { return };
        if OtelContext::is_current_telemetry_suppressed() {
            insert(&span, self.core.owner, Record::Suppressed);
            return;
        }
        let now = SystemTime::now();
        let parent = span.parent();
        if attributes.is_contextual() && parent.as_ref().is_some_and(|parent| self.is_being_entered(parent, &ctx)) {
            return;
        }
        let ancestor = self.ancestor(parent);
        if matches!(ancestor, Ancestor::Suppressed) {
            insert(&span, self.core.owner, Record::Suppressed);
            return;
        }
        let identity = self.identity(&ancestor, attributes);
        let mut draft = Draft::with_capacity(attributes.fields().len() + LATER);
        if identity.sampled() {
            attributes.record(&mut Visitor::new(&mut draft, self.core.settings.hides.as_ref()));
            draft.name_arguments(attributes.fields());
        }
        let (hold, scope) = match &ancestor {
            Ancestor::Open { id, scope, .. } => {
                self.find_dispatch();
                (self.core.dispatch().map(|dispatch| Hold::new(id, &dispatch)), scope::inherited(scope.as_ref()))
            }
            Ancestor::None | Ancestor::Suppressed => (None, scope::inherited(None)),
        };
        let mut open = Box::new(Open {
            core: Arc::clone(&self.core),
            identity,
            start: now,
            last_activity: now,
            end: None,
            entered: false,
            asked: cfg!(not(feature = "tracing-opentelemetry")),
            exposed: false,
            scope,
            ticket: Some(self.core.open_spans.insert(id)),
            hold,
            name: Cow::Borrowed(attributes.metadata().name()),
            kind: SpanKind::Internal,
            attributes: Vec::new(),
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            status: Status::Unset,
        });
        open.attributes = std::mem::take(&mut draft.attributes);
        open.merge(&mut draft, now);
        insert(&span, self.core.owner, Record::Open(open));
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let now = SystemTime::now();
        with_scratch(|draft| {
            values.record(&mut Visitor::new(draft, self.core.settings.hides.as_ref()));
            self.with_open(&span, |open| open.merge(draft, now));
        });
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        let (Some(span), Some(followed)) = (ctx.span(id), ctx.span(follows)) else { return };
        if let Ancestor::Open { context, .. } = self.ancestor(Some(followed)) {
            self.with_open(&span, |open| open.add_link(context));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        if ship::on_export_thread() || OtelContext::is_current_telemetry_suppressed() {
            return;
        }
        let Some(meaning) = event::meaning(event.metadata(), self.core.settings.events) else { return };
        let hides = if meaning == Meaning::Return { self.core.settings.hides.as_ref() } else { None };
        let mut span = match event.parent() {
            Some(parent) => ctx.span(parent),
            None if event.is_root() => None,
            None => ctx.lookup_current(),
        };
        while let Some(candidate) = span {
            if matches!(self.look(&candidate), Look::Open { .. }) {
                let now = SystemTime::now();
                with_scratch(|draft| {
                    event.record(&mut Visitor::new(draft, hides));
                    self.with_open(&candidate, |open| {
                        event::apply(open, meaning, event.metadata().name(), draft, now);
                    });
                });
                return;
            }
            span = candidate.parent();
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let asked = self.with_open(&span, |open| {
            open.entered = true;
            open.asked
        });
        match asked {
            None => return,
            Some(false) => self.settle_identity(&span),
            Some(true) => {}
        }
        if !self.core.beside_another_layer.load(Ordering::Relaxed) {
            if let Some(context) = self.with_open(&span, |open| open.identity.span_context()) {
                activate::enter(id, context);
            }
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        activate::exit(id);
        let Some(span) = ctx.span(id) else { return };
        let now = SystemTime::now();
        self.with_open(&span, |open| {
            open.last_activity = now;
            if std::thread::panicking() {
                open.mark_panicked(now);
            }
        });
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        let now = SystemTime::now();
        let late = end::follows_from_a_child();
        let asked = self.with_open(&span, |open| {
            // A span that was never entered has no activity of its own to fall back to.
            open.end = Some(if late && open.entered { open.last_activity } else { now });
            open.asked
        });
        if asked == Some(false) {
            self.settle_identity(&span);
        }
    }
}

impl Capture {
    /// Their layer starts its span inside its own `on_enter`, where a sampler or processor of theirs may open a span: the
    /// contextual parent is then current although our `on_enter` has not been called. Asking for ids there would hang.
    fn is_being_entered<S>(&self, parent: &SpanRef<'_, S>, ctx: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let entered = match parent.extensions().get::<Slots>().and_then(|slots| slots.get(self.core.owner)) {
            Some(Record::Open(open)) => open.entered,
            _ => true,
        };
        !entered && ctx.current_span().id() == Some(&parent.id())
    }
}

impl Core {
    pub(super) fn sample(&self, identity: &mut Identity, name: &str) {
        let Some(sampler) = &self.settings.sampler else { return };
        identity.sample(&**sampler, name);
    }
}

fn insert<S>(span: &SpanRef<'_, S>, owner: u64, record: Record)
where
    S: for<'a> LookupSpan<'a>,
{
    let mut extensions = span.extensions_mut();
    if let Some(slots) = extensions.get_mut::<Slots>() {
        slots.insert(owner, record);
    } else {
        let mut slots = Slots::default();
        slots.insert(owner, record);
        extensions.insert(slots);
    }
}

thread_local! {
    static SCRATCH: Cell<Option<Draft>> = const { Cell::new(None) };
}

/// Lends a draft whose list keeps its room from call to call: a span's fields usually arrive one `record` at a time.
fn with_scratch(f: impl FnOnce(&mut Draft)) {
    let mut draft = SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_default();
    f(&mut draft);
    draft.reset();
    let _ = SCRATCH.try_with(|scratch| scratch.set(Some(draft)));
}

#[cfg(not(feature = "tracing-opentelemetry"))]
fn asking() -> bool {
    false
}
