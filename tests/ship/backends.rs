//! Several backends: each with its own queue, accounts and policy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use integration_tests::collector::{Answer, attributes};
use integration_tests::{Collector, Recorder, SLACK};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use serde_json::Value;
use tracing::dispatcher;
use tracing_openinference::{Backend, BackendReport, Batch, Builder, OpenInference, OpenInferenceSpanExt, Report};
use tracing_openinference::{TraceConfig, builder};
use tracing_subscriber::layer::SubscriberExt;

use crate::pipeline::{PATIENCE, assert_has, quick, whole};

const SECRET: &str = "my card is 4111";

fn to(collector: &Collector) -> Builder {
    builder().endpoint(collector.url()).batch(whole())
}

fn also(collector: &Collector) -> Backend {
    Backend::new(collector.url()).batch(whole())
}

/// Runs `work` with the pipeline as its subscriber.
fn within(builder: Builder, work: impl FnOnce(&OpenInference)) -> OpenInference {
    let openinference = builder.build().expect("the settings are right");
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    dispatcher::with_default(&dispatch, || work(&openinference));
    openinference
}

fn small_spans(count: u64) {
    (0..count).for_each(|number| drop(tracing::info_span!("small", test.number = number)));
}

fn assert_adds_up(report: &Report, spans: u64) {
    for BackendReport { stats, .. } in report.backends() {
        let fates = stats.exported + stats.rejected + stats.dropped_total() + stats.spooled + stats.pending;
        assert_eq!((stats.created, fates), (spans, spans), "{report}");
    }
    let created: u64 = report.backends().iter().map(|backend| backend.stats.created).sum();
    assert_eq!(report.stats.created, created, "{report}");
}

fn value(collector: &Collector, span: &str, key: &str) -> Option<Value> {
    attributes(&collector.span(span).attributes).remove(key)
}

#[test]
fn what_is_hidden_from_one_backend_is_shown_to_another() {
    let hide = TraceConfig::new().hide_inputs(true);
    for hidden_first in [true, false] {
        let (house, cloud) = (Collector::start().answer_ok(), Collector::start().answer_ok());
        let builder = if hidden_first {
            to(&cloud).trace_config(hide.clone()).also(also(&house).trace_config(TraceConfig::new()))
        } else {
            to(&house).also(also(&cloud).trace_config(hide.clone()))
        };
        let openinference = within(builder, |_| {
            tracing::info_span!("ask", openinference.span.kind = "LLM", input.value = SECRET, output.value = "paid")
                .set_input_messages([tracing_openinference::Message::user(SECRET)]);
            // Conversion repeats the question as `input.value`, for the one that may see it.
            tracing::info_span!("chat", openinference.span.kind = "LLM")
                .set_input_messages([tracing_openinference::Message::user(SECRET)]);
        });
        let report = openinference.shutdown(PATIENCE);
        assert!(report.is_complete(), "{report}");
        assert_adds_up(&report, 2);
        assert!(!cloud.saw("my card"), "hidden first: {hidden_first}");
        assert_eq!(value(&cloud, "ask", "input.value"), Some("__REDACTED__".into()));
        assert_eq!(value(&cloud, "ask", "output.value"), Some("paid".into()));
        assert_eq!(value(&house, "ask", "input.value"), Some(SECRET.into()));
        assert_eq!(value(&house, "chat", "input.value"), Some(SECRET.into()));
        assert_eq!(value(&house, "ask", "output.value"), Some("paid".into()));
    }
}

const SAID: &str = r#"{"stop":"said"}"#;

#[test]
fn a_backend_without_a_policy_has_that_of_the_builder() {
    let (one, other) = (Collector::start().answer_ok(), Collector::start().answer_ok());
    let asked = Arc::new(AtomicU64::new(0));
    let rule = Arc::clone(&asked);
    let builder =
        to(&one).trace_config(TraceConfig::new().hide_inputs(true)).also(also(&other)).drop_spans(move |span| {
            rule.fetch_add(1, Ordering::Relaxed);
            span.name == "unwanted"
        });
    let openinference = within(builder, |_| {
        // What tells something hidden may not wait for the thread of one of them.
        drop(tracing::info_span!("ask", input.value = SECRET, llm.invocation_parameters = SAID));
        drop(tracing::info_span!("unwanted", llm.invocation_parameters = SAID));
    });
    let report = openinference.shutdown(PATIENCE);
    assert!(report.is_complete(), "{report}");
    assert_adds_up(&report, 2);
    for collector in [&one, &other] {
        assert_eq!(value(collector, "ask", "input.value"), Some("__REDACTED__".into()));
        assert_eq!(collector.spans().len(), 1);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2, "what two share is done once");
}

#[test]
fn content_is_made_unless_it_is_hidden_from_all() {
    let hide = TraceConfig::new().hide_inputs(true);
    for (first, second, made) in
        [(hide.clone(), hide.clone(), 0), (hide.clone(), TraceConfig::new(), 1), (TraceConfig::new(), hide, 1)]
    {
        let (one, other) = (Collector::start().answer_ok(), Collector::start().answer_ok());
        let times = AtomicU64::new(0);
        let content = || {
            times.fetch_add(1, Ordering::Relaxed);
            SECRET.to_owned()
        };
        let builder = to(&one).trace_config(first.clone()).also(also(&other).trace_config(second.clone()));
        let openinference = within(builder, |_| {
            tracing::info_span!("ask").set_input(content);
        });
        assert!(openinference.shutdown(PATIENCE).is_complete());
        assert_eq!(times.load(Ordering::Relaxed), made, "{first:?} {second:?}");
        let shown = [&one, &other].map(|collector| collector.saw("my card"));
        assert_eq!(shown, [first, second].map(|config| config == TraceConfig::new()));
    }
}

#[test]
fn a_backend_that_hangs_holds_up_no_other() {
    let (well, ill) = (Collector::start().answer_ok(), Collector::start().answer_always(Answer::hang()));
    for (first, second) in [(&well, &ill), (&ill, &well)] {
        let had = well.spans().len();
        let openinference = within(to(first).also(also(second)), |_| small_spans(100));
        let start = Instant::now();
        let report = openinference.flush(Duration::from_millis(500));
        assert!(start.elapsed() < Duration::from_millis(500) + SLACK, "{:?}", start.elapsed());
        assert_eq!(well.spans().len(), had + 100);
        assert!(report.timed_out && !report.is_complete());
        let urls = [first, second].map(|collector| Some(format!("{}/v1/traces", collector.url())));
        assert_eq!([0, 1].map(|at: usize| report.backends()[at].endpoint.clone()), urls);
        let complete: Vec<_> = report.backends().iter().map(BackendReport::is_complete).collect();
        assert_eq!(complete, [first, second].map(|collector| std::ptr::eq(collector, &well)), "{report}");
        assert_eq!(openinference.backends().iter().map(|backend| backend.stats.pending).sum::<u64>(), 100);
        let start = Instant::now();
        let report = openinference.shutdown(Duration::from_millis(500));
        assert!(start.elapsed() < Duration::from_millis(500) + SLACK, "{:?}", start.elapsed());
        assert_eq!((report.stats.exported, report.stats.lost()), (100, 100), "{report}");
        assert_adds_up(&report, 100);
    }
}

#[test]
fn all_backends_are_waited_for_in_one_timeout() {
    let collectors = [(); 3].map(|()| Collector::start().answer_always(Answer::hang()));
    let [first, second, third] = &collectors;
    let builder = to(first).also(also(second)).also(also(third).trace_config(TraceConfig::new().hide_inputs(true)));
    let openinference = within(builder, |_| small_spans(10));
    for wait in [OpenInference::flush, OpenInference::shutdown] {
        let start = Instant::now();
        let report = wait(&openinference, Duration::from_secs(3));
        assert!(start.elapsed() < Duration::from_secs(3) + SLACK, "{:?}", start.elapsed());
        assert_adds_up(&report, 10);
    }
    collectors.iter().for_each(|collector| assert_eq!(collector.requests().len(), 1));
}

#[test]
fn each_backend_has_its_own_way_project_and_headers() {
    let (house, cloud) = (Collector::start().answer_ok(), Collector::start().answer_ok());
    let builder = to(&house).project("house").api_key("key of the house").service_name("bot").also(
        also(&cloud)
            .project("cloud")
            .header("x-api-key", "key of the cloud")
            .gzip(true)
            .timeout(Duration::from_secs(5))
            .resource_attribute(opentelemetry::KeyValue::new("deployment", "eu"))
            .grpc(),
    );
    let openinference = within(builder, |_| small_spans(10));
    assert_eq!(openinference.endpoint(), Some(&*format!("{}/v1/traces", house.url())));
    assert!(openinference.shutdown(PATIENCE).is_complete());
    assert_has(&house, 0..10);
    assert_has(&cloud, 0..10);
    let (here, there) = (house.requests().remove(0), cloud.requests().remove(0));
    assert_eq!((here.header("authorization"), here.header("x-api-key")), (Some("Bearer key of the house"), None));
    assert_eq!((there.header("authorization"), there.header("x-api-key")), (None, Some("key of the cloud")));
    assert_eq!(there.header("grpc-encoding"), Some("gzip"));
    for (request, project, deployment) in [(here, "house", None), (there, "cloud", Some("eu"))] {
        let resource = request.resource();
        assert_eq!(resource["openinference.project.name"], project);
        assert_eq!(resource["service.name"], "bot");
        assert_eq!(resource.get("deployment").and_then(Value::as_str), deployment);
    }
}

#[test]
fn a_queue_that_is_full_is_that_of_its_backend() {
    let (well, ill) = (Collector::start().answer_ok(), Collector::start().answer_always(Answer::hang()));
    let builder = builder()
        .endpoint(well.url())
        .batch(quick())
        .also(also(&ill).batch(Batch::from_env().max_queue_size(5).max_export_batch_size(5)));
    let openinference = within(builder, |openinference| {
        small_spans(5);
        let _ = openinference.flush(Duration::from_millis(300));
        small_spans(95);
    });
    let report = openinference.shutdown(Duration::from_secs(1));
    assert_eq!(well.spans().len(), 100);
    let [well, ill] = report.backends() else { panic!("two backends: {report}") };
    assert!(well.is_complete(), "{report}");
    assert!(ill.stats.dropped(tracing_openinference::Dropped::QueueFull) >= 85, "{report}");
    assert_adds_up(&report, 100);
}

#[test]
fn exporters_and_processors_are_backends_too() {
    let collector = Collector::start().answer_ok();
    let (exporter, processor) = (InMemorySpanExporter::default(), Recorder::new());
    let hide = TraceConfig::new().hide_inputs(true);
    let builder = to(&collector)
        .also(Backend::span_processor(processor.clone()).trace_config(hide))
        .also(Backend::span_exporter(exporter.clone()).batch(whole()));
    let openinference = within(builder, |_| drop(tracing::info_span!("ask", input.value = SECRET)));
    let report = openinference.flush(PATIENCE);
    assert!(report.is_complete(), "{report}");
    assert_adds_up(&report, 1);
    assert_eq!(report.backends().len(), 3);
    assert!(collector.saw(SECRET));
    let input = |span: &SpanData| tracing_openinference::attribute(span, "input.value").map(str::to_owned);
    assert_eq!(input(&exporter.get_finished_spans().expect("no panic")[0]).as_deref(), Some(SECRET));
    assert_eq!(input(&processor.span("ask")).as_deref(), Some("__REDACTED__"));
}

#[test]
fn a_pipeline_that_exports_nothing_has_no_backends() {
    let collector = Collector::start().answer_ok();
    let openinference = within(builder().no_export().also(also(&collector)), |_| small_spans(10));
    assert!(openinference.shutdown(PATIENCE).is_complete());
    assert!(collector.requests().is_empty());
}

#[test]
fn a_setting_that_cannot_be_used_is_named_with_its_backend() {
    for (backend, expected) in [
        (Backend::new(""), "Backend::new(…) of backend 2 = "),
        (Backend::new("ftp://user:hunter2@host"), "endpoint of backend 2 = \"ftp://host"),
        (Backend::new("http://host").header("bad name", "hunter2"), ".header(…) of backend 2 = \"****\""),
        (Backend::new("http://host").timeout(Duration::ZERO), ".timeout(…) of backend 2 = \"0ns\""),
        (Backend::new("http://host").batch(Batch::from_env().max_queue_size(0)), "max_queue_size of backend 2 = \"0\""),
    ] {
        let shown = format!("{backend:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let error = builder().endpoint("http://localhost:1").also(backend).build().unwrap_err().to_string();
        assert!(error.starts_with(expected) && !error.contains("hunter2"), "{error}");
    }
}
