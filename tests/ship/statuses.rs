use std::thread;
use std::time::Duration;

use integration_tests::{Answer, Collector, SLACK};
use tracing_openinference::Dropped;

use crate::pipeline::{PATIENCE, Pipeline};

const SPANS: u64 = 10;

/// The first wait without a word from the server, at its shortest.
const FIRST_WAIT: Duration = Duration::from_millis(180);

#[test]
fn an_answer_that_means_later_loses_nothing() {
    thread::scope(|scope| {
        for status in [408, 429, 502, 503, 504] {
            scope.spawn(move || {
                let collector = Collector::start().answer_ok();
                collector.script([Answer::status(status)]);
                let pipeline = Pipeline::http(&collector);
                pipeline.send(SPANS);
                let requests = collector.await_requests(2);
                let waited = requests[1].at - requests[0].at;
                assert!(waited >= FIRST_WAIT && waited < Duration::from_secs(2) + SLACK, "{status}: {waited:?}");
                assert_eq!(requests[0].body, requests[1].body, "{status}");
                let report = pipeline.finish(&collector);
                assert_eq!(report.stats.retries, 1, "{status}");
            });
        }
    });
}

#[test]
fn an_answer_that_says_when_is_obeyed() {
    thread::scope(|scope| {
        for status in [408, 429, 502, 503, 504] {
            scope.spawn(move || {
                let collector = Collector::start().answer_ok();
                collector.script([Answer::status(status).header("retry-after", "1")]);
                let pipeline = Pipeline::http(&collector);
                pipeline.send(SPANS);
                let requests = collector.await_requests(2);
                let waited = requests[1].at - requests[0].at;
                assert!(
                    waited >= Duration::from_secs(1) && waited < Duration::from_secs(3) + SLACK,
                    "{status}: {waited:?}"
                );
                let _ = pipeline.finish(&collector);
            });
        }
    });
}

/// Also where it says when to come back: that is no promise to take what was just refused.
#[test]
fn an_answer_that_means_never_is_counted_and_explained_and_not_asked_again() {
    let refusals = [
        (302, "redirects are not followed"),
        (400, "could not read"),
        (401, "PHOENIX_API_KEY"),
        (403, "may not write"),
        (404, "/v1/traces"),
        (405, "/v1/traces"),
        (415, "compression"),
        (422, "could not read"),
        (500, "its log"),
        (501, "its log"),
        (507, "quota"),
    ];
    for (status, _) in refusals {
        for retry_after in [None, Some("1")] {
            let collector = Collector::start().answer_ok();
            let answer = Answer::status(status);
            collector.script([match retry_after {
                Some(seconds) => answer.header("retry-after", seconds),
                None => answer,
            }]);
            let pipeline = Pipeline::http(&collector);
            pipeline.send(SPANS);
            let report = pipeline.flush(PATIENCE);
            assert_eq!((report.stats.rejected, report.stats.exported), (SPANS, 0), "{status}: {report}");
            let error = report.stats.last_error.clone().unwrap_or_default();
            assert!(error.contains(&status.to_string()), "{status}: {error}");
            assert_eq!(collector.requests().len(), 1, "{status}");
            // The next spans are not held up by it.
            pipeline.send(SPANS);
            let report = pipeline.shutdown(PATIENCE);
            assert_eq!((report.stats.rejected, report.stats.exported), (SPANS, SPANS), "{status}: {report}");
            assert_eq!(report.stats.retries, 0, "{status}");
        }
    }
}

#[test]
fn a_request_that_is_refused_for_its_size_arrives_in_parts() {
    for retry_after in [None, Some("1")] {
        let collector = Collector::start().answer_ok();
        let answer = Answer::status(413);
        collector.script([match retry_after {
            Some(seconds) => answer.header("retry-after", seconds),
            None => answer,
        }]);
        let pipeline = Pipeline::http(&collector);
        pipeline.send(SPANS);
        let _ = pipeline.flush(PATIENCE);
        assert_eq!(collector.requests().len(), 3);
        let _ = pipeline.finish(&collector);
    }
}

#[test]
fn a_server_that_takes_no_size_at_all_costs_the_spans_and_nothing_else() {
    let collector = Collector::start().answer_always(Answer::status(413));
    let pipeline = Pipeline::http(&collector);
    pipeline.send(SPANS);
    let _ = pipeline.finish_losing(SPANS, Dropped::TooLarge);
}

#[test]
fn a_partial_success_is_counted_as_what_it_is() {
    let collector = Collector::start().answer_ok();
    collector.script([Answer::partial(3, "three had no name")]);
    let pipeline = Pipeline::http(&collector);
    pipeline.send(SPANS);
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!((report.stats.exported, report.stats.rejected), (SPANS - 3, 3), "{report}");
    assert!(!report.is_complete());
}

#[test]
fn a_server_that_is_always_busy_is_given_up_in_time() {
    for (answer, soonest) in [
        (Answer::status(503), Duration::from_millis(900)),
        (Answer::status(503).header("retry-after", "60"), Duration::ZERO),
    ] {
        let collector = Collector::start().answer_always(answer);
        let pipeline = Pipeline::http(&collector);
        pipeline.send(SPANS);
        collector.await_requests(1);
        let start = std::time::Instant::now();
        let report = pipeline.shutdown(Duration::from_secs(1));
        let taken = start.elapsed();
        assert!(taken >= soonest && taken < Duration::from_millis(1200) + SLACK, "{taken:?}");
        assert_eq!(report.stats.dropped(Dropped::Unsent), SPANS, "{report}");
    }
}
