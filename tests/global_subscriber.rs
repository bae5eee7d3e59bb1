//! `init` where there is a global subscriber already. A process has one, hence one test in this binary.

use std::time::Duration;

use integration_tests::{Collector, Program};
use tracing_openinference::BuildError;

#[test]
fn a_second_init_is_an_error_and_the_first_goes_on() {
    // Its thread has a subscriber of its own, which is no global one.
    let collector = Collector::start().answer_ok();
    let first = tracing_openinference::builder().endpoint(collector.url()).init().expect("nothing is set yet");
    for _ in 0..2 {
        let second = tracing_openinference::builder().endpoint(collector.url()).init();
        assert!(matches!(second, Err(BuildError::GlobalSubscriber)), "{second:?}");
    }
    drop(tracing::info_span!("after"));
    let report = first.shutdown(Duration::from_secs(5));
    assert!(report.is_complete(), "{report}");
    assert_eq!(collector.spans().len(), 1);
    assert_eq!(collector.span("after").name, "after");
}

#[test]
fn init_beside_somebody_elses_subscriber_says_what_to_do() {
    let collector = Collector::start();
    let ran = Program::new(env!("CARGO_BIN_EXE_application"))
        .arguments(["taken", "report"])
        .variable("PHOENIX_COLLECTOR_ENDPOINT", collector.url())
        .run();
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(
        ran.stderr,
        "application: a global subscriber is set already; add the layer of `builder().build()?` to it\n"
    );
    assert_eq!(collector.connections(), 0);
    assert!(ran.ending < Duration::from_secs(1), "it does not wait for spans that there are not: {ran:#?}");
}
