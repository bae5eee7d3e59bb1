//! Which trace a span belongs to, and who its parent is there.

use std::sync::{Arc, OnceLock};

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use super::context;

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
    /// Whether the span id is also that of a span which a `tracing-opentelemetry` layer exports.
    pub(crate) shared: bool,
    /// Whether the trace begins with this span and its id is one that we made.
    begins_trace: bool,
    undecided: Option<Undecided>,
}

/// The trace id of a tree whose root a `tracing-opentelemetry` layer does not know. The first span below that it does know
/// decides, unless the id was told to somebody before; shared by the whole tree.
type Undecided = Arc<OnceLock<TraceId>>;

/// What a child takes from its parent.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    context: SpanContext,
    undecided: Option<Undecided>,
}

impl Parent {
    /// The parent as links and requests name it.
    pub(crate) fn into_context(self) -> SpanContext {
        let Self { context, undecided } = self;
        match undecided {
            None => context,
            Some(undecided) => SpanContext::new(
                *undecided.get_or_init(|| context.trace_id()),
                context.span_id(),
                context.trace_flags(),
                context.is_remote(),
                context.trace_state().clone(),
            ),
        }
    }
}

impl Identity {
    pub(crate) fn child_of(parent: &Parent, ids: &RandomIdGenerator) -> Self {
        Self { undecided: parent.undecided.clone(), ..Self::below(&parent.context, ids) }
    }

    fn below(parent: &SpanContext, ids: &RandomIdGenerator) -> Self {
        Self {
            trace_id: parent.trace_id(),
            span_id: ids.new_span_id(),
            parent_span_id: parent.span_id(),
            parent_is_remote: parent.is_remote(),
            flags: parent.trace_flags(),
            state: parent.trace_state().clone(),
            shared: false,
            begins_trace: false,
            undecided: None,
        }
    }

    /// A span without a recorded parent. It continues the trace that is current in OpenTelemetry's own context, if any:
    /// as a child when that span is remote, else as a second root, because we do not export a local span of somebody
    /// else and a parent that never arrives hides the trace in Phoenix.
    pub(crate) fn root(current: Option<&SpanContext>, ids: &RandomIdGenerator) -> Self {
        match current {
            Some(parent) if parent.is_remote() => Self::below(parent, ids),
            Some(other) => Self { parent_span_id: SpanId::INVALID, ..Self::below(other, ids) },
            None => Self {
                trace_id: ids.new_trace_id(),
                span_id: ids.new_span_id(),
                parent_span_id: SpanId::INVALID,
                parent_is_remote: false,
                flags: TraceFlags::SAMPLED,
                state: TraceState::NONE,
                shared: false,
                begins_trace: true,
                undecided: None,
            },
        }
    }

    #[cfg(feature = "tracing-opentelemetry")]
    pub(crate) fn is_root(&self) -> bool {
        self.parent_span_id == SpanId::INVALID
    }

    /// Lets a span further down decide the trace id; only before anybody was told.
    #[cfg(feature = "tracing-opentelemetry")]
    pub(crate) fn leave_trace_undecided(&mut self) {
        if self.begins_trace && self.undecided.is_none() {
            self.undecided = Some(Undecided::default());
        }
    }

    /// Decides the trace id for the whole tree, if that was left open.
    #[cfg(feature = "tracing-opentelemetry")]
    pub(crate) fn decide_trace(&mut self, trace_id: TraceId) {
        if let Some(undecided) = &self.undecided {
            self.trace_id = *undecided.get_or_init(|| trace_id);
        }
    }

    /// Makes the span a root of another trace; in the same trace nothing changes.
    #[cfg(feature = "tracing-opentelemetry")]
    pub(crate) fn move_to(&mut self, trace_id: TraceId) {
        if trace_id != self.trace_id {
            self.trace_id = trace_id;
            self.parent_span_id = SpanId::INVALID;
            self.parent_is_remote = false;
        }
        self.begins_trace = false;
        self.undecided = None;
    }

    /// Gives one span the same ids in two layers of ours, as far as their filters leave it in the same trace.
    pub(crate) fn join(&mut self, other: &Self) {
        if self.begins_trace {
            self.trace_id = other.trace_id;
            self.begins_trace = other.begins_trace;
            self.undecided.clone_from(&other.undecided);
        }
        self.span_id = other.span_id;
    }

    pub(crate) fn continue_from(&mut self, remote: &SpanContext) {
        self.begins_trace = false;
        self.undecided = None;
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

    /// The context that links, outgoing requests and the exported span name; the trace id is decided by it.
    pub(crate) fn span_context(&self) -> SpanContext {
        self.as_parent().into_context()
    }

    /// What children are made from; it decides nothing.
    pub(crate) fn as_parent(&self) -> Parent {
        Parent {
            context: SpanContext::new(self.trace_id, self.span_id, self.flags, false, self.state.clone()),
            undecided: self.undecided.clone(),
        }
    }
}

/// The valid span context that is current in OpenTelemetry's own context.
pub(crate) fn current() -> Option<SpanContext> {
    context::with_current(|context| {
        context.has_active_span().then(|| context.span().span_context().clone()).filter(SpanContext::is_valid)
    })
}
