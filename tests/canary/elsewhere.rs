//! What is in no attribute of a span: resource, headers, credentials, links, the log.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use integration_tests::collector::Answer;
use integration_tests::{Collector, Recorder, span};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor};
use prost::Message;
use tracing::{info, info_span};
use tracing_openinference::{Conversion, OpenInferenceProcessor, TraceConfig, convert, redact};

use crate::pipeline::{HTTP, WAYS, listen, log, run, to};
use crate::secret::{Random, Search, Secret};
use crate::{all_flags, config};

fn secret() -> Secret {
    Secret::new(&mut Random::new())
}

fn is_in(bytes: &[u8], secret: &Secret) -> bool {
    !Search::of([("it", secret)]).find(bytes).is_empty()
}

/// A span on its own, as an exporter of OpenTelemetry's sends it.
fn encoded(span: SpanData) -> Vec<u8> {
    let resource_spans = group_spans_by_resource_and_scope(vec![span], &ResourceAttributesWithSchema::default());
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

type Put = fn(&mut SpanData, &Secret);

/// Places in a span that the layer has no words for: a span of plain OpenTelemetry may have them.
const PLACES: &[(&str, Put)] = &[
    ("name", |span, s| span.name = Cow::Owned(s.text.clone())),
    ("status", |span, s| span.status = Status::error(s.text.clone())),
    ("event name", |span, s| span.events.events = vec![Event::with_name(s.text.clone())]),
    ("event attribute", |span, s| {
        span.events.events = vec![Event::new("event", UNIX_EPOCH, vec![KeyValue::new("app.note", s.text.clone())], 0)];
    }),
    ("exception", |span, s| {
        let attributes = vec![
            KeyValue::new("exception.message", s.text.clone()),
            KeyValue::new("exception.stacktrace", s.text.clone()),
        ];
        span.events.events = vec![Event::new("exception", UNIX_EPOCH, attributes, 0)];
    }),
    ("list in an event", |span, s| {
        let list = vec![opentelemetry::StringValue::from(s.text.clone())];
        let attributes = vec![KeyValue::new("app.notes", opentelemetry::Value::Array(list.into()))];
        span.events.events = vec![Event::new("event", UNIX_EPOCH, attributes, 0)];
    }),
    ("link attribute", |span, s| {
        let attributes = vec![KeyValue::new("app.note", s.text.clone()), KeyValue::new("input.value", s.integer)];
        span.links.links = vec![Link::new(SpanContext::empty_context(), attributes, 0)];
    }),
    ("link attribute without a namespace", |span, s| {
        span.links.links = vec![Link::new(SpanContext::empty_context(), vec![KeyValue::new("n", s.float)], 0)];
    }),
];

#[test]
fn what_only_plain_opentelemetry_says_is_hidden_too() {
    for (name, put) in PLACES {
        let secret = secret();
        for (flags, hidden) in [
            (vec![], false),
            (vec!["hide_inputs"], true),
            (vec!["hide_outputs"], true),
            (vec!["hide_prompts"], false),
            (all_flags(), true),
        ] {
            let config = config(&flags);
            let mut span = span(vec![KeyValue::new("app.a", "b")]);
            put(&mut span, &secret);
            convert(&mut span, &Conversion::for_config(&config));
            redact(&mut span, &config);
            assert_eq!(is_in(&encoded(span), &secret), !hidden, "{name} under {flags:?}");
        }
    }
}

#[test]
fn baggage_and_the_name_of_the_thread_never_leave() {
    let (baggage, thread) = (secret(), secret());
    let recorder = Recorder::new();
    let processor = OpenInferenceProcessor::new(recorder.clone()).trace_config(TraceConfig::new());
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    let collector = Collector::start().answer_ok();
    let openinference = to(&collector, HTTP).build().unwrap();
    let work = || {
        let entries = [KeyValue::new(baggage.word.clone(), "a"), KeyValue::new("b", baggage.text.clone())];
        let _context = Context::current_with_baggage(entries).attach();
        provider.tracer("test").in_span("plain", |_| run(&openinference, || info_span!("ours").in_scope(|| ())));
    };
    std::thread::scope(|scope| {
        std::thread::Builder::new().name(thread.word.clone()).spawn_scoped(scope, work).unwrap().join().unwrap();
    });
    assert!(openinference.shutdown(Duration::from_secs(10)).is_complete());
    assert_eq!((recorder.spans().len(), collector.spans().len()), (1, 1));
    let mut sent = collector.bytes();
    recorder.spans().into_iter().for_each(|span| sent.extend(encoded(span)));
    for secret in [baggage, thread] {
        assert!(!is_in(&sent, &secret));
        assert!(!is_in(log().as_bytes(), &secret));
    }
}

/// The resource says which process it was, and is set by those who run it.
#[test]
fn the_resource_is_sent_and_not_said() {
    listen();
    let (project, service, attribute) = (secret(), secret(), secret());
    for way in WAYS {
        let collector = Collector::start().answer_ok();
        let openinference = to(&collector, way)
            .trace_config(config(&all_flags()))
            .project(project.word.clone())
            .service_name(service.text.clone())
            .resource_attribute(KeyValue::new("app.secret", attribute.text.clone()))
            .build()
            .unwrap();
        run(&openinference, || drop(info_span!("span")));
        let said = format!("{openinference:?} {}", openinference.stats());
        assert!(openinference.shutdown(Duration::from_secs(10)).is_complete());
        for secret in [&project, &service, &attribute] {
            assert!(is_in(&collector.bytes(), secret));
            assert!(!is_in(said.as_bytes(), secret));
        }
        // The line at the start says in which project the traces are.
        for secret in [&service, &attribute] {
            assert!(!is_in(log().as_bytes(), secret));
        }
    }
}

/// Credentials are for the server alone, whether it answers or not.
#[test]
fn headers_are_sent_and_never_said() {
    listen();
    let answers = [Answer::ok(), Answer::status(401), Answer::grpc(16, "who are you?"), Answer::reset()];
    for (way, answer) in WAYS.into_iter().flat_map(|way| answers.clone().map(|answer| (way, answer))) {
        let (key, header, password) = (secret(), secret(), secret());
        let collector = Collector::start().answer_always(answer);
        let url = collector.url().replace("http://", &format!("http://user:{}@", password.word));
        let builder = || to(&collector, way).header("x-tenant", header.word.clone());
        for builder in [builder().api_key(key.word.clone()), builder().endpoint(url)] {
            let mut said = format!("{builder:?}");
            let openinference = builder.build().unwrap();
            run(&openinference, || drop(info_span!("span")));
            said += &format!("{openinference:?} {:?}", openinference.endpoint());
            let report = openinference.shutdown(Duration::from_millis(300));
            said += &format!("{report:?} {report} {openinference:?} {:?}", openinference.stats());
            for secret in [&key, &header, &password] {
                assert!(!is_in(said.as_bytes(), secret), "{said}");
                assert!(!is_in(&collector.bytes(), secret));
            }
        }
        let headers = format!("{:?}", collector.requests().iter().map(|request| &request.headers).collect::<Vec<_>>());
        assert!(is_in(headers.as_bytes(), &key) && is_in(headers.as_bytes(), &header), "{headers}");
        assert!(is_in(headers.as_bytes(), &password), "{headers}");
        for secret in [&key, &header, &password] {
            assert!(!is_in(log().as_bytes(), secret), "{way:?}");
        }
    }
}

#[test]
fn settings_that_cannot_be_used_are_named_without_credentials() {
    let secret = secret();
    let builder = tracing_openinference::builder;
    let broken = [
        builder().header("x-key", format!("{}\n", secret.word)),
        builder().header("no name", secret.word.clone()),
        builder().api_key(format!("{}\n", secret.word)),
        builder().endpoint(format!("http://user:{}@:port", secret.word)),
        builder().endpoint(format!("user:{}@host name", secret.word)),
        builder().endpoint(format!("ftp://user:{}@host", secret.word)),
        builder().endpoint(format!("http://user:{}@host:99999", secret.word)),
    ];
    for builder in broken {
        let said = format!("{builder:?}");
        assert!(!is_in(said.as_bytes(), &secret), "{said}");
        let error = builder.build().map(drop).unwrap_err();
        let causes: Vec<_> = std::iter::successors(error.source(), |&error| error.source()).collect();
        let said = format!("{error} {error:?} {causes:?}");
        assert!(!is_in(said.as_bytes(), &secret), "{said}");
    }
}

/// A control: the log that other tests search is written, and is searched in every form.
#[test]
fn the_log_has_what_the_export_thread_says_and_what_libraries_say() {
    listen();
    let secret = secret();
    let collector = Collector::start().answer_always(Answer::partial(1, &secret.word));
    let openinference = to(&collector, HTTP).build().unwrap();
    run(&openinference, || drop(info_span!("span")));
    assert_eq!(openinference.shutdown(Duration::from_secs(10)).stats.rejected, 1);
    let log = log();
    assert!(log.contains("tracing_openinference"), "{log}");
    assert!(log.contains("hyper"), "{log}");
    info!(target: "somebody", "{}", secret.text);
    assert!(is_in(self::log().as_bytes(), &secret));
}

#[test]
fn variables_that_cannot_be_read_are_named_without_their_value() {
    listen();
    let secret = secret();
    let config = TraceConfig::from_lookup(|name| name.starts_with("OPENINFERENCE_").then(|| (&secret.word).into()));
    assert!(!is_in(format!("{config:?}").as_bytes(), &secret));
    let recorder = Recorder::new();
    let openinference =
        tracing_openinference::builder().trace_config(config).span_processor(recorder.clone()).build().unwrap();
    let before = log().matches("OPENINFERENCE_HIDE_INPUTS is set but reads as neither").count();
    run(&openinference, || drop(info_span!("span", input.value = secret.text)));
    assert_eq!(log().matches("OPENINFERENCE_HIDE_INPUTS is set but reads as neither").count(), before + 1);
    assert!(!is_in(log().as_bytes(), &secret));
    assert!(!is_in(&encoded(recorder.span("span")), &secret), "it hides");
}

#[test]
fn what_is_printed_on_the_terminal_is_redacted() {
    use std::sync::Arc;
    #[derive(Clone)]
    struct Terminal(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for (flags, shown) in [(vec![], true), (all_flags(), false)] {
        let secret = secret();
        let terminal = Terminal(Arc::default());
        let console = tracing_openinference::Console::writer(terminal.clone()).width(10_000);
        let openinference =
            tracing_openinference::builder().trace_config(config(&flags)).span_exporter(console).build().unwrap();
        run(&openinference, || drop(info_span!("span", input.value = secret.word, error = secret.word)));
        assert!(openinference.shutdown(Duration::from_secs(10)).is_complete());
        assert_eq!(is_in(&terminal.0.lock().unwrap(), &secret), shown);
    }
}

/// Keeps what it gets, and says so when it fails.
#[derive(Default)]
struct Quotes(Mutex<String>);

/// An application may have its processors and exporters printed: what they say there is their own.
impl fmt::Debug for Quotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quotes")
    }
}

impl Quotes {
    fn fail(&self) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure(self.0.lock().expect("nobody panicked").clone()))
    }
}

impl SpanProcessor for Quotes {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        *self.0.lock().expect("nobody panicked") = format!("cannot store {span:?}");
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.fail()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.fail()
    }
}

impl SpanExporter for Quotes {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        *self.0.lock().expect("nobody panicked") = format!("cannot send {spans:?}");
        self.fail()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.fail()
    }
}

#[test]
fn what_somebody_elses_error_quotes_is_not_repeated() {
    listen();
    let builder = || tracing_openinference::builder().trace_config(TraceConfig::new());
    for builder in [builder().span_processor(Quotes::default()), builder().span_exporter(Quotes::default())] {
        let secret = secret();
        let openinference = builder.build().unwrap();
        run(&openinference, || drop(info_span!("span", input.value = secret.text)));
        let flushed = openinference.flush(Duration::from_secs(10));
        let report = openinference.shutdown(Duration::from_secs(10));
        assert!(!report.is_complete() && report.stats.last_error.is_some(), "{report}");
        let said = format!("{flushed} {flushed:?} {report} {report:?} {openinference:?} {}", openinference.stats());
        assert!(!is_in(said.as_bytes(), &secret), "{said}");
        assert!(!is_in(log().as_bytes(), &secret));
    }
}

/// Handed on as the standard has it, and so under every flag.
#[test]
fn tracestate_of_a_link_is_sent() {
    let secret = secret();
    let state = TraceState::from_key_value([("vendor", secret.word.clone())]).unwrap();
    let remote = SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, state);
    let mut span = span(vec![]);
    span.links.links = vec![Link::with_context(remote.clone())];
    redact(&mut span, &config(&all_flags()));
    assert!(is_in(&encoded(span), &secret));
    assert!(Context::new().with_remote_span_context(remote).span().span_context().is_remote());
}
