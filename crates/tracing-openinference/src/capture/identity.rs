//! Which trace a span belongs to, and who its parent is there.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

/// The ids of a span.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// `SpanId::INVALID` for a root.
    pub(crate) parent_span_id: SpanId,
    pub(crate) parent_is_remote: bool,
    pub(crate) flags: TraceFlags,
    pub(crate) state: TraceState,
}

impl Identity {
    pub(crate) fn child_of(parent: &SpanContext, ids: &RandomIdGenerator) -> Self {
        Self {
            trace_id: parent.trace_id(),
            span_id: ids.new_span_id(),
            parent_span_id: parent.span_id(),
            parent_is_remote: parent.is_remote(),
            flags: parent.trace_flags(),
            state: parent.trace_state().clone(),
        }
    }

    /// A span without a recorded parent. It continues the trace that is current in OpenTelemetry's own context, if any:
    /// as a child when that span is remote, else as a second root, because we do not export a local span of somebody
    /// else and a parent that never arrives hides the trace in Phoenix.
    pub(crate) fn root(current: Option<&SpanContext>, ids: &RandomIdGenerator) -> Self {
        match current {
            Some(parent) if parent.is_remote() => Self::child_of(parent, ids),
            Some(other) => Self { parent_span_id: SpanId::INVALID, ..Self::child_of(other, ids) },
            None => Self {
                trace_id: ids.new_trace_id(),
                span_id: ids.new_span_id(),
                parent_span_id: SpanId::INVALID,
                parent_is_remote: false,
                flags: TraceFlags::SAMPLED,
                state: TraceState::NONE,
            },
        }
    }

    pub(crate) fn continue_from(&mut self, remote: &SpanContext) {
        self.trace_id = remote.trace_id();
        self.parent_span_id = remote.span_id();
        self.parent_is_remote = true;
        self.flags = remote.trace_flags();
        self.state = remote.trace_state().clone();
    }

    /// Makes the span a root of its trace and returns what was its parent.
    pub(crate) fn cut_from_parent(&mut self) -> Option<SpanContext> {
        self.parent_is_remote = false;
        let parent = std::mem::replace(&mut self.parent_span_id, SpanId::INVALID);
        (parent != SpanId::INVALID)
            .then(|| SpanContext::new(self.trace_id, parent, self.flags, true, self.state.clone()))
    }

    pub(crate) fn sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// The context that children, links and outgoing requests refer to.
    pub(crate) fn span_context(&self) -> SpanContext {
        SpanContext::new(self.trace_id, self.span_id, self.flags, false, self.state.clone())
    }
}

/// The valid span context that is current in OpenTelemetry's own context.
pub(crate) fn current() -> Option<SpanContext> {
    Context::map_current(|context| {
        context.has_active_span().then(|| context.span().span_context().clone()).filter(SpanContext::is_valid)
    })
}
