//! Asking the application's sampler.

use std::{borrow::Cow, panic::AssertUnwindSafe};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, SpanKind, TraceContextExt, TraceId},
};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use super::{Core, context, open::Open};

/// What the sampler is told of a span that others can see already: a copy, because it is asked with the span unlocked. It may
/// well record on the span that it is asked about.
pub(super) struct Question {
    trace_id: TraceId,
    name: Cow<'static, str>,
    kind: SpanKind,
    attributes: Vec<KeyValue>,
}

impl Question {
    pub(super) fn about(open: &Open) -> Self {
        Self {
            trace_id: open.identity.trace_id,
            name: open.name.clone(),
            kind: open.kind.clone(),
            attributes: open.attributes.clone(),
        }
    }

    /// Whether an answer still concerns the span.
    pub(super) fn concerns(&self, open: &Open) -> bool {
        self.trace_id == open.identity.trace_id
    }

    pub(super) fn ask(&self, continued: &SpanContext, core: &Core) -> Option<SamplingResult> {
        let sampler = core.settings.sampler.as_deref()?;
        ask(sampler, Some(continued), self.trace_id, &self.name, &self.kind, &self.attributes)
    }
}

/// What the sampler itself does is not traced; a sampler that panics has not decided.
pub(super) fn ask(
    sampler: &dyn ShouldSample,
    continued: Option<&SpanContext>,
    trace_id: TraceId,
    name: &str,
    kind: &SpanKind,
    attributes: &[KeyValue],
) -> Option<SamplingResult> {
    let parent = continued.map(|context| Context::new().with_remote_span_context(context.clone()));
    let verdict = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _ours = context::suppress();
        sampler.should_sample(parent.as_ref(), trace_id, name, kind, attributes, &[])
    }));
    verdict.ok()
}
