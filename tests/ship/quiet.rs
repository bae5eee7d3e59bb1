use std::thread;
use std::time::{Duration, Instant};

use integration_tests::{Answer, Collector, SLACK};

use crate::faults::free_address;
use crate::pipeline::{BOTH, Pipeline, Transport, quick};
use crate::process::Child;

#[test]
fn a_pipeline_with_nothing_to_do_asks_nobody_anything() {
    thread::scope(|scope| {
        for transport in BOTH {
            scope.spawn(move || {
                let collector = Collector::start().answer_ok();
                let pipeline = Pipeline::new(transport.to(collector.url()).batch(quick()));
                pipeline.spans(1);
                collector.await_spans(1);
                thread::sleep(Duration::from_secs(10));
                assert_eq!((collector.requests().len(), collector.connections()), (1, 1), "{transport:?}");
                pipeline.spans(1);
                let _ = pipeline.finish(&collector);
                assert_eq!(collector.requests().len(), 2, "{transport:?}");
            });
        }
    });
}

#[test]
fn delivery_never_traces_itself() {
    thread::scope(|scope| {
        for transport in BOTH {
            scope.spawn(move || {
                let collector = Collector::start().answer_ok();
                let ended = Child::new(&["feedback"]).to(transport, &collector.url()).run();
                assert_eq!(ended.code, Some(0), "{transport:?}: {}", ended.err);
                let mut names: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
                names.sort();
                assert_eq!(names, ["small", "theirs", "theirs"], "{transport:?}");
                assert_eq!(ended.out.trim(), "3 3", "{transport:?}");
                assert_eq!(collector.requests().len(), 1, "{transport:?}");
            });
        }
    });
}

/// Two thousand spans, two seconds without a collector: a line when it begins, a line when it is over.
#[test]
fn an_outage_is_two_lines_in_the_log() {
    thread::scope(|scope| {
        for transport in BOTH {
            scope.spawn(move || {
                let address = free_address();
                let collector = thread::spawn(move || {
                    thread::sleep(Duration::from_secs(2));
                    Collector::start_answering(address, Answer::ok())
                });
                let ended = Child::new(&["log"]).to(transport, &format!("http://{address}")).run();
                let collector = collector.join().expect("no panic");
                let lines: Vec<&str> = ended.out.lines().collect();
                let [begins, ends, summary] = lines[..] else { panic!("{transport:?}: {lines:#?}") };
                assert!(begins.contains("cannot deliver spans") && begins.contains("phoenix serve"), "{begins}");
                assert!(ends.contains("delivering spans again") && ends.contains("none were lost"), "{ends}");
                let spans = collector.spans().len();
                assert_eq!(summary, format!("= {spans} {spans}"), "{transport:?}");
            });
        }
    });
}

#[test]
fn a_refusal_of_everything_is_two_lines_in_the_log() {
    let collector = Collector::start().answer_always(Answer::status(401));
    let start = Instant::now();
    let ended = Child::new(&["log"]).to(Transport::Http, &collector.url()).run();
    assert!(start.elapsed() < Duration::from_secs(8) + SLACK);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines.len() <= 3, "{lines:#?}");
    assert!(lines[0].contains("401 Unauthorized") && lines[0].contains("PHOENIX_API_KEY"), "{lines:#?}");
}
