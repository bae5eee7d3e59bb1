use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use integration_tests::{Answer, Collector};

use crate::faults::free_address;
use crate::pipeline::{BOTH, Transport};
use crate::process::Child;

/// How long a collector lives before it is replaced by another one, after a while.
const LIFE: Duration = Duration::from_secs(20);

/// Two thousand spans a second for ten minutes, or for `SOAK_SECONDS`, and a collector that has every fault from which
/// one can recover.
#[test]
#[ignore = "takes ten minutes: `just soak`"]
fn nothing_is_lost_and_nothing_grows_in_ten_minutes_of_faults() {
    let seconds = std::env::var("SOAK_SECONDS").unwrap_or_else(|_| "600".to_owned());
    thread::scope(|scope| {
        for transport in BOTH {
            let seconds = &seconds;
            scope.spawn(move || soak(transport, seconds));
        }
    });
}

fn soak(transport: Transport, seconds: &str) {
    let address = free_address();
    let child = Child::new(&["soak", seconds]).to(transport, &format!("http://{address}"));
    let run = thread::spawn(move || child.env("OTEL_EXPORTER_OTLP_TIMEOUT", "1000").run());
    let mut accepted = HashSet::new();
    let mut round = 0_u64;
    while !run.is_finished() {
        let collector = Collector::start_answering(address, Answer::ok());
        let replaced = Instant::now() + LIFE;
        while Instant::now() < replaced && !run.is_finished() {
            round = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // One at a time: faults that pile up would be an outage that never ends.
            if collector.unanswered() == 0 {
                collector.script(fault(transport, round >> 33));
            }
            thread::sleep(Duration::from_secs(2));
        }
        // From here on it accepts nothing that would not be seen here.
        collector.script(vec![Answer::hang(); 100]);
        accepted.extend(collector.spans().into_iter().map(|span| span.span_id));
        drop(collector);
        thread::sleep(Duration::from_millis(round % 3000));
    }
    let ended = run.join().expect("no panic");
    assert_eq!(ended.code, Some(0), "{transport:?}: {}", ended.err);
    let numbers = |line: &str| line.split(' ').skip(1).filter_map(|word| word.parse().ok()).collect::<Vec<u64>>();
    let report = ended.out.lines().last().expect("a report");
    let [created, exported, lost, too_large, ..] = numbers(report)[..] else { panic!("{transport:?}: {report}") };
    // A span that is refused for its size when it travels alone is all that may be lost.
    assert_eq!((created, lost), (exported + too_large, too_large), "{transport:?}: {report}");
    assert_eq!(accepted.len() as u64, exported, "{transport:?}: {report}");
    // The first lines are from when the buffers were still growing.
    let uses: Vec<_> = ended.out.lines().filter(|line| line.starts_with("uses")).map(numbers).collect();
    let (early, late) = uses.split_at(uses.len() / 3);
    let most = |lines: &[Vec<u64>], at: usize| lines.iter().map(|line| line[at]).max().unwrap_or(0);
    assert!(most(late, 0) < most(early, 0) + (64 << 20), "{transport:?} grows: {uses:?}");
    assert!(most(late, 1) <= most(early, 1), "{transport:?} has more threads: {uses:?}");
}

fn fault(transport: Transport, random: u64) -> Option<Answer> {
    const UNAVAILABLE: i32 = 14;
    Some(match random % 12 {
        0 => Answer::reset(),
        1 => Answer::hang(),
        2 => Answer::ok().after(Duration::from_millis(700)),
        3 if transport == Transport::Grpc => Answer::grpc(UNAVAILABLE, "restarting"),
        3 => Answer::status(503).header("retry-after", "1"),
        4 => Answer::status(429),
        5 => Answer::status(502),
        6 if transport == Transport::Http => Answer::status(413),
        6 => Answer::grpc(8, "Received message larger than max"),
        _ => return None,
    })
}
