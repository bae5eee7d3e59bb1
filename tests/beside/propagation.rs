//! `traceparent` and `tracestate`, in and out.

use std::collections::{BTreeMap, HashMap};

use integration_tests::Recorder;
use opentelemetry::trace::{SpanId, TraceState};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Dispatch, Span, info_span};
use tracing_openinference::{Builder, Headers, HeadersMut, OpenInferenceSpanExt, RemoteParent};
use tracing_subscriber::{Registry, prelude::*};

use crate::pair::{BOTH, Setup};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

fn sampled() -> HashMap<String, String> {
    HashMap::from([("traceparent".to_owned(), traceparent("01"))])
}

/// What our layer alone makes of `work`.
fn record(edit: impl FnOnce(Builder) -> Builder, work: impl FnOnce()) -> Recorder {
    let recorder = Recorder::new();
    let handle = edit(tracing_openinference::builder()).span_processor(recorder.clone()).build().expect("a pipeline");
    let dispatch = Dispatch::new(Registry::default().with(handle.layer()));
    tracing::dispatcher::with_default(&dispatch, work);
    recorder
}

fn served(headers: &(impl Headers + ?Sized)) -> SpanData {
    record(|builder| builder, || _ = info_span!("request").set_parent_from(headers)).span("request")
}

#[track_caller]
fn assert_continued(span: &SpanData) {
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), PARENT);
    assert!(span.parent_span_is_remote);
}

#[track_caller]
fn assert_untouched(span: &SpanData, why: &str) {
    assert_ne!(span.span_context.trace_id().to_string(), TRACE, "{why}");
    assert_eq!(span.parent_span_id, SpanId::INVALID, "{why}");
    assert!(!span.parent_span_is_remote, "{why}");
    assert_eq!(span.links.len(), 0, "{why}");
}

#[test]
fn every_header_map_hands_a_trace_on() {
    fn through<H: Headers + HeadersMut + Default>() {
        let mut headers = H::default();
        let client = record(|builder| builder, || _ = info_span!("client").inject_into(&mut headers)).span("client");
        let server = served(&headers);
        assert_eq!(server.span_context.trace_id(), client.span_context.trace_id());
        assert_eq!(server.parent_span_id, client.span_context.span_id());
        assert!(headers.header("tracestate").is_none(), "an empty one says nothing");
    }
    through::<http::HeaderMap>();
    through::<tonic::metadata::MetadataMap>();
    through::<HashMap<String, String>>();
    through::<BTreeMap<String, String>>();
}

#[test]
fn the_keys_of_a_map_may_be_in_any_case() {
    for key in ["traceparent", "Traceparent", "TRACEPARENT", "TraceParent"] {
        let pairs = [(key.to_owned(), traceparent("01"))];
        assert_continued(&served(&HashMap::from(pairs.clone())));
        assert_continued(&served(&BTreeMap::from(pairs)));
    }
    let mut headers = http::HeaderMap::new();
    headers.insert(http::HeaderName::from_bytes(b"Traceparent").unwrap(), traceparent("01").parse().unwrap());
    assert_continued(&served(&headers));
}

#[test]
fn a_header_that_is_there_in_another_case_is_replaced() {
    let mut hash = HashMap::from([("Traceparent".to_owned(), traceparent("01"))]);
    let mut tree = BTreeMap::from([("Traceparent".to_owned(), traceparent("01"))]);
    record(|builder| builder, || _ = info_span!("client").inject_into(&mut hash).inject_into(&mut tree));
    assert_eq!((hash.len(), tree.len()), (1, 1), "{hash:?} {tree:?}");
    assert!(!hash.header("traceparent").unwrap().contains(TRACE));
    assert!(!tree.header("traceparent").unwrap().contains(TRACE));
}

#[test]
fn malformed_headers_change_nothing() {
    let zeros = "0".repeat(32);
    let malformed = [
        String::new(),
        "nonsense".into(),
        format!("00-{TRACE}-{PARENT}"),
        format!("00-{TRACE}-0000000000000000-01"),
        format!("00-{zeros}-{PARENT}-01"),
        format!("00-{}-{PARENT}-01", &TRACE[1..]),
        format!("00-{TRACE}-{}-01", &PARENT[1..]),
        format!("0-{TRACE}-{PARENT}-01"),
        format!("00-{TRACE}-{PARENT}-1"),
        format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        format!("ff-{TRACE}-{PARENT}-01"),
        format!("00-{TRACE}-{PARENT}-01-more"),
        format!("00-{}g-{PARENT}-01", &TRACE[1..]),
        "0".repeat(100_000),
    ];
    for header in malformed {
        assert_untouched(&served(&HashMap::from([("traceparent".to_owned(), header.clone())])), &header);
    }
    assert_untouched(&served(&HashMap::<String, String>::new()), "no header");
    let mut binary = http::HeaderMap::new();
    binary.insert("traceparent", http::HeaderValue::from_bytes(b"00-\xff\xfe").unwrap());
    assert_untouched(&served(&binary), "not text");
    let state = [("tracestate".to_owned(), "a=b".to_owned())];
    assert_untouched(&served(&HashMap::from(state)), "a state without a parent");
}

#[test]
fn trace_state_goes_in_and_comes_out_again() {
    let mut headers = sampled();
    headers.insert("tracestate".into(), "vendor=opaque,other=1".into());
    let mut out = http::HeaderMap::new();
    let span = record(
        |builder| builder,
        || {
            let request = info_span!("request");
            request.set_parent_from(&headers);
            request.in_scope(|| _ = info_span!("call").inject_into(&mut out));
        },
    );
    assert_eq!(span.span("request").span_context.trace_state().header(), "vendor=opaque,other=1");
    assert_eq!(out["tracestate"], "vendor=opaque,other=1");
    assert!(out["traceparent"].to_str().unwrap().contains(TRACE));

    // A state that cannot be read takes the parent away from nobody.
    headers.insert("tracestate".into(), "broken".into());
    let served = served(&headers);
    assert_continued(&served);
    assert_eq!(served.span_context.trace_state(), &TraceState::NONE);
}

#[test]
fn a_remote_parent_that_was_not_sampled_is_followed() {
    let mut out = HashMap::new();
    let headers = HashMap::from([("traceparent".to_owned(), traceparent("00"))]);
    let recorder = record(
        |builder| builder,
        || {
            let request = info_span!("request");
            request.set_parent_from(&headers);
            request.in_scope(|| _ = info_span!("call").inject_into(&mut out));
        },
    );
    assert!(recorder.spans().is_empty(), "{}", recorder.tree());
    assert!(out["traceparent"].starts_with(&format!("00-{TRACE}-")), "{out:?}");
    assert!(out["traceparent"].ends_with("-00"), "{out:?}");
}

#[test]
fn a_remote_parent_can_be_made_a_link_of_a_root() {
    let recorder = record(
        |builder| builder.remote_parent(RemoteParent::Root),
        || {
            let request = info_span!("request");
            request.set_parent_from(&sampled());
            request.in_scope(|| drop(info_span!("child")));
        },
    );
    let (request, child) = (recorder.span("request"), recorder.span("child"));
    assert_eq!(request.span_context.trace_id().to_string(), TRACE);
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    assert!(!request.parent_span_is_remote);
    assert_eq!(request.links.len(), 1);
    let link = &request.links.links[0].span_context;
    assert_eq!((link.trace_id().to_string(), link.span_id().to_string()), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!(child.parent_span_id, request.span_context.span_id());
    assert_eq!(child.links.len(), 0);
}

#[test]
fn a_parent_that_comes_too_late_is_linked() {
    let recorder = record(
        |builder| builder,
        || {
            let request = info_span!("request");
            request.in_scope(|| drop(info_span!("child")));
            request.set_parent_from(&sampled());
        },
    );
    let (request, child) = (recorder.span("request"), recorder.span("child"));
    assert_eq!(child.parent_span_id, request.span_context.span_id());
    assert_eq!(child.span_context.trace_id(), request.span_context.trace_id());
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    assert_eq!(request.links.links[0].span_context.span_id().to_string(), PARENT);
}

#[test]
fn a_parent_set_inside_the_span_is_in_time_as_long_as_nobody_knows_the_ids() {
    let recorder = record(
        |builder| builder,
        || {
            info_span!("request").in_scope(|| {
                Span::current().set_parent_from(&sampled());
                drop(info_span!("child"));
            });
        },
    );
    assert_continued(&recorder.span("request"));
    assert_eq!(recorder.span("child").span_context.trace_id().to_string(), TRACE);
}

#[test]
fn a_span_that_is_not_wanted_hands_its_ancestor_on() {
    let mut headers = HashMap::new();
    let recorder = record(
        |builder| builder.filter("info,quiet=off"),
        || {
            // Another layer would keep the span alive; without one it does not even exist and the current one is meant.
            info_span!("request").in_scope(|| {
                info_span!(target: "quiet", "client").in_scope(|| _ = Span::current().inject_into(&mut headers));
            });
        },
    );
    let request = recorder.span("request").span_context;
    assert_eq!(headers["traceparent"], format!("00-{}-{}-01", request.trace_id(), request.span_id()));
}

#[test]
fn a_span_that_only_another_layer_wants_hands_its_ancestor_on() {
    let recorder = Recorder::new();
    let handle =
        tracing_openinference::builder().filter("info,quiet=off").span_processor(recorder.clone()).build().unwrap();
    let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let dispatch = Dispatch::new(Registry::default().with(handle.layer()).with(fmt));
    let mut headers = HashMap::new();
    let mut silent = HashMap::new();
    tracing::dispatcher::with_default(&dispatch, || {
        info_span!("request").in_scope(|| _ = info_span!(target: "quiet", "client").inject_into(&mut headers));
        let _suppressed = tracing_openinference::suppress_tracing();
        info_span!("suppressed").inject_into(&mut silent);
    });
    let request = recorder.span("request").span_context;
    assert_eq!(headers["traceparent"], format!("00-{}-{}-01", request.trace_id(), request.span_id()));
    assert!(silent.is_empty());
}

#[test]
fn without_our_layer_nothing_is_set() {
    let mut headers = sampled();
    let span = info_span!("nobody");
    span.inject_into(&mut headers).set_parent_from(&sampled());
    assert_eq!(headers, sampled());
}

#[test]
fn beside_their_layer_both_continue_the_same_parent() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        let mut headers = HashMap::new();
        pair.run(|| {
            let request = info_span!("request");
            request.set_parent_from(&sampled());
            request.in_scope(|| _ = info_span!("call").inject_into(&mut headers));
        });
        assert_continued(&pair.ours.span("request"));
        pair.assert_same();
        let call = pair.their_span("call").span_context;
        assert_eq!(headers["traceparent"], format!("00-{}-{}-01", call.trace_id(), call.span_id()), "{first:?}");
    }
}

#[test]
fn beside_their_layer_a_parent_that_comes_too_late_is_linked_by_both() {
    for first in BOTH {
        let pair = Setup::new().in_order(first);
        pair.run(|| {
            info_span!("request").in_scope(|| {
                Span::current().set_parent_from(&sampled());
                drop(info_span!("child"));
            });
        });
        let (ours, theirs) = (pair.ours.span("request"), pair.their_span("request"));
        assert_eq!(ours.span_context, theirs.span_context, "{first:?}");
        assert_eq!((ours.parent_span_id, theirs.parent_span_id), (SpanId::INVALID, SpanId::INVALID));
        for span in [ours, theirs] {
            assert_eq!(span.links.links[0].span_context.span_id().to_string(), PARENT);
        }
    }
}

#[test]
fn one_request_of_two_layers_of_ours_has_one_parent() {
    let (one, two) = (Recorder::new(), Recorder::new());
    let handle_one = tracing_openinference::builder().span_processor(one.clone()).build().unwrap();
    let handle_two = tracing_openinference::builder().span_processor(two.clone()).build().unwrap();
    let dispatch = Dispatch::new(Registry::default().with(handle_one.layer()).with(handle_two.layer()));
    let mut headers = HashMap::new();
    tracing::dispatcher::with_default(&dispatch, || {
        let request = info_span!("request");
        request.set_parent_from(&sampled());
        request.in_scope(|| _ = info_span!("call").inject_into(&mut headers));
    });
    for recorder in [one, two] {
        assert_continued(&recorder.span("request"));
        assert!(headers["traceparent"].contains(&recorder.span("call").span_context.span_id().to_string()));
    }
}
