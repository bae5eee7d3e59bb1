//! However a program ends, its spans are at the collector, and a collector that hangs does not keep it.

use std::time::Duration;

use integration_tests::program::Ran;
use integration_tests::{Answer, Collector, Program};

/// What dropping the handle may take.
const AT_DROP: Duration = Duration::from_secs(2);
/// What the end of a process takes besides, on a machine that has something else to do.
const MARGIN: Duration = integration_tests::SLACK;

/// Each with the exit status it has by itself.
const ENDS: &[(&str, i32)] = &[
    ("drop", 0),
    ("forget", 0),
    ("static", 0),
    ("exit", 3),
    ("static-exit", 3),
    ("panic", 101),
    ("current-thread", 0),
    ("multi-thread", 0),
    ("worker-thread", 0),
    ("task", 0),
];

fn application_doing(collector: &Collector, what: &str, end: &str) -> Ran {
    let program = Program::new(env!("CARGO_BIN_EXE_application")).arguments([what, end]);
    program.variable("PHOENIX_COLLECTOR_ENDPOINT", collector.url()).run()
}

fn application(collector: &Collector, end: &str, grpc: bool) -> Ran {
    let protocol = if grpc { "grpc" } else { "http/protobuf" };
    Program::new(env!("CARGO_BIN_EXE_application"))
        .arguments(["chat", end])
        .variable("PHOENIX_COLLECTOR_ENDPOINT", collector.url())
        .variable("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        // Nothing is sent before the end.
        .variable("OTEL_BSP_SCHEDULE_DELAY", "60000")
        .run()
}

fn every_end_delivers(grpc: bool) {
    for &(end, status) in ENDS {
        let collector = Collector::start().answer_ok();
        let ran = application(&collector, end, grpc);
        assert_eq!(ran.status.code(), Some(status), "{end}: {ran:#?}");
        let mut names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
        names.retain(|name| name != "panicking");
        assert_eq!(names, ["chat", "agent"], "{end}: {ran:#?}");
        assert!(ran.ending < AT_DROP, "{end}: {ran:#?}");
    }
}

#[test]
fn every_end_of_a_program_delivers_its_spans_over_http() {
    every_end_delivers(false);
}

#[test]
fn every_end_of_a_program_delivers_its_spans_over_grpc() {
    every_end_delivers(true);
}

#[test]
fn a_collector_that_hangs_does_not_keep_the_program() {
    std::thread::scope(|scope| {
        for &(end, status) in ENDS {
            scope.spawn(move || {
                let collector = Collector::start().answer_always(Answer::hang());
                let ran = application(&collector, end, false);
                assert_eq!(ran.status.code(), Some(status), "{end}: {ran:#?}");
                assert_eq!(collector.requests().len(), 1, "{end}: it was tried");
                assert!(ran.ending <= AT_DROP + MARGIN, "{end}: {ran:#?}");
            });
        }
    });
}

#[test]
fn a_shutdown_takes_as_long_as_it_was_given_and_says_what_was_lost() {
    for (timeout, grpc) in [("0", false), ("200", false), ("700", false), ("200", true)] {
        let collector = Collector::start().answer_always(Answer::hang());
        let ran = application(&collector, timeout, grpc).well();
        let limit = Duration::from_millis(timeout.parse().unwrap());
        assert!(ran.ending <= limit + MARGIN, "{timeout} ms: {ran:#?}");
        assert!(ran.stdout.contains("created 2, exported 0"), "{timeout} ms: {ran:#?}");
        // Without a moment to settle in, they may still be on their way when the report is written.
        let lost = ran.stdout.contains("dropped 2 (unsent at shutdown 2), pending 0");
        let open = ran.stdout.contains("dropped 0, pending 2") && ran.stdout.contains("(timed out)");
        assert!(lost || open, "{timeout} ms: {ran:#?}");
    }
}

#[test]
fn a_program_whose_collector_is_down_ends_at_once_enough() {
    let down = Collector::start();
    let url = down.url();
    drop(down);
    let ran = Program::new(env!("CARGO_BIN_EXE_application"))
        .arguments(["chat", "drop"])
        .variable("PHOENIX_COLLECTOR_ENDPOINT", &url)
        .run()
        .well();
    assert!(ran.ending <= AT_DROP + MARGIN, "{ran:#?}");
    assert!(ran.stderr.contains(&url), "the log says where the spans should have gone: {ran:#?}");
}

#[test]
fn a_span_that_a_panic_ends_is_an_error() {
    let collector = Collector::start().answer_ok();
    let ran = application(&collector, "panic", false);
    let status = collector.span("panicking").status.unwrap_or_default();
    assert_eq!(status.code, 2, "{ran:#?}");
}

#[test]
fn a_span_that_is_still_open_is_sent_and_marked() {
    let collector = Collector::start().answer_ok();
    let _ = application(&collector, "open", false).well();
    let span = collector.span("open");
    let attributes = integration_tests::collector::attributes(&span.attributes);
    assert_eq!(attributes["tracing_openinference.unfinished"], true);
    assert_eq!(attributes["input.value"], "a question");
    assert_ne!(span.end_time_unix_nano, 0);
}

#[test]
fn an_exit_inside_a_span_sends_it_although_a_warning_is_left_to_say() {
    let collector = Collector::start().answer_ok();
    let ran = Program::new(env!("CARGO_BIN_EXE_application"))
        .arguments(["nothing", "open-exit"])
        .variable("PHOENIX_COLLECTOR_ENDPOINT", collector.url())
        .variable("OPENINFERENCE_HIDE_INPUTS", "maybe")
        .run();
    assert_eq!(ran.status.code(), Some(3), "{ran:#?}");
    assert_eq!(collector.span("open").name, "open", "{ran:#?}");
}

#[test]
fn a_thread_may_trace_to_its_last_moment() {
    let collector = Collector::start().answer_ok();
    let ran = application_doing(&collector, "farewell", "drop").well();
    let mut names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
    names.sort();
    assert_eq!(names, ["farewell", "work"], "{ran:#?}");
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
}
