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

#[test]
fn three_gigabytes_of_spans_for_a_stuck_collector_stay_within_the_budget() {
    thread::scope(|scope| {
        for transport in BOTH {
            scope.spawn(move || {
                let collector = Collector::start().answer_always(Answer::hang());
                assert_growth(transport, &collector.url(), BUDGET / 4 * 5);
            });
        }
    });
}

/// What waits is encoded meanwhile, by another thread than the one that made it: with an allocator that keeps memory
/// for each thread, like glibc's, the holes that the spans leave count as well.
#[test]
fn three_gigabytes_of_spans_for_nobody_stay_near_the_budget() {
    thread::scope(|scope| {
        for transport in BOTH {
            scope.spawn(move || assert_growth(transport, &format!("http://{}", free_address()), BUDGET / 4 * 7));
        }
    });
}
