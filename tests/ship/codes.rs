use std::thread;
use std::time::Duration;

use integration_tests::{Answer, Collector, SLACK};
use prost::Message;
use tracing_openinference::Dropped;

use crate::pipeline::{PATIENCE, Pipeline, Transport};

const SPANS: u64 = 10;
const RESOURCE_EXHAUSTED: i32 = 8;
const OUT_OF_RANGE: i32 = 11;

/// The codes after which OTLP says to try again. (`RESOURCE_EXHAUSTED` only if the server says when.)
const LATER: [i32; 6] = [1, 4, 10, OUT_OF_RANGE, 14, 15];
const NEVER: [i32; 9] = [2, 3, 5, 6, 7, 9, 12, 13, 16];

/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>, as far as a `RetryInfo` needs it.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Seconds>,
}

#[derive(Clone, PartialEq, Message)]
struct Seconds {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

fn after_a_second(code: i32) -> Answer {
    let info = RetryInfo { retry_delay: Some(Seconds { seconds: 1 }) };
    let type_url = "type.googleapis.com/google.rpc.RetryInfo".to_owned();
    let status = Status { details: vec![Any { type_url, value: info.encode_to_vec() }] };
    Answer::grpc_with_details(code, "later", status.encode_to_vec())
}

fn pipeline(collector: &Collector) -> Pipeline {
    Pipeline::new(Transport::Grpc.to(collector.url()))
}

/// The time between the first request and its repetition.
fn wait_after(answer: Answer) -> Duration {
    let collector = Collector::start().answer_ok();
    collector.script([answer]);
    let pipeline = pipeline(&collector);
    pipeline.send(SPANS);
    let requests = collector.await_requests(2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(pipeline.finish(&collector).stats.retries, 1);
    requests[1].at - requests[0].at
}

#[test]
fn a_code_that_means_later_loses_nothing() {
    thread::scope(|scope| {
        for code in LATER {
            scope.spawn(move || {
                let waited = wait_after(Answer::grpc(code, "later"));
                assert!(
                    waited >= Duration::from_millis(180) && waited < Duration::from_secs(2) + SLACK,
                    "{code}: {waited:?}"
                );
            });
        }
        // Phoenix means its queue by this one, and does not say when.
        scope.spawn(|| {
            let waited = wait_after(Answer::grpc(RESOURCE_EXHAUSTED, "queue full"));
            assert!(waited >= Duration::from_secs(5) && waited < Duration::from_secs(8) + SLACK, "{waited:?}");
        });
    });
}

/// A message alone is no success: Phoenix sends an empty one before it says that its queue is full.
#[test]
fn a_code_after_a_message_counts_like_one_without() {
    const UNAVAILABLE: i32 = 14;
    const INVALID: i32 = 3;
    let _ =
        wait_after(Answer::grpc_after_message(UNAVAILABLE, "Server is at capacity and cannot process more requests"));
    let collector = Collector::start().answer_always(Answer::grpc_after_message(INVALID, "bad"));
    let pipeline = pipeline(&collector);
    pipeline.send(SPANS);
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!((report.stats.rejected, report.stats.exported), (SPANS, 0), "{report}");
}

#[test]
fn a_code_that_says_when_is_obeyed() {
    thread::scope(|scope| {
        for code in LATER.into_iter().chain([RESOURCE_EXHAUSTED]) {
            scope.spawn(move || {
                let waited = wait_after(after_a_second(code));
                assert!(
                    waited >= Duration::from_secs(1) && waited < Duration::from_secs(3) + SLACK,
                    "{code}: {waited:?}"
                );
            });
        }
    });
}

#[test]
fn a_code_that_means_never_is_counted_and_not_asked_again() {
    for code in NEVER {
        for answer in [Answer::grpc(code, "never"), after_a_second(code)] {
            let collector = Collector::start().answer_ok();
            collector.script([answer]);
            let pipeline = pipeline(&collector);
            pipeline.send(SPANS);
            let report = pipeline.flush(PATIENCE);
            assert_eq!((report.stats.rejected, report.stats.exported), (SPANS, 0), "{code}: {report}");
            pipeline.send(SPANS);
            let report = pipeline.shutdown(PATIENCE);
            assert_eq!((report.stats.rejected, report.stats.exported), (SPANS, SPANS), "{code}: {report}");
            assert_eq!((collector.requests().len(), report.stats.retries), (2, 0), "{code}");
        }
    }
}

#[test]
fn a_message_that_is_refused_for_its_size_arrives_in_parts() {
    for (code, message) in [
        (RESOURCE_EXHAUSTED, "SERVER: Received message larger than max (5242880 vs. 4194304)"),
        (RESOURCE_EXHAUSTED, "grpc: received message after decompression larger than max 4194304"),
        (OUT_OF_RANGE, "Error, decoded message length too large: found 8388608 bytes, the limit is: 4194304 bytes"),
    ] {
        let collector = Collector::start().answer_ok();
        collector.script([Answer::grpc(code, message)]);
        let pipeline = pipeline(&collector);
        pipeline.send(SPANS);
        let _ = pipeline.flush(PATIENCE);
        assert_eq!(collector.requests().len(), 3, "{message}");
        let _ = pipeline.finish(&collector);
    }
    let collector = Collector::start().answer_always(Answer::grpc(RESOURCE_EXHAUSTED, "message larger than max"));
    let pipeline = pipeline(&collector);
    pipeline.send(SPANS);
    let _ = pipeline.finish_losing(SPANS, Dropped::TooLarge);
}

#[test]
fn a_partial_success_over_grpc_is_counted_as_what_it_is() {
    let collector = Collector::start().answer_ok();
    collector.script([Answer::partial(4, "four had no name")]);
    let pipeline = pipeline(&collector);
    pipeline.send(SPANS);
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!((report.stats.exported, report.stats.rejected), (SPANS - 4, 4), "{report}");
}

/// What a proxy says that knows nothing of gRPC: <https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>.
#[test]
fn a_proxy_that_speaks_http_is_understood() {
    thread::scope(|scope| {
        for status in [429, 502, 503, 504] {
            scope.spawn(move || {
                let waited = wait_after(Answer::status(status));
                assert!(
                    waited >= Duration::from_millis(180) && waited < Duration::from_secs(2) + SLACK,
                    "{status}: {waited:?}"
                );
            });
        }
    });
    for status in [400, 401, 403, 404] {
        let collector = Collector::start().answer_always(Answer::status(status));
        let pipeline = pipeline(&collector);
        pipeline.send(SPANS);
        let report = pipeline.shutdown(PATIENCE);
        assert_eq!((report.stats.rejected, collector.requests().len()), (SPANS, 1), "{status}: {report}");
    }
}
