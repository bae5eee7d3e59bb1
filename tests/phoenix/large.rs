//! Much at once: a span that is larger than a request may be, and a burst of small ones.

use std::io::Write;
use std::thread;
use std::time::Duration;

use integration_tests::Phoenix;
use integration_tests::phoenix::Project;
use tracing::info_span;
use tracing_openinference::{OpenInference, Report};
use tracing_subscriber::layer::SubscriberExt;

const REDUCED: &str = "tracing_openinference.reduced_bytes";

/// One value is at most this long.
const MEBIBYTE: usize = 1 << 20;

fn pipeline(project: &Project, protocol: &str, endpoint: &str) -> OpenInference {
    let builder = tracing_openinference::builder().project(project.name()).endpoint(endpoint);
    let builder = if protocol == "grpc" { builder.grpc() } else { builder };
    builder.build().expect("the settings are right")
}

/// Phoenix's gRPC receiver refuses what is over 4 MiB, with everything that is in it.
#[test]
fn one_span_of_eight_mebibytes_among_512_costs_only_its_own_content() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("giant");
        super::send(&project, protocol, &endpoint, Default::default(), || {
            (0..255).for_each(|_| drop(info_span!("small")));
            let text = "so much text, ".repeat(MEBIBYTE / 14 + 1);
            let text = &text[..MEBIBYTE];
            drop(info_span!(
                "giant",
                a.a = text,
                a.b = text,
                a.c = text,
                a.d = text,
                a.e = text,
                a.f = text,
                a.g = text,
                a.h = text
            ));
            (0..256).for_each(|_| drop(info_span!("small")));
        });
        assert_eq!(project.count(512), 512, "{protocol}");
        let spans = project.spans(512);
        assert_eq!(spans.len(), 512, "{protocol}");
        let mut reduced = spans.iter().filter(|span| span.attributes.contains_key(REDUCED));
        let (giant, more) = (reduced.next().expect("one is marked"), reduced.next());
        assert_eq!((&*giant.name, more.map(|span| &span.name)), ("giant", None), "{protocol}");
        let kept: usize = giant.attributes.values().filter_map(|value| value.as_str()).map(str::len).sum();
        let cut = usize::try_from(giant.attribute(REDUCED).as_u64().expect("a number")).expect("not so large");
        assert!(kept > 3 * MEBIBYTE && cut + kept >= 8 * MEBIBYTE, "{protocol}: {kept} kept and {cut} cut");
    }
}

/// Waits for as long as Phoenix goes on taking spans. It counts a request after it has answered, so that many more than its
/// queue of 20,000 may get in at once; then it takes none until it has stored what is over, sixty a second on a busy machine.
fn deliver(openinference: &OpenInference) {
    let mut before = 0;
    loop {
        let report = openinference.flush(Duration::from_secs(600));
        if !report.timed_out {
            return;
        }
        assert!(report.stats.exported > before, "it takes no more: {report}");
        before = report.stats.exported;
    }
}

/// With defaults. What the report calls exported is what Phoenix has.
fn burst(phoenix: &Phoenix, protocol: &str, count: usize) {
    let project = phoenix.project("burst");
    let endpoints = super::endpoints(phoenix);
    let (_, endpoint) = endpoints.into_iter().find(|(name, _)| *name == protocol).expect("one of both");
    let openinference = pipeline(&project, protocol, &endpoint);
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    thread::scope(|scope| {
        for _ in 0..4 {
            let dispatch = &dispatch;
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    (0..count / 4).for_each(|number| drop(info_span!("small", test.number = number)));
                });
            });
        }
    });
    deliver(&openinference);
    let report: Report = openinference.shutdown(Duration::from_secs(120));
    assert_eq!((report.stats.created, report.stats.pending), (count as u64, 0), "{protocol}: {report}");
    assert!(report.is_complete(), "there is room for all of them: {protocol}: {report}");
    let stored = project.count(report.stats.exported);
    assert_eq!(stored, report.stats.exported, "{protocol}: {report}");
    let _ = writeln!(std::io::stderr(), "{protocol}: stored {stored}; {report}");
}

#[test]
fn a_burst_of_a_thousand_spans_is_stored_whole() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    for (protocol, _) in super::endpoints(&phoenix) {
        burst(&phoenix, protocol, 1_000);
    }
}

#[test]
#[ignore = "Phoenix takes minutes to store them: `just outage`"]
fn a_burst_of_a_hundred_thousand_spans_is_stored_whole_over_http() {
    super::outage::Server::with(|server| burst(&server.phoenix(), "http/protobuf", 100_000));
}

#[test]
#[ignore = "Phoenix takes minutes to store them: `just outage`"]
fn a_burst_of_a_hundred_thousand_spans_is_stored_whole_over_grpc() {
    super::outage::Server::with(|server| burst(&server.phoenix(), "grpc", 100_000));
}
