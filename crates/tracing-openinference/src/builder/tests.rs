use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};
use tracing_subscriber::layer::SubscriberExt;

use super::*;

/// Keeps the names of the spans it is given.
#[derive(Clone, Debug, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    fn push(&self, span: &SpanData) {
        self.0.lock().unwrap().push(span.name.clone().into_owned());
    }

    fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl SpanProcessor for Names {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        self.push(&span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl SpanExporter for Names {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter().for_each(|span| self.push(span));
        Ok(())
    }
}

/// Has one span made and everything exported.
fn run(openinference: &OpenInference) {
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        drop(tracing::info_span!(
            "step",
            llm.invocation_parameters = r#"{"stop":"said"}"#,
            "input.images.0.image.url" = "data:image/png;base64,AAAA"
        ));
    });
    let _ = openinference.shutdown(Duration::from_secs(5));
}

#[test]
fn no_variable_takes_a_processor_or_an_exporter_of_the_code_away() {
    for variable in [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("PHOENIX_COLLECTOR_ENDPOINT", "not a url"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "never"),
    ] {
        for give in [|names| builder().span_processor(names), |names| builder().span_exporter(names)]
            as [fn(Names) -> Builder; 2]
        {
            let names = Names::default();
            run(&give(names.clone()).build_from(&Env::of([variable])).expect(variable.0));
            assert_eq!(names.seen(), ["step"], "{variable:?}");
        }
    }
}

#[test]
fn the_switch_that_turns_opentelemetry_off_beats_a_processor_of_the_code() {
    let names = Names::default();
    let env = Env::of([("OTEL_SDK_DISABLED", "true")]);
    run(&builder().span_processor(names.clone()).build_from(&env).unwrap());
    assert!(names.seen().is_empty());
}

#[test]
fn the_last_word_of_the_code_says_where_spans_go() {
    let names = Names::default();
    run(&builder().span_processor(names.clone()).no_export().build_from(&Env::of([])).unwrap());
    assert!(names.seen().is_empty());
    run(&builder().no_export().span_processor(names.clone()).build_from(&Env::of([])).unwrap());
    assert_eq!(names.seen(), ["step"]);
}

#[test]
fn a_sampler_of_the_code_keeps_the_variables_of_samplers_from_being_read() {
    let env = Env::of([("OTEL_TRACES_SAMPLER", "bogus")]);
    let names = Names::default();
    assert!(builder().span_processor(names.clone()).build_from(&env).is_err());
    run(&builder().span_processor(names.clone()).sampler(Sampler::AlwaysOff).build_from(&env).unwrap());
    assert!(names.seen().is_empty());
}

#[test]
fn as_long_as_it_takes_is_a_timeout() {
    let names = Names::default();
    let openinference = builder().span_exporter(names.clone()).build_from(&Env::of([])).unwrap();
    assert!(!openinference.flush(Duration::MAX).timed_out);
    assert!(!openinference.shutdown(Duration::MAX).timed_out);
}

type End = fn() -> OTelSdkResult;

/// A processor of which the end is known.
#[derive(Debug)]
struct Ends(End);

impl SpanProcessor for Ends {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        (self.0)()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        (self.0)()
    }
}

#[test]
fn only_a_timeout_of_a_processor_of_the_code_is_one() {
    let cases: [(End, bool, Option<&str>); 5] = [
        (|| Ok(()), false, None),
        (|| Err(OTelSdkError::Timeout(Duration::from_secs(1))), true, Some("the span processor timed out")),
        (|| Err(OTelSdkError::AlreadyShutdown), false, None),
        (|| Err(OTelSdkError::InternalFailure("disk full".into())), false, Some("the span processor failed")),
        (|| panic!("a processor panics"), false, Some("the span processor panicked")),
    ];
    for (end, timed_out, error) in cases {
        let openinference = builder().span_processor(Ends(end)).build_from(&Env::of([])).unwrap();
        for report in [openinference.flush(Duration::ZERO), openinference.shutdown(Duration::ZERO)] {
            assert_eq!(report.timed_out, timed_out, "{error:?}");
            assert_eq!(report.stats.last_error.as_deref(), error);
        }
    }
}

/// On which thread the stages run is asked of a rule, which is one of them.
#[test]
fn whatever_somebody_hides_is_hidden_before_the_queue() {
    let here = std::thread::current().id();
    let set = TraceConfig::new().base64_image_max_length(1);
    let inputs = TraceConfig::new().hide_inputs(true);
    let variable = ("OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH", "1");
    for (config, variable, before) in [
        (TraceConfig::new(), ("X", "1"), false),
        (inputs, ("X", "1"), true),
        (set, ("X", "1"), true),
        (TraceConfig::new(), variable, true),
    ] {
        let (seen, names) = (Arc::new(Mutex::new(None)), Names::default());
        let threads = Arc::clone(&seen);
        let builder = builder().span_exporter(names.clone()).trace_config(config.clone()).drop_spans(move |_| {
            *threads.lock().unwrap() = Some(std::thread::current().id());
            false
        });
        run(&builder.build_from(&Env::of([variable])).unwrap());
        assert_eq!(names.seen(), ["step"]);
        assert_eq!(seen.lock().unwrap().unwrap() == here, before, "{config:?} {variable:?}");
    }
}

#[test]
fn a_closure_selects_what_it_returns_true_for() {
    for (keeps, kept) in [(true, 1), (false, 0)] {
        let names = Names::default();
        let builder =
            builder().span_processor(names.clone()).select(move |span: &SpanData| span.name == "step" && keeps);
        run(&builder.build_from(&Env::of([])).unwrap());
        assert_eq!(names.seen().len(), kept);
    }
}

#[test]
fn http_and_gzip_of_the_code_beat_the_variables() {
    let env = Env::of([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "smoke signals"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd"),
    ]);
    for (gzip, compression) in [(true, ship::Compression::Gzip), (false, ship::Compression::None)] {
        let destination = Settings::read(&env, &builder().http().gzip(gzip).overrides).unwrap().destination.unwrap();
        assert_eq!(destination.endpoint.transport, ship::Transport::Http);
        assert_eq!(destination.endpoint.url, "http://localhost:4317/v1/traces");
        assert_eq!(
            (destination.compression.value, destination.compression.source),
            (compression, Source::Code("gzip"))
        );
    }
    let openinference = builder().http().build_from(&Env::of([("PHOENIX_ENDPOINT", "http://localhost:4317")])).unwrap();
    assert_eq!(openinference.endpoint(), Some("http://localhost:4317/v1/traces"));
}

#[test]
fn a_mistake_in_what_is_switched_off_fails_nothing() {
    for name in ["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_EXPORTER_OTLP_TIMEOUT"] {
        let env = || Env::of([(name, "garbage")]);
        assert!(builder().build_from(&env()).is_err(), "{name}");
        assert!(builder().no_export().build_from(&env()).is_ok(), "{name}");
        let off = Env::of([(name, "garbage"), ("OTEL_SDK_DISABLED", "true")]);
        assert!(builder().build_from(&off).is_ok(), "{name}");
    }
}

#[test]
fn a_processor_that_fails_leaves_no_complete_report() {
    #[derive(Debug)]
    struct Failing(fn() -> OTelSdkResult);

    impl SpanProcessor for Failing {
        fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}

        fn on_end(&self, _: SpanData) {}

        fn force_flush(&self) -> OTelSdkResult {
            (self.0)()
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            (self.0)()
        }
    }

    for (result, complete) in [
        ((|| Ok(())) as fn() -> OTelSdkResult, true),
        (|| Err(OTelSdkError::AlreadyShutdown), true),
        (|| Err(OTelSdkError::InternalFailure("no disk".into())), false),
        (|| Err(OTelSdkError::Timeout(Duration::from_secs(1))), false),
        (|| panic!("the processor panics"), false),
    ] {
        let openinference = builder().span_processor(Failing(result)).build_from(&Env::of([])).unwrap();
        for report in [openinference.flush(Duration::ZERO), openinference.shutdown(Duration::ZERO)] {
            assert_eq!(report.is_complete(), complete, "{report}");
        }
    }
}
