//! The same ids as a `tracing-opentelemetry` layer in the same subscriber.
//!
//! Their layer starts its span at the first enter, or when somebody asks. So do we: asking earlier would start the span
//! before the application could call `OpenTelemetrySpanExt::set_parent`. Asking takes the span's extension lock and may run
//! a sampler, processor or id generator of theirs, which may open spans; [`asking`] keeps those out of our own callbacks.

use std::cell::Cell;

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt};
use tracing::{Dispatch, span::Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::identity::Identity;

thread_local! {
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a question to their layer.
pub(super) fn asking() -> bool {
    ASKING.try_with(Cell::get).unwrap_or(false)
}

/// What their layer says about a span.
pub(super) struct Answer {
    context: SpanContext,
    /// Whether it also knows the span's direct parent, recorded by us or not.
    knows_parent: bool,
}

/// `None` when there is no such layer, it does not record the span, or its provider has gone.
pub(super) fn ask(id: &Id, dispatch: &Dispatch) -> Option<Answer> {
    let context = context_of(id, dispatch)?;
    let knows_parent = dispatch
        .downcast_ref::<Registry>()
        .and_then(|registry| registry.span(id)?.parent())
        .is_some_and(|parent| context_of(&parent.id(), dispatch).is_some());
    Some(Answer { context, knows_parent })
}

fn context_of(id: &Id, dispatch: &Dispatch) -> Option<SpanContext> {
    let before = ASKING.try_with(|flag| flag.replace(true)).ok()?;
    let context = tracing_opentelemetry::get_otel_context(id, dispatch);
    let _ = ASKING.try_with(|flag| flag.set(before));
    let context = context?.span().span_context().clone();
    (context.is_valid() && !context.is_remote()).then_some(context)
}

/// Makes an identity say what theirs says, as far as it is to be believed.
pub(super) fn adopt(identity: &mut Identity, answer: &Answer) {
    let theirs = &answer.context;
    // A no-op tracer hands its parent's context to every span: one span id for many spans.
    if theirs.span_id() == identity.parent_span_id {
        return;
    }
    let parent = identity.parent_span_id != SpanId::INVALID;
    if theirs.trace_id() != identity.trace_id && (!parent || identity.parent_is_remote || answer.knows_parent) {
        // A root of theirs decides the trace. Below a parent that both layers know, another trace can only come from a
        // deliberate `set_parent`; that parent's own id is not to be had, so the span is a root of its trace here.
        identity.trace_id = theirs.trace_id();
        identity.parent_span_id = SpanId::INVALID;
        identity.parent_is_remote = false;
    }
    identity.span_id = theirs.span_id();
}
