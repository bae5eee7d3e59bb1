//! Makes a span of ours current in OpenTelemetry's own `Context` while it is entered, so that plain OpenTelemetry code and
//! instrumented clients continue our trace. Beside a `tracing-opentelemetry` layer that is that layer's business. A span that
//! was created in silence silences that code too, wherever it is entered.

use std::cell::RefCell;

use opentelemetry::{
    ContextGuard,
    trace::{SpanContext, TraceContextExt},
};
use tracing::span::Id;

use super::context;

thread_local! {
    // Used only after the context: it is destroyed first, and the guards need the context.
    static ENTERED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
}

/// Below a span that somebody else records nothing is made current: its own children would get a parent that only our
/// backend knows. Contexts of ours, and remote ones, only name a span and record nothing.
pub(super) fn enter(id: &Id, parent: SpanContext) {
    let context = context::with_current(|current| {
        (!current.span().is_recording()).then(|| current.with_remote_span_context(parent))
    });
    if let Some(context) = context {
        keep(id, context.attach());
    }
}

/// The ids of an entered span have changed: code below must continue the new trace. Where something else has become current
/// on top of the span, that stays.
pub(super) fn replace(id: &Id, old: &SpanContext, new: SpanContext) {
    let context = context::with_current(|current| {
        let context = current.span().span_context().clone();
        let ours = context.span_id() == old.span_id() && context.trace_id() == old.trace_id();
        ours.then(|| current.with_remote_span_context(new))
    });
    let Some(context) = context else { return };
    let guard = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let (_, guard) = entered.last_mut().filter(|(other, _)| other == id)?;
        Some(std::mem::replace(guard, context.attach()))
    });
    drop(guard);
}

pub(super) fn enter_silent(id: &Id) {
    if let Some(guard) = context::suppress() {
        keep(id, guard);
    }
}

fn keep(id: &Id, guard: ContextGuard) {
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((id.clone(), guard)));
}

/// Guards may go in any order: spans that are entered by guards on one thread do not nest strictly.
pub(super) fn exit(id: &Id) {
    if !context::is_usable() {
        return;
    }
    let guard = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let place = entered.iter().rposition(|(other, _)| other == id)?;
        Some(entered.remove(place))
    });
    // Dropped outside of the borrow: a context may own values whose `Drop` is the application's.
    drop(guard);
}
