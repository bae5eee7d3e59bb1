//! The same ids as a `tracing-opentelemetry` layer in the same subscriber.
//!
//! Their layer starts its span at the first enter, or when somebody asks. So do we: asking earlier would start the span
//! before the application could call `OpenTelemetrySpanExt::set_parent`. Asking takes the span's extension lock and may run
//! a sampler, processor or id generator of theirs, which may open spans; [`asking`] keeps those out of our own callbacks.
//! Never ask with an extension guard alive, nor for a span that may close meanwhile on another thread.

use std::{
    cell::Cell,
    ptr,
    sync::atomic::{AtomicU8, Ordering},
};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt},
};
use tracing::{Dispatch, Span, span::Id};
use tracing_opentelemetry::{OpenTelemetrySpanExt, SetParentError};
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::{
    Core,
    open::{Open, Settled},
    remote_parents,
};

const WE_ARE_LAST: &str = "the OpenInference layer was added to the subscriber after the tracing-opentelemetry layer: \
    spans that are never entered have other ids here than there; add `.with(openinference.layer())` first";

thread_local! {
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a question to their layer.
pub(super) fn asking() -> bool {
    ASKING.try_with(Cell::get).unwrap_or(false)
}

/// What has been found out about a layer of theirs in our subscriber. A subscriber does not change its layers; one behind
/// a `reload::Layer` is out of sight for good.
#[derive(Debug, Default)]
pub(crate) struct Neighbour(AtomicU8);

const UNKNOWN: u8 = 0;
const ABSENT: u8 = 1;
/// It is there; who comes first is not known yet.
const PRESENT: u8 = 2;
/// It is there, and who comes first has been settled.
const PLACED: u8 = 3;

impl Neighbour {
    /// Whether it is certain that nobody need be asked.
    pub(super) fn is_absent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == ABSENT
    }

    pub(super) fn is_present(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= PRESENT
    }

    fn place_is_unknown(&self) -> bool {
        self.0.load(Ordering::Relaxed) == PRESENT
    }

    fn found(&self, present: bool) {
        let state = if present { PRESENT } else { ABSENT };
        let _ = self.0.compare_exchange(UNKNOWN, state, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether this call was the one that settled it.
    fn placed(&self) -> bool {
        self.0.compare_exchange(PRESENT, PLACED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// What their layer says about a span.
#[derive(Debug)]
pub(super) struct Answer {
    context: SpanContext,
    /// What it says about the span's direct parent, recorded by us or not.
    parent: Option<SpanId>,
}

/// `None` when there is no such layer, it does not record the span, or its provider has gone.
pub(super) fn ask(core: &Core, id: &Id, dispatch: &Dispatch) -> Option<Answer> {
    let Some(theirs) = context_of(id, dispatch) else {
        if core.neighbour.0.load(Ordering::Relaxed) == UNKNOWN {
            if let Some(present) = look_for_layer(id, dispatch) {
                core.neighbour.found(present);
            }
        }
        return None;
    };
    core.neighbour.found(true);
    let context = own_span(&theirs)?;
    let parent = dispatch
        .downcast_ref::<Registry>()
        .and_then(|registry| registry.span(id)?.parent())
        .and_then(|parent| own_span(&context_of(&parent.id(), dispatch)?))
        .map(|parent| parent.span_id());
    Some(Answer { context, parent })
}

fn context_of(id: &Id, dispatch: &Dispatch) -> Option<Context> {
    let before = ASKING.try_with(|flag| flag.replace(true)).ok()?;
    let context = tracing_opentelemetry::get_otel_context(id, dispatch);
    let _ = ASKING.try_with(|flag| flag.set(before));
    context
}

/// A no-op tracer hands the context of its parent to every span, which would be one id for many spans: what is sampled and
/// yet does not record is such a copy. A span that was sampled out has an id of its own and is as good as any.
fn own_span(context: &Context) -> Option<SpanContext> {
    let span = context.span();
    let theirs = span.span_context();
    let copy = theirs.is_sampled() && !span.is_recording();
    (theirs.is_valid() && !theirs.is_remote() && !copy).then(|| theirs.clone())
}

/// Whether there is such a layer, asked in the name of a span that it does not know. `set_parent` is the one call of theirs
/// that tells "no such layer" from "no such span", and without a span it changes nothing. `None` when it cannot be known
/// here: the span must be the one that is being entered.
fn look_for_layer(id: &Id, dispatch: &Dispatch) -> Option<bool> {
    let span = Span::current();
    let registry = |dispatch: &Dispatch| dispatch.downcast_ref::<Registry>().map(ptr::from_ref);
    let ours = span.with_subscriber(|(current, default)| current == id && registry(default) == registry(dispatch));
    ours.filter(|ours| *ours)?;
    match span.set_parent(Context::new()) {
        Err(SetParentError::LayerNotFound) => Some(false),
        Err(SetParentError::SpanDisabled) => None,
        Ok(()) | Err(SetParentError::AlreadyStarted) => Some(true),
    }
}

/// Makes a span say what theirs says, as far as it is to be believed.
pub(super) fn settle(open: &mut Open, core: &Core, answer: Option<&Answer>) {
    // Two threads may have asked at a time; they got the same answer. And where the dispatch was not to be found in time, a
    // child has the ids already.
    if std::mem::replace(&mut open.settled, Settled::Yes) == Settled::Yes || open.exposed {
        return;
    }
    let identity = &mut open.identity;
    let Some(Answer { context: theirs, parent }) = answer else {
        // Nothing will be created below a span that has ended.
        if open.end.is_none() && !core.neighbour.is_absent() {
            identity.leave_trace_undecided();
        }
        return;
    };
    if theirs.span_id() == identity.parent_span_id || Some(theirs.span_id()) == *parent {
        return;
    }
    identity.span_id = theirs.span_id();
    identity.shared = true;
    if identity.is_root() || identity.parent_is_remote || parent.is_some() {
        // A root of theirs decides the trace. Below a parent that both layers know, another trace can only come from a
        // deliberate `set_parent`; that parent's own id only `RemoteParents` knows, else the span is a root of its trace.
        identity.move_to(theirs.trace_id());
        if let Some(remote) = remote_parents::of(theirs) {
            identity.parent_span_id = remote.span_id();
            identity.parent_is_remote = true;
        }
    } else {
        // The cut is theirs: they do not know the parent. One trace stays one.
        identity.decide_trace(theirs.trace_id());
    }
}

impl Core {
    /// A layer that runs after theirs finds its span gone when a span closes.
    pub(super) fn notice_place(&self, id: &Id) {
        if !self.neighbour.place_is_unknown() {
            return;
        }
        let Some(dispatch) = self.dispatch() else { return };
        let gone = context_of(id, &dispatch).is_none();
        if self.neighbour.placed() && gone {
            self.settings.warnings.add([WE_ARE_LAST.to_owned()]);
        }
    }
}

/// Tells their layer the parent of a span before ours takes it. `false` when they have started the span with another one:
/// then it is linked there.
pub(super) fn set_parent(span: &Span, context: &Context) -> bool {
    match span.set_parent(context.clone()) {
        Err(SetParentError::AlreadyStarted) => {
            span.add_link(context.span().span_context().clone());
            false
        }
        _ => true,
    }
}
