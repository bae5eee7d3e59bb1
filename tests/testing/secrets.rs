//! A secret is found wherever a span can carry it.

use base64::Engine as _;
use opentelemetry::trace::{Event, Link, SpanContext, Status, TraceState};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use tracing_openinference::testing::Traces;
use tracing_openinference::{TraceConfig, builder};

const SECRET: &str = "order 4711";

/// `change` is made to the span on its way, past redaction.
fn places(change: impl Fn(&mut SpanData)) -> Vec<String> {
    let traces = Traces::new(builder());
    let mut span = integration_tests::span(vec![KeyValue::new("plain", "nothing")]);
    change(&mut span);
    traces.recorder().on_end(span);
    traces.places_of(SECRET)
}

#[test]
fn every_carrier_is_searched() {
    let state = || TraceState::from_key_value([("k", "order 4711")]).expect("a trace state");
    let context = |span: &SpanData| {
        let old = &span.span_context;
        SpanContext::new(old.trace_id(), old.span_id(), old.trace_flags(), false, state())
    };
    let texts = |texts: &[&'static str]| {
        Value::Array(Array::String(texts.iter().map(|text| StringValue::from(*text)).collect()))
    };
    assert!(places(|_| {}).is_empty());
    assert_eq!(places(|span| span.name = "about order 4711".into()), ["the name of about order 4711"]);
    assert_eq!(places(|span| span.attributes[0].value = SECRET.into()), ["attribute plain of span"]);
    assert_eq!(places(|span| span.attributes[0].value = texts(&["a", SECRET])), ["attribute plain of span"]);
    assert_eq!(places(|span| span.attributes[0].key = SECRET.into()), ["attribute order 4711 of span"]);
    assert_eq!(places(|span| span.status = Status::error(SECRET)), ["the status of span"]);
    assert_eq!(places(|span| span.span_context = context(span)), ["the trace state of span"]);
    let event = |name: &'static str, value: &'static str| {
        Event::new(name, std::time::UNIX_EPOCH, vec![KeyValue::new("k", value)], 0)
    };
    assert_eq!(places(|span| span.events.events = vec![event(SECRET, "")]), ["the name of an event of span"]);
    assert_eq!(places(|span| span.events.events = vec![event("e", SECRET)]), ["attribute of event e: k of span"]);
    let link =
        |span: &SpanData, value: &'static str| Link::new(span.span_context.clone(), vec![KeyValue::new("k", value)], 0);
    assert_eq!(places(|span| span.links.links = vec![link(span, SECRET)]), ["attribute of a link: k of span"]);
    let linked = |span: &SpanData| Link::new(context(span), vec![], 0);
    assert_eq!(places(|span| span.links.links = vec![linked(span)]), ["the trace state of a link of span"]);
}

#[test]
fn a_disguise_is_seen_through() {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{{\"for\": {SECRET:?}}}"));
    assert_eq!(
        places(|span| span.attributes[0].value = encoded.clone().into()),
        ["attribute plain of span (as base64)"]
    );
}

#[test]
#[should_panic(expected = "\"order 4711\" is not hidden:\n  attribute input.value of step")]
fn what_is_not_hidden_fails_the_test() {
    Traces::capture(TraceConfig::new(), || drop(tracing::info_span!("step", input = SECRET))).assert_hidden(SECRET);
}

#[test]
#[should_panic(expected = "no span was recorded")]
fn nothing_recorded_shows_nothing() {
    Traces::capture(TraceConfig::new(), || ()).assert_hidden(SECRET);
}
