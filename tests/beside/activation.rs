//! Plain OpenTelemetry code below our spans.

use integration_tests::Recorder;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Dispatch, info_span};
use tracing_openinference::{OpenInference, OpenInferenceSpanExt};
use tracing_subscriber::{Registry, prelude::*};

use crate::ids::remote;
use crate::pair::{BOTH, Setup};

struct Alone {
    ours: Recorder,
    plain: Recorder,
    tracer: SdkTracer,
    dispatch: Dispatch,
    _handle: OpenInference,
    _provider: SdkTracerProvider,
}

/// Our layer, and a provider of the application's that has no layer.
fn alone() -> Alone {
    let (ours, plain) = (Recorder::new(), Recorder::new());
    let provider = SdkTracerProvider::builder().with_span_processor(plain.clone()).build();
    let handle = tracing_openinference::builder().span_processor(ours.clone()).build().expect("a pipeline");
    let dispatch = Dispatch::new(Registry::default().with(handle.layer()));
    Alone { ours, plain, tracer: provider.tracer("plain"), dispatch, _handle: handle, _provider: provider }
}

impl Alone {
    fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::dispatcher::with_default(&self.dispatch, work)
    }

    fn plain_span(&self, name: &'static str) {
        self.tracer.in_span(name, |_| {});
    }
}

#[test]
fn plain_opentelemetry_code_under_our_span_continues_our_trace() {
    let alone = alone();
    alone.run(|| {
        let outer = info_span!("outer");
        let _entered = outer.enter();
        alone.plain_span("in_outer");
        info_span!("inner").in_scope(|| alone.plain_span("in_inner"));
        alone.plain_span("in_outer_again");
    });
    let (outer, inner) = (alone.ours.span("outer").span_context, alone.ours.span("inner").span_context);
    for (name, parent) in [("in_outer", &outer), ("in_inner", &inner), ("in_outer_again", &outer)] {
        let span = alone.plain.span(name);
        assert_eq!(span.parent_span_id, parent.span_id(), "{name}");
        assert_eq!(span.span_context.trace_id(), outer.trace_id(), "{name}");
    }
    assert!(!Context::current().has_active_span(), "nothing is left behind");
}

#[test]
fn guards_that_are_dropped_in_any_order_leave_nothing_behind() {
    let alone = alone();
    alone.run(|| {
        let (one, two, three) = (info_span!("one"), info_span!("two"), info_span!("three"));
        let (in_one, in_two, in_three) = (one.enter(), two.enter(), three.enter());
        drop(in_two);
        drop(in_one);
        alone.plain_span("in_three");
        drop(in_three);
        alone.plain_span("outside");
    });
    let three = alone.ours.span("three").span_context;
    assert_eq!(alone.plain.span("in_three").parent_span_id, three.span_id());
    assert_eq!(alone.plain.span("outside").parent_span_id, SpanId::INVALID);
    assert!(!Context::current().has_active_span());
}

#[test]
fn a_span_that_is_not_sampled_hands_that_on() {
    let (ours, plain) = (Recorder::new(), Recorder::new());
    let provider = SdkTracerProvider::builder().with_span_processor(plain.clone()).build();
    let handle = tracing_openinference::builder()
        .sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff)
        .span_processor(ours.clone())
        .build()
        .unwrap();
    let dispatch = Dispatch::new(Registry::default().with(handle.layer()));
    tracing::dispatcher::with_default(&dispatch, || {
        info_span!("request").in_scope(|| provider.tracer("plain").in_span("call", |_| {}));
    });
    assert!(ours.spans().is_empty());
    assert!(plain.spans().is_empty());
}

#[test]
fn under_a_local_span_of_somebody_else_their_tree_stays_theirs() {
    let alone = alone();
    alone.run(|| {
        alone.tracer.in_span("server", |_| {
            info_span!("agent").in_scope(|| alone.plain_span("client"));
        });
    });
    let (server, client, agent) = (alone.plain.span("server"), alone.plain.span("client"), alone.ours.span("agent"));
    assert_eq!(client.parent_span_id, server.span_context.span_id());
    // One trace all the same; that the parent is not ours to export makes ours a root of it.
    assert_eq!(agent.span_context.trace_id(), server.span_context.trace_id());
    assert_eq!(agent.parent_span_id, SpanId::INVALID);
}

#[test]
fn a_parent_that_is_set_inside_the_span_is_what_plain_code_continues_from_then_on() {
    let alone = alone();
    let headers = [("traceparent".to_owned(), "00-00000000000000000000000000007777-0000000000000042-01".to_owned())];
    alone.run(|| {
        let request = info_span!("request");
        request.in_scope(|| {
            request.set_parent_from(&std::collections::HashMap::from(headers));
            alone.plain_span("client");
        });
        alone.plain_span("outside");
    });
    let (request, client) = (alone.ours.span("request"), alone.plain.span("client"));
    assert_eq!(request.span_context.trace_id(), remote().trace_id());
    assert_eq!(client.span_context.trace_id(), remote().trace_id());
    assert_eq!(client.parent_span_id, request.span_context.span_id());
    assert_eq!(alone.plain.span("outside").parent_span_id, SpanId::INVALID);
}

#[test]
fn beside_their_layer_plain_code_is_theirs() {
    for first in BOTH {
        let pair = Setup::new().filter("info").their_filter("info,hidden=off").in_order(first);
        let tracer = pair.provider.tracer("plain");
        pair.run(|| {
            info_span!("request").in_scope(|| tracer.in_span("in_request", |_| {}));
            info_span!(target: "hidden", "ours_only").in_scope(|| tracer.in_span("in_ours_only", |_| {}));
        });
        let request = pair.their_span("request").span_context;
        assert_eq!(pair.their_span("in_request").parent_span_id, request.span_id(), "{first:?}");
        assert_eq!(pair.their_span("in_ours_only").parent_span_id, SpanId::INVALID, "{first:?}");
    }
}

#[test]
fn in_spawned_tasks_the_context_follows_the_span() {
    use tracing::Instrument as _;
    let alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    alone.run(|| {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..20)
                .map(|_| {
                    let tracer = alone.tracer.clone();
                    let task = async move {
                        for _ in 0..3 {
                            tokio::task::yield_now().await;
                            let ours = tracing::Span::current();
                            let span = tracer.start("call");
                            drop(span);
                            drop(ours);
                        }
                    };
                    tokio::spawn(task.instrument(info_span!("task")))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    let tasks: std::collections::HashMap<_, _> =
        alone.ours.spans().into_iter().map(|span| (span.span_context.span_id(), span.span_context)).collect();
    assert_eq!(tasks.len(), 20);
    let calls = alone.plain.spans();
    assert_eq!(calls.len(), 60);
    for call in calls {
        assert_eq!(tasks[&call.parent_span_id].trace_id(), call.span_context.trace_id());
    }
    let mut parents: Vec<_> = alone.plain.spans().iter().map(|span| span.parent_span_id.to_bytes()).collect();
    parents.sort_unstable();
    assert!(parents.chunks(3).all(|three| three[0] == three[1] && three[1] == three[2]));
}
