//! Makes a span of ours current in OpenTelemetry's own `Context` while it is entered, so that plain OpenTelemetry code and
//! instrumented clients continue our trace. Beside a `tracing-opentelemetry` layer that is that layer's business. A span that
//! was created in silence silences that code too, wherever it is entered.

use std::cell::RefCell;

use opentelemetry::{
    Context, ContextGuard,
    trace::{SpanContext, TraceContextExt},
};
use tracing::span::Id;

thread_local! {
    static ENTERED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn enter(id: &Id, context: SpanContext) {
    keep(id, Context::map_current(|current| current.with_remote_span_context(context)).attach());
}

pub(super) fn enter_silent(id: &Id) {
    keep(id, Context::enter_telemetry_suppressed_scope());
}

fn keep(id: &Id, guard: ContextGuard) {
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((id.clone(), guard)));
}

/// Guards may go in any order: spans that are entered by guards on one thread do not nest strictly.
pub(super) fn exit(id: &Id) {
    let guard = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let place = entered.iter().rposition(|(other, _)| other == id)?;
        Some(entered.remove(place))
    });
    // Dropped outside of the borrow: a context may own values whose `Drop` is the application's.
    drop(guard);
}
