//! A request that the backend always fails over, while it takes the others: one span in it may be what its worker dies of.

use std::time::{Duration, Instant};

use integration_tests::collector::Request;
use integration_tests::{Answer, Collector};
use tracing_openinference::Dropped;

use crate::pipeline::{BOTH, PATIENCE, Pipeline, Transport, assert_has, eventually, number, whole};
use crate::spool::{directory, files, left_behind, nobody, spooling};

fn is_poison(request: &Request) -> bool {
    request.spans().iter().filter_map(number).any(|number| number % 50 == 5)
}

/// How many of these spans are in requests that are no poison, if ten are in each.
fn harmless(spans: std::ops::Range<u64>) -> u64 {
    spans.filter(|number| number / 10 % 5 != 0).count() as u64
}

fn poisoned(collector: &Collector) -> usize {
    collector.requests().iter().filter(|request| is_poison(request)).count()
}

/// How many attempts there may have been since, when the waits between them double from `first` up to `cap`.
fn most_attempts(since: Instant, first: Duration, cap: Duration) -> usize {
    let waits = std::iter::successors(Some(first), |wait| Some((*wait * 2).min(cap)));
    let ends = waits.scan(Duration::ZERO, |end, wait| {
        *end += wait;
        Some(*end)
    });
    1 + ends.take_while(|end| *end < since.elapsed()).count()
}

fn busy(transport: Transport) -> Answer {
    match transport {
        Transport::Http => Answer::status(503),
        Transport::Grpc => Answer::grpc(14, "the worker died"),
    }
}

#[test]
fn a_request_that_always_fails_holds_up_no_other() {
    for transport in BOTH {
        for answer in [busy(transport), Answer::reset()] {
            let collector = Collector::start();
            collector.change_to_but(Answer::ok(), is_poison, answer);
            let batch = whole().max_export_batch_size(10);
            let pipeline = Pipeline::new(transport.to(collector.url()).batch(batch));
            let start = Instant::now();
            pipeline.send(100);
            // Two of the ten requests are poison.
            eventually("the others are delivered", || pipeline.stats().exported == 80);
            for round in 1..=30 {
                pipeline.spans(10);
                eventually("and those that come later", || pipeline.stats().exported == harmless(0..100 + 10 * round));
            }
            let stats = pipeline.stats();
            assert_eq!((stats.created, stats.exported, stats.pending), (400, 320, 80), "{transport:?}: {stats}");
            // The first attempt of all, and once each after one of another.
            let most = 8 + 8 * most_attempts(start, Duration::from_millis(500), Duration::from_secs(300));
            assert!(poisoned(&collector) <= most, "{transport:?}: {} of {most}", poisoned(&collector));
            collector.change_to(Answer::ok());
            let report = pipeline.finish(&collector);
            assert!(report.stats.retries > 0, "{transport:?}: {report}");
        }
    }
}

#[test]
fn a_server_that_fails_over_everything_is_asked_no_more_often_for_having_many_requests() {
    for transport in BOTH {
        let collector = Collector::start().answer_always(busy(transport));
        let pipeline = Pipeline::new(transport.to(collector.url()).batch(whole().max_export_batch_size(10)));
        let start = Instant::now();
        pipeline.spans(1000);
        std::thread::sleep(Duration::from_secs(3));
        let requests = collector.requests();
        let most = most_attempts(start, Duration::from_millis(187), Duration::from_secs(3));
        assert!(requests.len() > 2 && requests.len() <= most, "{transport:?}: {} of {most}", requests.len());
        // It is back.
        collector.change_to(Answer::ok());
        let _ = pipeline.finish(&collector);
    }
}

#[test]
fn at_the_end_it_is_what_is_lost() {
    for transport in BOTH {
        let collector = Collector::start();
        collector.change_to_but(Answer::ok(), is_poison, busy(transport));
        let pipeline = Pipeline::new(transport.to(collector.url()).batch(whole().max_export_batch_size(10)));
        pipeline.spans(50);
        let report = pipeline.shutdown(Duration::from_secs(5));
        assert_eq!((report.stats.exported, report.stats.dropped(Dropped::Unsent)), (40, 10), "{transport:?}: {report}");
        assert!(report.stats.last_error.is_some(), "{transport:?}: {report}");
    }
}

#[test]
fn on_disk_it_holds_up_nothing_either() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 200);
    let collector = Collector::start_answering(address, Answer::status(503));
    let next = Pipeline::after(spooling(&url, &directory), 200);
    eventually("it is an outage", || collector.requests().len() > 3);
    let start = Instant::now();
    let before = poisoned(&collector);
    collector.change_to_but(Answer::ok(), is_poison, Answer::status(503));
    // Nothing new comes that the server could be tried with.
    eventually("all others are recovered", || next.stats().recovered == 160);
    for round in 1..=30 {
        next.spans(10);
        eventually("and new ones delivered", || next.stats().exported == harmless(200..200 + 10 * round));
    }
    let most = 10 + 10 * most_attempts(start, Duration::from_millis(500), Duration::from_secs(300));
    let attempts = poisoned(&collector) - before;
    assert!(attempts <= most, "{attempts} of {most}");
    collector.change_to(Answer::ok());
    eventually("it has recovered", || files(directory.path()).is_empty());
    let report = next.shutdown(PATIENCE);
    assert_eq!((report.stats.recovered, report.stats.exported), (200, 300), "{report}");
    assert_has(&collector, 0..500);
}
