use std::thread;

use integration_tests::{Answer, Collector};

use crate::faults::free_address;
use crate::pipeline::{BOTH, Transport};
use crate::process::Child;

const BUDGET: u64 = 64 << 20;

/// By how much 3,000 spans of a mebibyte each make a process grow.
fn assert_growth(transport: Transport, url: &str, limit: u64) {
    let ended = Child::new(&["memory"]).to(transport, url).run();
    assert_eq!(ended.code, Some(0), "{transport:?}: {}", ended.err);
    let numbers: Vec<u64> = ended.out.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [grown, created, pending, dropped] = numbers[..] else { panic!("{transport:?}: {}", ended.out) };
    assert!(grown <= limit, "{transport:?}: {} MiB", grown >> 20);
    assert_eq!((created, created), (3001, pending + dropped), "{transport:?}");
}

/// What nobody takes stays within the budget, and the quarter of it that everything else may use.
fn assert_bounded(urls: impl Fn(Transport) -> String + Sync) {
    thread::scope(|scope| {
        for transport in BOTH {
            let urls = &urls;
            scope.spawn(move || assert_growth(transport, &urls(transport), BUDGET / 4 * 5));
        }
    });
}

#[test]
fn three_gigabytes_of_spans_for_a_stuck_collector_stay_within_the_budget() {
    let collector = Collector::start().answer_always(Answer::hang());
    assert_bounded(|_| collector.url());
}

#[test]
fn three_gigabytes_of_spans_for_nobody_stay_within_the_budget() {
    assert_bounded(|_| format!("http://{}", free_address()));
}

#[test]
fn three_gigabytes_of_spans_for_a_busy_collector_stay_within_the_budget() {
    let collector = Collector::start().answer_always(Answer::status(503));
    assert_bounded(|_| collector.url());
}
