//! Which traces are recorded: the decision about the root holds for all that is below.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use tracing::{Instrument, dispatcher, info_span};
use tracing_openinference::OpenInferenceSpanExt;

use crate::{Pipeline, RUNTIMES, in_environment, on_another_thread, record, record_with};

const TRACES: usize = 200;

/// Two spans a trace.
fn traces() {
    for _ in 0..TRACES {
        info_span!("root").in_scope(|| drop(info_span!("child")));
    }
}

fn remote(flags: TraceFlags) -> SpanContext {
    SpanContext::new(TraceId::from(7), SpanId::from(8), flags, true, TraceState::NONE)
}

fn traceparent(flags: u8) -> (String, String) {
    ("traceparent".to_owned(), format!("00-{:032x}-{:016x}-{flags:02x}", 7, 8))
}

fn below(parent: SpanContext, application: impl FnOnce()) {
    let _remote = Context::new().with_remote_span_context(parent).attach();
    application();
}

/// How many spans are recorded of [`TRACES`] local traces, and of one span each below a sampled and an unsampled parent.
fn recorded(pipeline: impl Fn(&dyn Fn()) -> Pipeline) -> (usize, usize, usize) {
    let spans = |application: &dyn Fn()| pipeline(application).recorder.spans().len();
    (
        spans(&traces),
        spans(&|| below(remote(TraceFlags::SAMPLED), || drop(info_span!("served")))),
        spans(&|| below(remote(TraceFlags::NOT_SAMPLED), || drop(info_span!("served")))),
    )
}

fn parent_based(sampler: Sampler) -> Sampler {
    Sampler::ParentBased(Box::new(sampler))
}

#[test]
fn every_sampler_of_the_sdk_decides_as_it_says() {
    let all = 2 * TRACES;
    for (sampler, expected) in [
        (Sampler::AlwaysOn, (all, 1, 1)),
        (Sampler::AlwaysOff, (0, 0, 0)),
        (Sampler::TraceIdRatioBased(1.0), (all, 1, 1)),
        (Sampler::TraceIdRatioBased(0.0), (0, 0, 0)),
        (parent_based(Sampler::AlwaysOn), (all, 1, 0)),
        (parent_based(Sampler::AlwaysOff), (0, 1, 0)),
        (parent_based(Sampler::TraceIdRatioBased(0.0)), (0, 1, 0)),
    ] {
        let pipeline = |application: &dyn Fn()| record_with(|builder| builder.sampler(sampler.clone()), application);
        assert_eq!(recorded(pipeline), expected, "{sampler:?}");
    }
    assert_eq!(recorded(|application| record(application)), (all, 1, 0));
}

#[test]
fn every_sampler_of_the_environment_decides_as_it_says() {
    let test = "sampling::every_sampler_of_the_environment_decides_as_it_says";
    let all = (2 * TRACES).to_string();
    for (name, argument, local, sampled, unsampled) in [
        ("always_on", "", &*all, "1", "1"),
        ("always_off", "", "0", "0", "0"),
        ("traceidratio", "0", "0", "0", "0"),
        ("parentbased_always_on", "", &*all, "1", "0"),
        ("parentbased_always_off", "", "0", "1", "0"),
        ("parentbased_traceidratio", "1", &*all, "1", "0"),
    ] {
        let expected = format!("{local} {sampled} {unsampled}");
        let variables =
            [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument), ("EXPECTED_SPANS", &expected)];
        in_environment(test, &variables, || {
            let (local, sampled, unsampled) = recorded(|application| record(application));
            let expected = std::env::var("EXPECTED_SPANS").expect("it is set");
            assert_eq!(format!("{local} {sampled} {unsampled}"), expected);
        });
    }
}

#[test]
fn a_ratio_keeps_whole_traces() {
    let pipeline = record_with(
        |builder| builder.sampler(Sampler::TraceIdRatioBased(0.5)),
        || {
            for _ in 0..TRACES {
                let root = info_span!("root");
                root.in_scope(|| info_span!("child").in_scope(|| drop(info_span!("grandchild"))));
                on_another_thread(|| drop(info_span!(parent: &root, "child elsewhere")));
            }
        },
    );
    let mut traces: HashMap<_, HashSet<_>> = HashMap::new();
    for span in pipeline.recorder.spans() {
        traces.entry(span.span_context.trace_id()).or_default().insert(span.name);
    }
    assert!(traces.values().all(|names| names.len() == 4), "{traces:?}");
    assert!((TRACES / 4..TRACES * 3 / 4).contains(&traces.len()), "{} traces", traces.len());
}

#[test]
fn tasks_of_an_unsampled_trace_are_silent() {
    for runtime in RUNTIMES {
        let pipeline = record_with(
            |builder| builder.sampler(Sampler::AlwaysOff),
            || {
                let request = async {
                    let task = async { drop(info_span!("step")) }.instrument(info_span!("task"));
                    tokio::spawn(task.in_current_span()).await.expect("the task ends");
                };
                runtime().block_on(request.instrument(info_span!("request")));
            },
        );
        assert_eq!(pipeline.recorder.spans().len(), 0);
    }
}

#[test]
fn plain_opentelemetry_below_an_unsampled_span_is_unsampled_too() {
    let theirs = integration_tests::Recorder::new();
    let provider = SdkTracerProvider::builder().with_span_processor(theirs.clone()).build();
    record_with(
        |builder| builder.sampler(Sampler::AlwaysOff),
        || info_span!("request").in_scope(|| drop(provider.tracer("plain").start("query"))),
    );
    assert_eq!(theirs.spans().len(), 0);
}

#[test]
fn a_span_below_an_unsampled_local_span_of_somebody_else_is_unsampled() {
    let local = SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::NOT_SAMPLED, false, TraceState::NONE);
    for sampler in [None, Some(parent_based(Sampler::AlwaysOn))] {
        let configure = |builder: tracing_openinference::Builder| match sampler {
            Some(sampler) => builder.sampler(sampler),
            None => builder,
        };
        let pipeline = record_with(configure, || below(local.clone(), || drop(info_span!("step"))));
        assert_eq!(pipeline.recorder.spans().len(), 0);
    }
}

#[test]
fn a_parent_that_is_named_later_decides_anew() {
    let pipeline = record_with(
        |builder| builder.sampler(parent_based(Sampler::AlwaysOff)),
        || {
            drop(info_span!("nobody's"));
            let served = info_span!("served", app.step = 1);
            served.set_parent_from(&HashMap::from([traceparent(1)]));
            served.in_scope(|| drop(info_span!("step")));
            let unsampled = info_span!("unsampled");
            unsampled.set_parent_from(&HashMap::from([traceparent(0)]));
            unsampled.in_scope(|| drop(info_span!("silent")));
        },
    );
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    served (remote parent)
      app.step: 1
      openinference.span.kind: "CHAIN"
      - step
          openinference.span.kind: "CHAIN"
    "#);
}

/// What a sampler was asked.
type Asked = Arc<Mutex<Vec<(String, SpanKind, Vec<KeyValue>)>>>;

/// Drops spans of the health check, opens spans of its own, and panics when it is told to.
#[derive(Clone, Debug, Default)]
struct Picky {
    asked: Asked,
}

impl ShouldSample for Picky {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        self.asked.lock().expect("nobody panics with it").push((name.to_owned(), kind.clone(), attributes.to_vec()));
        info_span!("a span of the sampler").in_scope(|| tracing::error!("an event of the sampler"));
        assert_ne!(name, "panic", "by request of the test");
        let health = attributes.iter().any(|attribute| attribute.value.as_str() == "/health");
        SamplingResult {
            decision: if health { SamplingDecision::Drop } else { SamplingDecision::RecordAndSample },
            attributes: vec![KeyValue::new("sampler.rule", "picky")],
            trace_state: TraceState::NONE,
        }
    }
}

#[test]
fn a_sampler_is_asked_once_a_trace_and_sees_the_root_as_it_was_created() {
    let sampler = Picky::default();
    let pipeline = record_with(
        |builder| builder.sampler(sampler.clone()),
        || {
            let chat = info_span!("chat", otel.name = "POST /chat", otel.kind = "server", http.route = "/chat");
            chat.in_scope(|| drop(info_span!("model")));
            let health = info_span!("check", http.route = "/health");
            health.in_scope(|| drop(info_span!("database")));
        },
    );
    let asked = sampler.asked.lock().expect("nobody panics with it");
    let route = |route: &'static str| vec![KeyValue::new("http.route", route)];
    assert_eq!(
        *asked,
        [
            ("POST /chat".to_owned(), SpanKind::Server, route("/chat")),
            ("check".to_owned(), SpanKind::Internal, route("/health")),
        ]
    );
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    POST /chat [server]
      http.route: "/chat"
      openinference.span.kind: "CHAIN"
      sampler.rule: "picky"
      - model
          openinference.span.kind: "CHAIN"
    "#);
}

/// Inside a callback only a global subscriber can be reached.
#[test]
fn what_a_sampler_does_is_not_traced() {
    in_environment("sampling::what_a_sampler_does_is_not_traced", &[], || {
        let pipeline = Pipeline::with(|builder| builder.sampler(Picky::default()));
        dispatcher::set_global_default(pipeline.alone()).expect("there is no other");
        info_span!("chat").in_scope(|| drop(info_span!("model")));
        let served = info_span!("served");
        served.set_parent_from(&HashMap::from([traceparent(1)]));
        drop(served);
        assert_snapshot!(pipeline.shape(), @r"
        chat
          - model

        served (remote parent)
        ");
    });
}

#[test]
fn a_sampler_that_panics_loses_nothing() {
    let pipeline = record_with(
        |builder| builder.sampler(Picky::default()),
        || info_span!("panic").in_scope(|| drop(info_span!("child"))),
    );
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    panic
      openinference.span.kind: "CHAIN"
      - child
          openinference.span.kind: "CHAIN"
    "#);
}

/// A sampler that records on the span that it is asked about.
#[derive(Clone, Debug)]
struct Recording;

impl ShouldSample for Recording {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        tracing::Span::current().record("asked", true);
        let decision = if name == "refused" { SamplingDecision::Drop } else { SamplingDecision::RecordAndSample };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

#[test]
fn a_sampler_may_record_on_the_span_that_is_moved_to_another_trace() {
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let pipeline = record_with(
            |builder| builder.sampler(Recording),
            || {
                for name in [true, false] {
                    let span = info_span!("served", asked = tracing::field::Empty);
                    let _entered = span.enter();
                    if !name {
                        span.set_name("refused");
                    }
                    span.set_parent_from(&HashMap::from([traceparent(1)]));
                }
            },
        );
        let _ = done.send(pipeline.recorder.spans());
    });
    let spans = finished.recv_timeout(std::time::Duration::from_secs(20)).expect("nobody waits for a lock");
    assert_eq!(spans.len(), 1, "the name at the time is what the sampler is told");
    assert_eq!(spans[0].span_context.trace_id(), TraceId::from(7));
    assert!(spans[0].attributes.contains(&KeyValue::new("asked", true)), "{spans:?}");
}

#[test]
fn values_of_spans_that_are_not_sampled_are_not_formatted() {
    struct Counted<'a>(&'a std::cell::Cell<u32>);
    impl std::fmt::Debug for Counted<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set(self.0.get() + 1);
            f.write_str("counted")
        }
    }
    for (sampler, expected) in [(Sampler::AlwaysOff, 0), (Sampler::AlwaysOn, 2)] {
        let count = std::cell::Cell::new(0);
        record_with(
            |builder| builder.sampler(sampler),
            || {
                let span = info_span!("span", value = tracing::field::Empty);
                span.record("value", tracing::field::debug(Counted(&count)));
                span.in_scope(|| tracing::error!(value = ?Counted(&count), "failed"));
            },
        );
        assert_eq!(count.get(), expected);
    }
}

#[test]
fn the_context_of_a_span_is_that_which_is_exported_or_none() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), || {
        let root = info_span!("root");
        let known = root.span_context().expect("it is exported");
        let refused = root.in_scope(|| tracing::debug_span!("refused"));
        assert!(!refused.is_disabled(), "another layer wants it");
        assert_eq!(refused.span_context(), None);
        let mut headers = HashMap::new();
        refused.inject_into(&mut headers);
        assert!(headers["traceparent"].contains(&known.span_id().to_string()), "requests go on from the root");
    });
    record_with(|builder| builder.sampler(Sampler::AlwaysOff), || assert_eq!(info_span!("off").span_context(), None));
}
