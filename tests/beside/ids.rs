//! The same ids in both exports.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Dispatch, Span, info_span};
use tracing_openinference::{OpenInferenceSpanExt, RemoteParent, RemoteParents};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Registry, prelude::*};

use crate::pair::{BOTH, First, Setup};
use integration_tests::Recorder;

pub(crate) fn remote() -> SpanContext {
    SpanContext::new(0x7777.into(), 0x42.into(), TraceFlags::SAMPLED, true, TraceState::NONE)
}

/// Every way to open a span, all of them entered.
fn a_bit_of_everything() {
    let request = info_span!("request");
    let explicit = info_span!(parent: &request, "explicit");
    explicit.in_scope(|| info_span!("below_explicit").in_scope(|| {}));
    request.in_scope(|| {
        info_span!("contextual").in_scope(|| info_span!("deeper").in_scope(|| {}));
        info_span!(parent: None, "root_inside").in_scope(|| {});
        for _ in 0..3 {
            explicit.in_scope(|| {});
        }
    });
    let elsewhere = {
        let _entered = request.enter();
        info_span!("entered_elsewhere")
    };
    let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
    std::thread::spawn(move || {
        tracing::dispatcher::with_default(&dispatch, || {
            elsewhere.in_scope(|| info_span!("child_elsewhere").in_scope(|| {}));
            drop(elsewhere);
        });
    })
    .join()
    .expect("no panic");
    drop(request);
    // The parent has been let go of; its child keeps it open.
    explicit.in_scope(|| info_span!("late").in_scope(|| {}));
}

#[test]
fn both_exports_have_the_same_ids_in_either_order() {
    for first in BOTH {
        for activation in [true, false] {
            let pair = Setup::new().context_activation(activation).in_order(first);
            pair.run(a_bit_of_everything);
            pair.assert_same();
        }
    }
}

#[test]
fn spans_that_are_never_entered_have_the_same_ids_when_ours_is_first() {
    let pair = Setup::new().in_order(First::Ours);
    pair.run(|| {
        let root = info_span!("root");
        let child = info_span!(parent: &root, "child");
        drop(info_span!(parent: &child, "leaf"));
    });
    pair.assert_same();
}

#[test]
fn never_entered_spans_of_one_trace_stay_in_it_when_ours_is_last() {
    let pair = Setup::new().in_order(First::Theirs);
    pair.run(|| {
        let root = info_span!("root");
        drop(info_span!(parent: &root, "leaf"));
    });
    let (root, leaf) = (pair.ours.span("root"), pair.ours.span("leaf"));
    assert_eq!(leaf.parent_span_id, root.span_context.span_id());
    assert_eq!(root.span_context, pair.their_span("root").span_context);
    assert_eq!(leaf.span_context.trace_id(), pair.their_span("leaf").span_context.trace_id());
}

#[test]
fn a_parent_that_was_set_on_their_span_is_honoured_before_the_first_enter() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        pair.run(|| {
            let span = info_span!("request", late = tracing::field::Empty);
            span.record("late", 1);
            span.set_parent(Context::new().with_remote_span_context(remote())).unwrap();
            span.in_scope(|| info_span!("child").in_scope(|| {}));
        });
        let (ours, theirs) = (pair.ours.span("request"), pair.their_span("request"));
        assert_eq!(ours.span_context.trace_id(), remote().trace_id(), "{first:?}");
        assert_eq!(ours.span_context.span_id(), theirs.span_context.span_id());
        // The id of the remote span itself is not to be had from them.
        assert_eq!(ours.parent_span_id, SpanId::INVALID);
        assert_eq!(pair.ours.span("child").parent_span_id, ours.span_context.span_id());
        assert_eq!(pair.ours.span("child").span_context, pair.their_span("child").span_context);
    }
}

#[test]
fn with_remote_parents_a_parent_that_was_set_on_their_span_is_the_parent_in_both() {
    for first in BOTH {
        for activation in [true, false] {
            let pair =
                Setup::new().their_processor(RemoteParents::new()).context_activation(activation).in_order(first);
            let work = || {
                let request = info_span!("request");
                request.set_parent(Context::new().with_remote_span_context(remote())).unwrap();
                request.in_scope(|| {
                    info_span!("child").in_scope(|| {});
                    let job = info_span!("job");
                    job.set_parent(Context::new().with_remote_span_context(remote())).unwrap();
                    job.in_scope(|| {});
                });
            };
            pair.run(work);
            pair.assert_same();
            assert!(pair.ours.span("request").parent_span_is_remote);
            assert!(pair.ours.span("job").parent_span_is_remote);
        }
    }
    let pair = Setup::new()
        .their_processor(RemoteParents::new())
        .builder(|builder| builder.remote_parent(RemoteParent::Root))
        .in_order(First::Ours);
    pair.run(|| {
        let request = info_span!("request");
        request.set_parent(Context::new().with_remote_span_context(remote())).unwrap();
        request.in_scope(|| {});
    });
    let request = pair.ours.span("request");
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    assert_eq!(request.links.links[0].span_context.span_id(), remote().span_id());
}

#[test]
fn a_parent_that_was_set_in_the_middle_of_a_trace_moves_the_span_there_as_a_root() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        pair.run(|| {
            info_span!("worker").in_scope(|| {
                let job = info_span!("job");
                job.set_parent(Context::new().with_remote_span_context(remote())).unwrap();
                job.in_scope(|| {});
            });
        });
        let job = pair.ours.span("job");
        assert_eq!(job.span_context.trace_id(), remote().trace_id(), "{first:?}");
        assert_eq!(job.span_context.span_id(), pair.their_span("job").span_context.span_id());
        assert_eq!(job.parent_span_id, SpanId::INVALID);
        assert_ne!(pair.ours.span("worker").span_context.trace_id(), remote().trace_id());
    }
}

#[test]
fn a_remote_parent_that_is_current_when_the_root_is_made_is_its_parent_in_both() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        pair.run(|| {
            let _remote = Context::new().with_remote_span_context(remote()).attach();
            info_span!("request").in_scope(|| info_span!("child").in_scope(|| {}));
        });
        pair.assert_same();
        assert_eq!(pair.ours.span("request").parent_span_id, remote().span_id(), "{first:?}");
        assert!(pair.ours.span("request").parent_span_is_remote);
    }
}

#[test]
fn below_a_plain_span_of_theirs_ours_is_a_second_root_of_the_same_trace() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        let tracer = pair.provider.tracer("plain");
        pair.run(|| tracer.in_span("plain", |_| info_span!("request").in_scope(|| {})));
        let (ours, theirs) = (pair.ours.span("request"), pair.their_span("request"));
        assert_eq!(ours.span_context, theirs.span_context, "{first:?}");
        assert_eq!(ours.parent_span_id, SpanId::INVALID);
        assert_eq!(theirs.parent_span_id, pair.their_span("plain").span_context.span_id());
    }
}

#[test]
fn what_they_sample_out_is_exported_by_us_under_their_ids() {
    for first in BOTH {
        let pair = Setup::new().their_sampler(Sampler::AlwaysOff).in_order(first);
        let seen = pair.run(|| {
            let span = info_span!("request");
            let _entered = span.enter();
            info_span!("child").in_scope(|| Span::current().context().span().span_context().clone())
        });
        assert!(pair.their_spans().is_empty());
        let (request, child) = (pair.ours.span("request"), pair.ours.span("child"));
        assert_eq!(child.span_context.span_id(), seen.span_id(), "{first:?}");
        assert_eq!(child.span_context.trace_id(), seen.trace_id());
        assert_eq!(child.parent_span_id, request.span_context.span_id());
    }
}

fn assert_one_connected_trace(recorder: &Recorder, spans: usize) {
    let spans_seen = recorder.spans();
    assert_eq!(spans_seen.len(), spans, "{}", recorder.tree());
    let mut ids: Vec<_> = spans_seen.iter().map(|span| span.span_context.span_id()).collect();
    ids.sort_by_key(|id| id.to_bytes());
    ids.dedup();
    assert_eq!(ids.len(), spans, "a span id stands twice in\n{}", recorder.tree());
    let trace = spans_seen[0].span_context.trace_id();
    assert!(spans_seen.iter().all(|span| span.span_context.trace_id() == trace));
    let roots = spans_seen.iter().filter(|span| span.parent_span_id == SpanId::INVALID).count();
    assert_eq!(roots, 1, "{}", recorder.tree());
    assert!(spans_seen.iter().all(|span| span.parent_span_id == SpanId::INVALID || ids.contains(&span.parent_span_id)));
    assert_ne!(trace, TraceId::INVALID);
}

fn three_deep() {
    info_span!("root").in_scope(|| {
        info_span!("middle").in_scope(|| drop(info_span!("leaf")));
        info_span!("sibling").in_scope(|| {});
    });
}

#[test]
fn beside_a_no_op_tracer_our_ids_are_our_own() {
    for first in BOTH {
        let recorder = Recorder::new();
        let handle = tracing_openinference::builder().span_processor(recorder.clone()).build().unwrap();
        let dispatch = match first {
            First::Ours => Dispatch::new(Registry::default().with(handle.layer()).with(tracing_opentelemetry::layer())),
            First::Theirs => {
                Dispatch::new(Registry::default().with(tracing_opentelemetry::layer()).with(handle.layer()))
            }
        };
        tracing::dispatcher::with_default(&dispatch, three_deep);
        assert_one_connected_trace(&recorder, 4);
        // A real span is current: the no-op tracer gives its id to everything below it.
        recorder.clear();
        let plain = SdkTracerProvider::builder().build().tracer("plain");
        plain.in_span("plain", |context| {
            tracing::dispatcher::with_default(&dispatch, three_deep);
            assert_one_connected_trace(&recorder, 4);
            let plain = context.span().span_context().clone();
            assert!(recorder.spans().iter().all(|span| span.span_context.trace_id() == plain.trace_id()));
            assert!(recorder.spans().iter().all(|span| span.span_context.span_id() != plain.span_id()));
        });
    }
}

#[test]
fn when_their_provider_is_shut_down_midway_the_trace_goes_on() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        pair.run(|| {
            info_span!("root").in_scope(|| {
                info_span!("before").in_scope(|| {});
                pair.provider.shutdown().unwrap();
                info_span!("after").in_scope(|| drop(info_span!("leaf")));
            });
        });
        assert_one_connected_trace(&pair.ours, 4);
        pair.ours.clear();
        pair.run(three_deep);
        assert_one_connected_trace(&pair.ours, 4);
    }
}

#[test]
fn a_layer_of_theirs_that_can_be_reloaded_is_out_of_sight_and_both_traces_are_whole() {
    for first in BOTH {
        let (ours, theirs) = (Recorder::new(), Recorder::new());
        let provider = SdkTracerProvider::builder().with_span_processor(theirs.clone()).build();
        let handle = tracing_openinference::builder().span_processor(ours.clone()).build().unwrap();
        let tracer = provider.tracer("theirs");
        let dispatch = match first {
            First::Ours => {
                let (layer, _reload) =
                    tracing_subscriber::reload::Layer::new(tracing_opentelemetry::layer().with_tracer(tracer));
                Dispatch::new(Registry::default().with(handle.layer()).with(layer))
            }
            First::Theirs => {
                let (layer, _reload) =
                    tracing_subscriber::reload::Layer::new(tracing_opentelemetry::layer().with_tracer(tracer));
                Dispatch::new(Registry::default().with(layer).with(handle.layer()))
            }
        };
        tracing::dispatcher::with_default(&dispatch, three_deep);
        assert_one_connected_trace(&ours, 4);
        assert_one_connected_trace(&theirs, 4);
    }
}

#[test]
fn a_request_that_goes_out_before_the_first_enter_carries_the_ids_of_both() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        let mut headers = std::collections::HashMap::new();
        pair.run(|| {
            let span = info_span!("call");
            span.inject_into(&mut headers);
            span.in_scope(|| {});
        });
        pair.assert_same();
        let context = pair.their_span("call").span_context;
        assert_eq!(headers["traceparent"], format!("00-{}-{}-01", context.trace_id(), context.span_id()));
    }
}
