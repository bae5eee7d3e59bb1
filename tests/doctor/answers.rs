//! A backend that is reached, and what it says.

use integration_tests::{Answer, Collector};
use tracing_openinference::Backend;

use super::{Examined, KEY, examine};

const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");

fn against(collector: &Collector, variables: &[(&str, &str)]) -> Examined {
    examine(&[&[("PHOENIX_COLLECTOR_ENDPOINT", &*collector.url())], variables].concat())
}

#[test]
fn a_collector_that_takes_the_span_is_well() {
    for (grpc, transport) in [(&[][..], "over HTTP"), (&[GRPC], "over gRPC")] {
        let collector = Collector::start().answer_ok();
        let examined = against(&collector, grpc);
        assert!(examined.healthy, "{}", examined.text);
        assert_eq!(collector.spans()[0].name, "tracing-openinference doctor", "{transport}");
        examined.says(&["ok", "span", "accepted"]);
        examined.says(&["note", "storage"]);
        examined.says(&["endpoint", "PHOENIX_COLLECTOR_ENDPOINT"]);
    }
}

#[test]
fn every_refusal_over_http_names_its_fix() {
    let key = ("PHOENIX_API_KEY", KEY);
    let legacy = ("PHOENIX_CLIENT_HEADERS", "api_key=s3cr3t-k3y");
    let text = |status, text: &str| Answer::status(status).body(text.to_owned());
    for (answer, variables, words) in [
        (text(401, "Invalid token"), &[][..], &["wants a key, and none is set", "PHOENIX_API_KEY"][..]),
        (text(401, "Invalid token"), &[key], &["the key of PHOENIX_API_KEY is not accepted", "make a key in Phoenix"]),
        (text(401, "Expired token"), &[key], &["the key of PHOENIX_API_KEY has expired", "make a key in Phoenix"]),
        (text(401, "Invalid token"), &[legacy], &["bearer token", "PHOENIX_CLIENT_HEADERS", "set PHOENIX_API_KEY"]),
        (text(403, "Viewers cannot perform this action."), &[key], &["viewer", "use the key of a member"]),
        (text(403, "no"), &[key], &["may not write", "belongs to this space"]),
        (Answer::status(404), &[], &["nothing receives spans at", "/v1/traces", "PHOENIX_COLLECTOR_ENDPOINT"]),
        (Answer::status(405), &[], &["nothing receives spans at"]),
        (Answer::status(413), &[], &["raise the limit of the proxy"]),
        (Answer::status(415), &[], &["switch compression off"]),
        (Answer::status(429).header("retry-after", "7"), &[], &["quota of requests", "after 7"]),
        (Answer::status(503), &[], &["overloaded or starting"]),
        (Answer::status(502), &[], &["is the backend running?"]),
        (text(507, "Insufficient storage"), &[], &["storage quota", "delete old traces"]),
        (Answer::status(500), &[], &["the log of the backend"]),
        (Answer::status(308).header("location", "https://user:s3cr3t-k3y@host/v1/traces"), &[], &["address it names"]),
    ] {
        let collector = Collector::start().answer_always(answer);
        against(&collector, variables).advises(words);
    }
}

#[test]
fn a_web_page_is_no_receiver() {
    let collector = Collector::start().answer_ok();
    // The greeting, the question for the version, the span.
    collector.script([Answer::ok(), Answer::ok().header("x-phoenix-server-version", "20.26.1")]);
    let page = Answer::status(200).header("content-type", "text/html").body("<!doctype html>");
    collector.script([page]);
    let url = format!("{}/prefix", collector.url());
    let examined = examine(&[("PHOENIX_COLLECTOR_ENDPOINT", &url)]);
    examined.says(&["ok", "version", "Phoenix 20.26.1"]);
    examined.advises(&[&format!("a Phoenix answers at {url}"), "nothing receives spans at", "base address"]);
}

#[test]
fn a_span_that_is_rejected_or_not_stored_is_no_success() {
    let collector = Collector::start().answer_always(Answer::partial(1, "no room"));
    against(&collector, &[]).advises(&["keeps nothing", "log"]);

    let collector = Collector::start().answer_always(Answer::ok().header("x-phoenix-server-version", "20.26.1"));
    let examined = against(&collector, &[("PHOENIX_PROJECT", "p q")]);
    examined.advises(&["the log of Phoenix says why it does not store"]);
    let asked = collector.requests().pop().expect("it asked").path;
    assert!(asked.starts_with("/v1/projects/p%20q/spans?") && asked.contains("trace_id="), "{asked}");
}

#[test]
fn every_refusal_over_grpc_names_its_fix() {
    let key = ("PHOENIX_API_KEY", KEY);
    for (code, message, variables, words) in [
        (16, "", &[GRPC][..], &["wants a key, and none is set", "PHOENIX_API_KEY"][..]),
        (16, "", &[GRPC, key], &["the key of PHOENIX_API_KEY is not accepted", "expired"]),
        (7, "", &[GRPC, key], &["viewer"]),
        (8, "quota exceeded", &[GRPC], &["quota", "delete old traces"]),
        (8, "Received message larger than max", &[GRPC], &["raise the limit"]),
        (12, "", &[GRPC], &["port 4317"]),
        (14, "", &[GRPC], &["overloaded or starting"]),
        (13, "", &[GRPC], &["the log of the backend"]),
    ] {
        let collector = Collector::start().answer_always(Answer::grpc(code, message));
        against(&collector, variables).advises(words);
    }
}

#[test]
fn no_answer_to_the_span_is_told_apart_from_no_server() {
    let collector = Collector::start();
    collector.script([Answer::ok(), Answer::ok(), Answer::hang()]);
    against(&collector, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "500")]).advises(&["OTEL_EXPORTER_OTLP_TIMEOUT"]);
    let collector = Collector::start();
    collector.script([Answer::ok(), Answer::ok(), Answer::reset()]);
    against(&collector, &[]).advises(&["the connection broke"]);
}

#[test]
fn the_doctor_works_inside_a_runtime_and_with_settings_of_code() {
    use tokio::runtime::Builder;
    for mut runtime in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let collector = Collector::start().answer_ok();
        let builder = tracing_openinference::builder().endpoint(collector.url()).project("of code").api_key(KEY);
        let diagnosis = runtime.enable_all().build().expect("a runtime starts").block_on(async { builder.doctor() });
        let text = diagnosis.to_string();
        assert!(diagnosis.is_healthy() && text.contains(".project(…)") && !text.contains(KEY), "{text}");
        assert_eq!(
            collector.requests().last().and_then(|request| request.header("authorization").map(str::to_owned)),
            Some(format!("Bearer {KEY}"))
        );
    }
}

#[test]
fn every_backend_is_tried() {
    let (well, ill) = (Collector::start().answer_ok(), Collector::start().answer_always(Answer::status(507)));
    let builder = tracing_openinference::builder().endpoint(well.url()).also(Backend::new(ill.url()).project("other"));
    let diagnosis = builder.doctor();
    assert!(diagnosis.advice().is_some_and(|advice| advice.contains("delete old traces")), "{diagnosis}");
    assert_eq!(well.spans().len(), 1, "{diagnosis}");
    let resource = ill.requests().pop().expect("it was asked").resource();
    assert_eq!(resource["openinference.project.name"], "other", "{diagnosis}");
}
