//! Every usual way to put a subscriber together.

use std::io;
use std::sync::{Arc, Mutex};

use integration_tests::Recorder;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Dispatch, Subscriber, info_span};
use tracing_openinference::{OpenInference, TraceConfig};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{EnvFilter, Layer, Registry, prelude::*, reload};

use crate::pair::ids;
use crate::without_hanging;

const TREE: &str = "\
root
  input.value: \"hello\"
  openinference.span.kind: \"CHAIN\"
  - child
      openinference.span.kind: \"CHAIN\"
  - never_entered
      openinference.span.kind: \"CHAIN\"
";

fn ours() -> (OpenInference, Recorder) {
    let recorder = Recorder::new();
    (tracing_openinference::builder().span_processor(recorder.clone()).build().expect("a pipeline"), recorder)
}

fn work() {
    let root = info_span!("root", input.value = "hello");
    root.in_scope(|| {
        info_span!("child").in_scope(|| {});
        drop(info_span!("never_entered"));
    });
}

/// Our layer and another, ours first if `before`.
macro_rules! in_order {
    ($before:expr, $ours:expr, $other:expr) => {
        if $before {
            Dispatch::new(Registry::default().with($ours).with($other))
        } else {
            Dispatch::new(Registry::default().with($other).with($ours))
        }
    };
}

fn run(subscriber: impl Into<Dispatch>) {
    let dispatch = subscriber.into();
    without_hanging(move || tracing::dispatcher::with_default(&dispatch, work));
}

#[track_caller]
fn assert_recorded(recorder: &Recorder) {
    assert_eq!(recorder.tree(), TREE);
}

/// What `fmt` writes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panics with it").clone()).expect("text")
    }
}

#[test]
fn some_layer_records_and_none_is_no_layer() {
    let (handle, recorder) = ours();
    run(Registry::default().with(Some(handle.layer())));
    assert_recorded(&recorder);
    let (handle, recorder) = ours();
    run(Registry::default().with(Some(handle.layer()).filter(|_| false)));
    assert!(recorder.spans().is_empty());
}

#[test]
fn a_layer_in_a_vec_records() {
    let (handle, recorder) = ours();
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![handle.layer().boxed()];
    run(Registry::default().with(layers));
    assert_recorded(&recorder);
}

#[test]
fn two_layers_of_ours_in_one_vec_record_both() {
    let ((one, seen_by_one), (two, seen_by_two)) = (ours(), ours());
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![one.layer().boxed(), two.layer().boxed()];
    run(Registry::default().with(layers));
    assert_recorded(&seen_by_one);
    assert_recorded(&seen_by_two);
    assert_eq!(ids(seen_by_one.spans()), ids(seen_by_two.spans()));
}

#[test]
fn a_boxed_layer_records() {
    let (handle, recorder) = ours();
    run(Registry::default().with(handle.layer().boxed()));
    assert_recorded(&recorder);
}

#[test]
fn a_layer_that_was_joined_to_another_records() {
    for before in [true, false] {
        let (handle, recorder) = ours();
        let log = Log::default();
        let fmt = tracing_subscriber::fmt::layer().with_writer(log.clone());
        if before {
            run(Registry::default().with(handle.layer().and_then(fmt)));
        } else {
            run(Registry::default().with(fmt.and_then(handle.layer())));
        }
        assert_recorded(&recorder);
    }
}

#[test]
fn a_boxed_subscriber_records() {
    let (handle, recorder) = ours();
    let subscriber: Box<dyn Subscriber + Send + Sync> = Box::new(Registry::default().with(handle.layer()));
    run(subscriber);
    assert_recorded(&recorder);
    let (handle, recorder) = ours();
    let subscriber: Arc<dyn Subscriber + Send + Sync> = Arc::new(Registry::default().with(handle.layer()));
    run(subscriber);
    assert_recorded(&recorder);
}

#[test]
fn wherever_ours_is_their_ids_are_found() {
    fn theirs<S>(provider: &SdkTracerProvider) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"))
    }
    type Compose = fn(&OpenInference, &SdkTracerProvider) -> Dispatch;
    let compositions: [(&str, Compose); 6] = [
        ("some", |handle, provider| Registry::default().with(Some(handle.layer())).with(Some(theirs(provider))).into()),
        ("vec", |handle, provider| {
            let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
                vec![handle.layer().boxed(), theirs(provider).boxed()];
            Registry::default().with(layers).into()
        }),
        ("boxed", |handle, provider| {
            Registry::default().with(handle.layer().boxed()).with(theirs(provider).boxed()).into()
        }),
        ("and_then", |handle, provider| Registry::default().with(handle.layer().and_then(theirs(provider))).into()),
        ("boxed subscriber", |handle, provider| {
            let subscriber: Box<dyn Subscriber + Send + Sync> =
                Box::new(Registry::default().with(handle.layer()).with(theirs(provider)));
            subscriber.into()
        }),
        ("filtered", |handle, provider| {
            let filter = EnvFilter::new("info");
            Registry::default().with(handle.layer()).with(theirs(provider).with_filter(filter)).into()
        }),
    ];
    for (name, compose) in compositions {
        let (handle, recorder) = ours();
        let theirs = Recorder::new();
        let provider = SdkTracerProvider::builder().with_span_processor(theirs.clone()).build();
        run(compose(&handle, &provider));
        assert_eq!(ids(recorder.spans()), ids(theirs.spans()), "{name}");
    }
}

#[test]
fn before_and_after_fmt_both_are_right() {
    for before in [true, false] {
        let (handle, recorder) = ours();
        let log = Log::default();
        let full = tracing_subscriber::fmt::format::FmtSpan::FULL;
        run(in_order!(
            before,
            handle.layer(),
            tracing_subscriber::fmt::layer().with_writer(log.clone()).with_span_events(full)
        ));
        assert_recorded(&recorder);
        assert_eq!(log.text().matches(" close").count(), 3, "{}", log.text());
    }
}

#[test]
fn a_global_filter_holds_for_us_too() {
    for before in [true, false] {
        let (handle, recorder) = ours();
        run(in_order!(before, handle.layer(), EnvFilter::new("warn")));
        assert!(recorder.spans().is_empty());
        let (handle, recorder) = ours();
        run(Registry::default().with(EnvFilter::new("info,h2=off")).with(handle.layer()));
        assert_recorded(&recorder);
    }
}

#[test]
fn a_filter_of_another_layer_takes_nothing_from_us() {
    for before in [true, false] {
        let (handle, recorder) = ours();
        let log = Log::default();
        run(in_order!(
            before,
            handle.layer(),
            tracing_subscriber::fmt::layer().with_writer(log.clone()).with_filter(EnvFilter::new("off"))
        ));
        assert_recorded(&recorder);
        assert!(log.text().is_empty());
    }
}

#[test]
fn an_error_layer_still_captures_its_span_trace() {
    for before in [true, false] {
        let (handle, recorder) = ours();
        let dispatch = in_order!(before, handle.layer(), tracing_error::ErrorLayer::default());
        let trace = tracing::dispatcher::with_default(&dispatch, || {
            info_span!("request")
                .in_scope(|| info_span!("step", number = 3).in_scope(tracing_error::SpanTrace::capture))
        });
        assert_eq!(trace.status(), tracing_error::SpanTraceStatus::CAPTURED);
        let text = trace.to_string();
        assert!(text.contains("step") && text.contains("number=3") && text.contains("request"), "{text}");
        // The span trace holds the spans open.
        assert!(recorder.spans().is_empty());
        tracing::dispatcher::with_default(&dispatch, || drop(trace));
        assert_eq!(recorder.spans().len(), 2);
    }
}

#[test]
fn a_record_of_the_log_crate_reaches_the_span_it_was_made_in() {
    let (handle, recorder) = ours();
    let log = Log::default();
    let fmt = tracing_subscriber::fmt::layer().with_writer(log.clone());
    let dispatch = Dispatch::new(Registry::default().with(handle.layer()).with(fmt));
    without_hanging(move || {
        tracing::dispatcher::with_default(&dispatch, || {
            info_span!("call").in_scope(|| {
                let record = |level| {
                    tracing_log::format_trace(
                        &log::Record::builder()
                            .args(format_args!("said with log"))
                            .level(level)
                            .target("client")
                            .build(),
                    )
                };
                record(log::Level::Info).unwrap();
                record(log::Level::Error).unwrap();
            });
        });
    });
    let call = recorder.span("call");
    assert_eq!(call.events.len(), 1);
    assert!(
        matches!(&call.status, opentelemetry::trace::Status::Error { description } if description == "said with log")
    );
    assert_eq!(log.text().matches("said with log").count(), 2);
}

#[test]
fn two_backends_with_two_policies_get_the_same_spans_under_the_same_ids() {
    let (open, seen) = ours();
    let recorder = Recorder::new();
    let hiding = tracing_openinference::builder()
        .trace_config(TraceConfig::new().hide_inputs(true))
        .filter("info,private=off")
        .span_processor(recorder.clone())
        .build()
        .unwrap();
    let dispatch = Dispatch::new(Registry::default().with(open.layer()).with(hiding.layer()));
    without_hanging(move || {
        tracing::dispatcher::with_default(&dispatch, || {
            info_span!("root", input.value = "hello").in_scope(|| {
                info_span!(target: "private", "hidden").in_scope(|| info_span!("leaf").in_scope(|| {}));
            });
        });
    });
    for name in ["root", "leaf"] {
        assert_eq!(seen.span(name).span_context, recorder.span(name).span_context, "{name}");
    }
    assert_eq!(seen.span("leaf").parent_span_id, seen.span("hidden").span_context.span_id());
    assert_eq!(recorder.span("leaf").parent_span_id, recorder.span("root").span_context.span_id());
    assert!(seen.tree().contains("hello"));
    assert!(!recorder.tree().contains("hello"));
}

#[test]
fn the_layer_of_one_handle_added_twice_exports_once() {
    let (handle, recorder) = ours();
    run(Registry::default().with(handle.layer()).with(handle.layer()));
    assert_recorded(&recorder);
}

#[test]
fn one_handle_serves_two_subscribers() {
    let (handle, recorder) = ours();
    run(Registry::default().with(handle.layer()));
    run(Registry::default().with(handle.layer()));
    assert_eq!(recorder.spans().len(), 6);
    let roots: Vec<_> = recorder.spans().into_iter().filter(|span| span.name == "root").collect();
    assert_ne!(roots[0].span_context.trace_id(), roots[1].span_context.trace_id());
}

#[test]
fn two_handles_in_one_subscriber_shut_down_apart() {
    let ((one, seen_by_one), (two, seen_by_two)) = (ours(), ours());
    let dispatch = Dispatch::new(Registry::default().with(one.layer()).with(two.layer()));
    tracing::dispatcher::with_default(&dispatch, || {
        let root = info_span!("root");
        let _ = one.shutdown(std::time::Duration::from_secs(1));
        drop(root);
    });
    assert!(seen_by_one.span("root").attributes.iter().any(|kv| kv.key.as_str().ends_with("unfinished")));
    assert!(!seen_by_two.span("root").attributes.iter().any(|kv| kv.key.as_str().ends_with("unfinished")));
}

/// From the start only: `tracing-subscriber` panics when a layer with a filter comes later (tokio-rs/tracing#1629).
#[test]
fn a_reload_layer_may_hold_ours_or_another() {
    for directives in ["off", "trace"] {
        let log = Log::default();
        for before in [true, false] {
            let (handle, recorder) = ours();
            run(in_order!(
                before,
                reload::Layer::new(handle.layer()).0,
                tracing_subscriber::fmt::layer().with_writer(log.clone()).with_filter(EnvFilter::new(directives))
            ));
            assert_recorded(&recorder);
        }
        let (handle, recorder) = ours();
        let (filter, reload) = reload::Layer::new(EnvFilter::new(directives));
        let fmt = tracing_subscriber::fmt::layer().with_writer(log).with_filter(filter);
        let dispatch = Dispatch::new(Registry::default().with(handle.layer()).with(fmt));
        tracing::dispatcher::with_default(&dispatch, || reload.reload(EnvFilter::new("warn"))).unwrap();
        run(dispatch);
        assert_recorded(&recorder);
    }
}

/// `let _ = init()?` compiles without a warning.
#[test]
fn a_handle_that_is_dropped_at_once_says_so_and_one_that_was_used_does_not() {
    for used in [false, true] {
        let (handle, recorder) = ours();
        let log = Log::default();
        let fmt = tracing_subscriber::fmt::layer().with_writer(log.clone());
        let dispatch = Dispatch::new(Registry::default().with(handle.layer()).with(fmt));
        tracing::dispatcher::with_default(&dispatch, || {
            if used {
                drop(info_span!("before"));
            }
            drop(handle);
            drop(info_span!("after"));
        });
        assert_eq!(recorder.spans().len(), usize::from(used));
        assert_eq!(log.text().contains("the handle was dropped before any span ended"), !used, "{}", log.text());
    }
}
