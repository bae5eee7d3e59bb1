//! Spans that are still open at shutdown.

use std::time::Duration;

use insta::assert_snapshot;
use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tracing::{dispatcher, field, info_span};
use tracing_openinference::{Dropped, OpenInferenceSpanExt};
use tracing_subscriber::layer::SubscriberExt;

use crate::{Pipeline, RUNTIMES, on_another_thread};

const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn spans_that_are_open_at_shutdown_are_exported_and_marked() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.alone(), || {
        let request = info_span!("request", app.step = 1);
        let _entered = request.enter();
        drop(info_span!("finished"));
        let stream = info_span!("stream", otel.name = field::Empty);
        stream.record("otel.name", "stream of answers");
        let _ = pipeline.openinference.shutdown(PATIENCE);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    request
      app.step: 1
      openinference.span.kind: "CHAIN"
      tracing_openinference.unfinished: true
      - finished
          openinference.span.kind: "CHAIN"
      - stream of answers
          openinference.span.kind: "CHAIN"
          tracing_openinference.unfinished: true
    "#);
}

#[test]
fn a_later_close_exports_nothing() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.alone(), || {
        let request = info_span!("request", app.step = 1);
        let stream = request.in_scope(|| info_span!("stream"));
        let _ = pipeline.openinference.shutdown(PATIENCE);
        assert_eq!(pipeline.recorder.spans().len(), 2);
        stream.in_scope(|| stream.record("app.step", 2));
        stream.set_output("late").record_exception(&std::fmt::Error);
        drop((request, stream));
        let _ = pipeline.openinference.shutdown(PATIENCE);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    request
      app.step: 1
      openinference.span.kind: "CHAIN"
      tracing_openinference.unfinished: true
      - stream
          openinference.span.kind: "CHAIN"
          tracing_openinference.unfinished: true
    "#);
}

#[test]
fn a_flush_leaves_open_spans_open() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.alone(), || {
        let request = info_span!("request");
        let _ = pipeline.openinference.flush(PATIENCE);
        assert!(pipeline.recorder.spans().is_empty());
        request.set_output("answer");
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    request OK
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "answer"
    "#);
}

#[test]
fn open_spans_can_be_left_out() {
    let pipeline = Pipeline::with(|builder| builder.export_unfinished(false));
    dispatcher::with_default(&pipeline.alone(), || {
        let _request = info_span!("request").entered();
        drop(info_span!("finished"));
        let _ = pipeline.openinference.shutdown(PATIENCE);
    });
    assert_snapshot!(pipeline.shape(), @"finished (lost parent)");
}

#[test]
fn dropping_the_handle_exports_open_spans_too() {
    let Pipeline { recorder, openinference } = Pipeline::new();
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        let _request = info_span!("request").entered();
        drop(openinference);
    });
    assert_snapshot!(recorder.tree(), @r#"
    request
      openinference.span.kind: "CHAIN"
      tracing_openinference.unfinished: true
    "#);
}

#[test]
fn spans_that_begin_or_end_after_shutdown_are_counted_and_not_handed_on() {
    let pipeline = Pipeline::with(|builder| builder.export_unfinished(false));
    let report = dispatcher::with_default(&pipeline.alone(), || {
        let request = info_span!("request");
        let _ = pipeline.openinference.shutdown(PATIENCE);
        drop(info_span!("after"));
        drop(request);
        pipeline.openinference.shutdown(PATIENCE)
    });
    assert_eq!(pipeline.recorder.spans().len(), 0);
    assert_eq!((report.stats.created, report.stats.dropped(Dropped::AfterShutdown)), (2, 2));
}

/// A processor of the user's with a bug.
#[derive(Debug)]
struct Panics;

impl SpanProcessor for Panics {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {
        panic!("by request of the test")
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_processor_that_panics_costs_its_spans_and_nothing_else() {
    let openinference =
        tracing_openinference::builder().span_processor(Panics).build().expect("the settings are right");
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        info_span!("request").in_scope(|| drop(info_span!("step")));
        let _open = info_span!("open").entered();
        let stats = openinference.shutdown(PATIENCE).stats;
        assert_eq!((stats.created, stats.dropped(Dropped::Panicked)), (3, 3));
    });
}

#[test]
fn every_open_span_of_every_thread_and_task_is_exported_once() {
    for runtime in RUNTIMES {
        let pipeline = Pipeline::new();
        dispatcher::with_default(&pipeline.alone(), || {
            let runtime = runtime();
            let task = |_| {
                runtime.spawn(async {
                    let span = info_span!("task");
                    tokio::task::yield_now().await;
                    span
                })
            };
            let tasks: Vec<_> = (0..100).map(task).collect();
            let spans: Vec<_> = tasks.into_iter().map(|task| runtime.block_on(task).expect("it ends")).collect();
            let threads: Vec<_> = (0..20).map(|_| on_another_thread(|| info_span!("thread"))).collect();
            let _ = on_another_thread(|| pipeline.openinference.shutdown(PATIENCE));
            drop((spans, threads));
        });
        assert_eq!(pipeline.recorder.spans().len(), 120);
    }
}

#[test]
fn a_span_that_two_layers_of_one_pipeline_see_is_exported_once() {
    let pipeline = Pipeline::new();
    let (first, second) = (pipeline.openinference.layer(), pipeline.openinference.layer());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(first).with(second), || {
        let request = info_span!("request");
        let _ = pipeline.openinference.shutdown(PATIENCE);
        drop(request);
    });
    assert_eq!(pipeline.recorder.spans().len(), 1);
}

#[test]
fn handing_on_open_spans_takes_no_longer_than_the_shutdown_may() {
    const SLOW: Duration = Duration::from_millis(100);
    let (pipeline, dispatch) = {
        let pipeline = Pipeline::with(|builder| {
            builder.drop_spans(|_| {
                std::thread::sleep(SLOW);
                false
            })
        });
        let dispatch = pipeline.alone();
        (pipeline, dispatch)
    };
    dispatcher::with_default(&dispatch, || {
        let open: Vec<_> = (0..200).map(|_| info_span!("open")).collect();
        let began = std::time::Instant::now();
        let _ = pipeline.openinference.shutdown(5 * SLOW);
        assert!(began.elapsed() < 5 * SLOW + integration_tests::SLACK, "{:?}", began.elapsed());
        drop(open);
    });
}

#[test]
fn a_second_shutdown_waits_for_the_open_spans_that_the_first_hands_on() {
    let pipeline = Pipeline::with(|builder| {
        builder.drop_spans(|_| {
            std::thread::sleep(Duration::from_millis(10));
            false
        })
    });
    dispatcher::with_default(&pipeline.alone(), || {
        let _open: Vec<_> = (0..10).map(|_| info_span!("open")).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| drop(pipeline.openinference.shutdown(PATIENCE)));
            scope.spawn(|| drop(pipeline.openinference.shutdown(PATIENCE)));
        });
        assert_eq!(pipeline.recorder.spans().len(), 10);
    });
}

/// Its last handle may go where nobody listens.
#[test]
fn a_warning_is_heard_although_the_first_span_ends_on_a_thread_without_a_subscriber() {
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<u32>>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Heard {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            *self.0.lock().expect("nobody panics") += u32::from(*event.metadata().level() == tracing::Level::WARN);
        }
    }

    let test = "unfinished::a_warning_is_heard_although_the_first_span_ends_on_a_thread_without_a_subscriber";
    crate::in_environment(test, &[("OPENINFERENCE_HIDE_INPUTS", "maybe")], || {
        let (pipeline, heard) = (crate::Pipeline::new(), Heard::default());
        let subscriber = tracing_subscriber::registry().with(pipeline.openinference.layer()).with(heard.clone());
        tracing::subscriber::with_default(subscriber, || {
            let first = tracing::info_span!("first");
            std::thread::spawn(move || drop(first)).join().expect("it does not panic");
            drop(tracing::info_span!("second"));
        });
        assert_eq!(*heard.0.lock().expect("nobody panics"), 1);
    });
}
