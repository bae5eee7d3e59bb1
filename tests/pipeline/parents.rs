//! Whose child is a span? The nearest span that is recorded, however the application said it.

use insta::{allow_duplicates, assert_snapshot};
use integration_tests::Recorder;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, trace::Span as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Instrument, debug_span, dispatcher, info_span};

use crate::{Pipeline, RUNTIMES, on_another_thread, record, shape};

/// The same with a subscriber in which refused spans exist.
fn record_beside(application: impl FnOnce()) -> Pipeline {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), application);
    pipeline
}

#[test]
fn a_span_belongs_to_the_span_it_was_opened_in() {
    let pipeline = record(|| {
        info_span!("request").in_scope(|| {
            info_span!("agent").in_scope(|| drop(info_span!("model")));
            drop(info_span!("tool"));
        });
        drop(info_span!("next request"));
    });
    assert_snapshot!(pipeline.shape(), @r"
    request
      - agent
          - model
      - tool

    next request
    ");
}

#[test]
fn a_span_belongs_to_the_parent_it_names() {
    let pipeline = record(|| {
        let request = info_span!("request");
        info_span!("another request").in_scope(|| {
            drop(info_span!(parent: &request, "by span"));
            drop(info_span!(parent: request.id(), "by id"));
        });
    });
    assert_snapshot!(pipeline.shape(), @r"
    request
      - by span
      - by id

    another request
    ");
}

#[test]
fn an_explicit_root_begins_a_trace() {
    let pipeline = record(|| {
        info_span!("request").in_scope(|| {
            info_span!(parent: None, "job").in_scope(|| drop(info_span!("step")));
        });
    });
    assert_snapshot!(pipeline.shape(), @r"
    request

    job
      - step
    ");
}

#[test]
fn a_parent_may_be_entered_on_another_thread() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let entered = request.enter();
        on_another_thread(|| request.in_scope(|| drop(info_span!("entered there"))));
        on_another_thread(|| drop(info_span!(parent: &request, "named there")));
        on_another_thread(|| drop(info_span!("nobody's")));
        drop(entered);
    });
    assert_snapshot!(pipeline.shape(), @r"
    request
      - entered there
      - named there

    nobody's
    ");
}

#[test]
fn a_spawned_task_belongs_to_the_span_it_is_instrumented_with() {
    let pipeline = record(|| {
        for runtime in RUNTIMES.map(|runtime| runtime()) {
            let task = || {
                let span = info_span!("task");
                let work = async {
                    tokio::task::yield_now().await;
                    async { tokio::task::yield_now().await }.instrument(info_span!("step")).await;
                };
                tokio::spawn(work.instrument(span))
            };
            let request = async { task().await.expect("the task ends") };
            runtime.block_on(request.instrument(info_span!("request")));
        }
    });
    assert_snapshot!(pipeline.shape(), @r"
    request
      - task
          - step

    request
      - task
          - step
    ");
}

#[test]
fn a_parent_may_have_been_closed() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let id = request.id();
        let stream = request.in_scope(|| info_span!("stream"));
        drop(request);
        drop(info_span!(parent: id, "late"));
        stream.in_scope(|| drop(info_span!("chunk")));
    });
    assert_snapshot!(pipeline.shape(), @r"
    request
      - stream
          - chunk
      - late
    ");
}

#[test]
fn children_of_refused_spans_belong_to_the_nearest_recorded_one() {
    let pipeline = record_beside(|| {
        let request = info_span!("request");
        let (outer, inner) = request.in_scope(|| {
            let outer = debug_span!("refused");
            let inner = outer.in_scope(|| debug_span!("refused too"));
            (outer, inner)
        });
        inner.in_scope(|| drop(info_span!("contextual")));
        drop(info_span!(parent: &inner, "by span"));
        drop(info_span!(parent: inner.id(), "by id"));
        on_another_thread(|| inner.in_scope(|| drop(info_span!("entered there"))));
        info_span!("unrelated").in_scope(|| drop(info_span!(parent: &outer, "named elsewhere")));
        let id = inner.id();
        let late = info_span!(parent: &inner, "while they close");
        drop((request, outer, inner));
        drop(info_span!(parent: id, "after they were closed"));
        drop(late);
    });
    assert_snapshot!(pipeline.shape(), @r"
    request
      - contextual
      - by span
      - by id
      - entered there
      - named elsewhere
      - while they close
      - after they were closed

    unrelated
    ");
}

#[test]
fn children_of_refused_spans_belong_to_the_nearest_recorded_one_in_tasks_too() {
    for beside in [false, true] {
        let pipeline = Pipeline::new();
        let subscriber = if beside { pipeline.beside_another_layer() } else { pipeline.alone() };
        dispatcher::with_default(&subscriber, || {
            for runtime in RUNTIMES.map(|runtime| runtime()) {
                let request = async {
                    let task = async { drop(info_span!("step")) }.instrument(info_span!("task"));
                    let refused = tokio::spawn(task.instrument(debug_span!("refused")).in_current_span());
                    refused.await.expect("the task ends");
                };
                runtime.block_on(request.instrument(info_span!("request")));
            }
        });
        allow_duplicates! {
            assert_snapshot!(pipeline.shape(), @r"
            request
              - task
                  - step

            request
              - task
                  - step
            ");
        }
    }
}

#[test]
fn a_refused_root_leaves_its_children_one_trace_each() {
    let pipeline = record_beside(|| {
        let refused = debug_span!("refused");
        refused.in_scope(|| info_span!("first").in_scope(|| drop(info_span!("child"))));
        info_span!("unrelated").in_scope(|| drop(info_span!(parent: &refused, "second")));
    });
    assert_snapshot!(pipeline.shape(), @r"
    first
      - child

    unrelated

    second
    ");
}

#[test]
fn a_span_that_follows_another_links_to_it() {
    let pipeline = record(|| {
        let question = info_span!("question");
        let answer = info_span!("answer");
        answer.follows_from(&question);
        answer.follows_from(question.id());
        answer.follows_from(&answer);
    });
    assert_snapshot!(pipeline.shape(), @r"
    question

    answer
      → question
    ");
}

#[test]
fn a_thousand_links_are_capped_and_counted() {
    let pipeline = record(|| {
        let gather = info_span!("gather");
        for _ in 0..1000 {
            gather.follows_from(&info_span!("part"));
        }
    });
    let links = pipeline.recorder.span("gather").links;
    assert_eq!((links.links.len(), links.dropped_count), (128, 872));
}

/// A subscriber does not hear of it.
#[test]
fn a_span_that_follows_a_refused_one_has_no_link() {
    let pipeline = record_beside(|| {
        let question = info_span!("question");
        let refused = question.in_scope(|| debug_span!("refused"));
        info_span!("answer").follows_from(&refused);
        debug_span!("refused too").follows_from(&question);
    });
    assert_snapshot!(pipeline.shape(), @r"
    question

    answer
    ");
}

fn remote(flags: TraceFlags) -> SpanContext {
    SpanContext::new(TraceId::from(7), SpanId::from(8), flags, true, TraceState::NONE)
}

#[test]
fn a_remote_parent_in_opentelemetrys_context_is_the_parent_of_what_has_no_other() {
    let pipeline = record_beside(|| {
        let _remote = Context::new().with_remote_span_context(remote(TraceFlags::SAMPLED)).attach();
        info_span!("served").in_scope(|| drop(info_span!("step")));
        debug_span!("refused").in_scope(|| drop(info_span!("served too")));
        drop(info_span!(parent: None, "explicit root"));
    });
    assert_snapshot!(pipeline.shape(), @r"
    served (remote parent)
      - step
    served too (remote parent)

    explicit root
    ");
    let served = pipeline.recorder.span("served");
    assert_eq!(served.parent_span_id, SpanId::from(8));
    assert_eq!(served.span_context.trace_id(), TraceId::from(7));
}

#[test]
fn spans_of_plain_opentelemetry_belong_to_the_span_they_are_opened_in() {
    let theirs = Recorder::new();
    let provider = SdkTracerProvider::builder().with_span_processor(theirs.clone()).build();
    let tracer = provider.tracer("plain");
    let pipeline = record(|| {
        let request = info_span!("request");
        request.in_scope(|| {
            tracer.start("sync").end();
            info_span!("inner").in_scope(|| tracer.start("sync in inner").end());
            tracer.start("sync after inner").end();
        });
        tracer.start("outside").end();
        for runtime in RUNTIMES.map(|runtime| runtime()) {
            let tracer = tracer.clone();
            let task = async move {
                tokio::task::yield_now().await;
                tracer.start("task").end();
            };
            let task = runtime.spawn(task.instrument(request.clone()));
            runtime.block_on(task).expect("the task ends");
        }
    });
    assert_snapshot!(shape([pipeline.recorder.spans(), theirs.spans()].concat()), @r"
    request
      - sync
      - inner
          - sync in inner
      - sync after inner
      - task
      - task

    outside
    ");
}
