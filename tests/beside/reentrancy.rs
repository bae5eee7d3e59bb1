//! Their sampler, processor and id generator may open spans themselves. That must not hang the application, whatever their
//! layer holds locked at that moment.

use std::cell::Cell;
use std::time::Duration;

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, SamplingDecision, SamplingResult, ShouldSample, SpanData, SpanProcessor,
};
use tracing::info_span;

use crate::pair::{BOTH, Pair, Setup};
use crate::without_hanging;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// What a hook of theirs does: spans in spans, contextual and not, some refused by one layer. Once only, or it would be its own
/// hook for ever.
fn open_spans() {
    if INSIDE.replace(true) {
        return;
    }
    info_span!("hook").in_scope(|| {
        info_span!("inside_hook").in_scope(|| drop(info_span!("leaf_of_hook")));
        info_span!(target: "hidden", "refused").in_scope(|| info_span!("below_refused").in_scope(|| {}));
        info_span!(parent: None, "root_of_hook").in_scope(|| {});
    });
    info_span!(target: "hidden", "refused").in_scope(|| info_span!("below_refused").in_scope(|| {}));
    tracing::error!("a hook complains");
    INSIDE.set(false);
}

#[derive(Clone, Debug)]
struct Hook;

impl ShouldSample for Hook {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _trace: TraceId,
        _name: &str,
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        open_spans();
        let parent = parent.map(|parent| parent.span().span_context().clone());
        let trace_state = parent.as_ref().map(SpanContext::trace_state).cloned().unwrap_or(TraceState::NONE);
        SamplingResult { decision: SamplingDecision::RecordAndSample, attributes: Vec::new(), trace_state }
    }
}

impl SpanProcessor for Hook {
    fn on_start(&self, _span: &mut opentelemetry_sdk::trace::Span, _context: &Context) {
        open_spans();
    }

    fn on_end(&self, _span: SpanData) {
        open_spans();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl IdGenerator for Hook {
    fn new_trace_id(&self) -> TraceId {
        open_spans();
        RandomIdGenerator::default().new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        open_spans();
        RandomIdGenerator::default().new_span_id()
    }
}

/// Every point at which their layer starts or ends a span.
fn work() {
    info_span!("request").in_scope(|| {
        info_span!("entered").in_scope(|| {});
        drop(info_span!("never_entered"));
        let parent = info_span!("parent");
        let child = info_span!(parent: &parent, "explicit");
        drop(parent);
        child.in_scope(|| {});
    });
    let late = info_span!(target: "hidden", "known_to_them_only");
    info_span!(parent: &late, "below").in_scope(|| {});
}

fn survives(setup: impl Fn() -> Setup + Send + Clone + 'static) {
    for first in BOTH {
        let setup = setup.clone();
        let pair: Pair = without_hanging(move || {
            let pair = setup().in_order(first);
            pair.run(work);
            // A span that is opened while another one closes is never freed by the registry, nor are its parents: with or
            // without us. They come out as unfinished.
            let _ = pair.handle.shutdown(Duration::from_secs(1));
            pair
        });
        let spans = pair.ours.spans();
        for name in ["request", "entered", "never_entered", "parent", "explicit", "below"] {
            assert_eq!(spans.iter().filter(|span| span.name == name).count(), 1, "{name} with {first:?}");
        }
        // What their hooks open stays theirs to export.
        let hooks = |name| pair.their_spans().iter().filter(|span| span.name == name).count();
        assert_eq!(hooks("inside_hook"), hooks("hook"), "{first:?}");
        let mut ids: Vec<_> = spans.iter().map(|span| span.span_context.span_id().to_bytes()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), spans.len(), "a span id stands twice in\n{}", pair.ours.tree());
    }
}

#[test]
fn a_sampler_of_theirs_that_opens_spans_does_not_hang() {
    survives(|| Setup::new().their_sampler(Hook));
    survives(|| Setup::new().their_sampler(Hook).filter("info,hidden=off"));
    survives(|| Setup::new().their_sampler(Hook).their_filter("info,hidden=off"));
}

#[test]
fn a_processor_of_theirs_that_opens_spans_does_not_hang() {
    survives(|| Setup::new().their_processor(Hook));
    survives(|| Setup::new().their_processor(Hook).filter("info,hidden=off"));
    survives(|| Setup::new().their_processor(Hook).their_filter("info,hidden=off"));
}

#[test]
fn an_id_generator_of_theirs_that_opens_spans_does_not_hang() {
    survives(|| Setup::new().their_ids(Hook));
    survives(|| Setup::new().their_ids(Hook).filter("info,hidden=off"));
    survives(|| Setup::new().their_ids(Hook).their_filter("info,hidden=off"));
}

#[test]
fn without_context_activation_everything_is_right_too() {
    for first in BOTH {
        let pair = without_hanging(move || {
            let pair = Setup::new().context_activation(false).in_order(first);
            pair.run(work);
            pair
        });
        assert_eq!(pair.ours.spans().len(), 7, "{first:?}");
    }
}
