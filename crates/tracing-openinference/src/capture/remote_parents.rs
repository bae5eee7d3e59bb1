//! The one thing that a `tracing-opentelemetry` layer does not tell: which remote span is the parent of one of its spans.

use std::{
    collections::HashMap,
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::{
    Context,
    trace::{Span as _, SpanContext, SpanId, TraceContextExt},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

/// Lets our layer know the remote parents that `OpenTelemetrySpanExt::set_parent` gave to spans.
///
/// Register it with the provider behind a `tracing-opentelemetry` layer in the same subscriber. Without it a span whose
/// parent was set that way has the same trace and span id in both exports, and is a root of that trace in ours, which is what
/// Phoenix wants where the caller's spans go elsewhere. Parents set with
/// [`set_parent_from`](crate::OpenInferenceSpanExt::set_parent_from) need no help.
///
/// It only looks: no span is changed, and only children of remote spans that have not ended are remembered.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(tracing_openinference::RemoteParents::new())
///     // .with_batch_exporter(…)
///     .build();
/// # let _ = provider;
/// ```
#[derive(Debug, Default)]
#[must_use = "it sees nothing until it is registered with a provider"]
pub struct RemoteParents(());

impl RemoteParents {
    /// A processor to register with a provider.
    pub fn new() -> Self {
        Self::default()
    }
}

static ANY: AtomicBool = AtomicBool::new(false);
static PARENTS: LazyLock<Mutex<HashMap<SpanId, SpanContext>>> = LazyLock::new(Mutex::default);

fn parents() -> MutexGuard<'static, HashMap<SpanId, SpanContext>> {
    PARENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The remote parent of a span of theirs that has not ended.
pub(super) fn of(span: &SpanContext) -> Option<SpanContext> {
    if !ANY.load(Ordering::Acquire) {
        return None;
    }
    parents().get(&span.span_id()).filter(|parent| parent.trace_id() == span.trace_id()).cloned()
}

impl SpanProcessor for RemoteParents {
    fn on_start(&self, span: &mut Span, context: &Context) {
        let parent = context.span().span_context().clone();
        if parent.is_valid() && parent.is_remote() {
            parents().insert(span.span_context().span_id(), parent);
            ANY.store(true, Ordering::Release);
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.parent_span_is_remote {
            parents().remove(&span.span_context.span_id());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        parents().clear();
        Ok(())
    }
}
