use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use integration_tests::{Answer, Collector, SLACK};
use tracing_openinference::Dropped;

use crate::pipeline::{BOTH, PATIENCE, Pipeline, Transport, eventually, quick};
use crate::rude::{RudeServer, Rudeness};

const SPANS: u64 = 100;

/// An address where nobody listens, until somebody does.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

fn in_both(test: impl Fn(Transport) + Sync) {
    thread::scope(|scope| {
        for transport in BOTH {
            let test = &test;
            scope.spawn(move || test(transport));
        }
    });
}

#[test]
fn a_collector_that_comes_later_gets_everything() {
    in_both(|transport| {
        let address = free_address();
        let pipeline = Pipeline::new(transport.to(format!("http://{address}")));
        pipeline.send(SPANS);
        eventually("a failed attempt", || pipeline.stats().last_error.is_some());
        assert_eq!(pipeline.stats().pending, SPANS);
        let collector = Collector::start_answering(address, Answer::ok());
        collector.await_spans(100);
        let report = pipeline.finish(&collector);
        assert!(report.stats.retries > 0, "{transport:?}: {report}");
    });
}

#[test]
fn whatever_breaks_the_connection_loses_nothing() {
    use Rudeness::{ClosesItsHalf, ClosesWithoutAnswer, ResetsTheAnswer, ResetsTheRequest, TalksGarbage};
    in_both(|transport| {
        thread::scope(|scope| {
            for rudeness in [ResetsTheRequest, ResetsTheAnswer, ClosesWithoutAnswer, TalksGarbage, ClosesItsHalf] {
                scope.spawn(move || {
                    let collector = Collector::start().answer_ok();
                    let server = RudeServer::start(rudeness, 2, collector.address());
                    let pipeline = Pipeline::new(transport.to(server.url()));
                    pipeline.send(SPANS);
                    eventually(&format!("{transport:?} {rudeness:?}"), || pipeline.stats().exported == SPANS);
                    assert!(server.connections() > 2, "{transport:?} {rudeness:?}");
                    let _ = pipeline.finish(&collector);
                });
            }
        });
    });
}

/// Nobody has refused anything, whatever code the client gives it.
#[test]
fn a_connection_lost_in_the_middle_of_a_grpc_answer_loses_nothing() {
    use Rudeness::{CancelsTheStream, ClosesAfterHeaders, ResetsAfterHeaders, ResetsTheStream};
    thread::scope(|scope| {
        for rudeness in [ResetsTheStream, CancelsTheStream, ResetsAfterHeaders, ClosesAfterHeaders] {
            scope.spawn(move || {
                let collector = Collector::start().answer_ok();
                let server = RudeServer::start(rudeness, 2, collector.address());
                let pipeline = Pipeline::new(Transport::Grpc.to(server.url()));
                pipeline.send(SPANS);
                eventually(&format!("{rudeness:?}"), || pipeline.stats().exported == SPANS);
                assert!(server.connections() > 2, "{rudeness:?}");
                let _ = pipeline.finish(&collector);
            });
        }
    });
}

#[test]
fn whoever_takes_too_long_is_asked_again() {
    in_both(|transport| {
        thread::scope(|scope| {
            for rudeness in [Rudeness::Drips, Rudeness::IsSilent] {
                scope.spawn(move || {
                    let collector = Collector::start().answer_ok();
                    let server = RudeServer::start(rudeness, 1, collector.address());
                    let builder = transport.to(server.url()).timeout(Duration::from_millis(300));
                    let pipeline = Pipeline::new(builder);
                    pipeline.send(SPANS);
                    eventually(&format!("{transport:?} {rudeness:?}"), || pipeline.stats().exported == SPANS);
                    let _ = pipeline.finish(&collector);
                });
            }
        });
    });
}

/// Nobody needs five megabytes to say yes.
#[test]
fn an_answer_that_is_far_too_long_is_an_answer_all_the_same() {
    in_both(|transport| {
        let collector = Collector::start().answer_ok();
        collector.script([Answer::ok().body(vec![0x1a; 5 << 20])]);
        let pipeline = Pipeline::new(transport.to(collector.url()));
        pipeline.send(SPANS);
        let report = pipeline.finish(&collector);
        assert_eq!((report.stats.reduced, collector.requests().len()), (0, 1), "{transport:?}: {report}");
    });
}

#[test]
fn a_web_page_is_no_acceptance_over_either_transport() {
    in_both(|transport| {
        let page = Answer::status(200).header("x-from", "a login page").body("<!doctype html><title>Log in</title>");
        let collector = Collector::start().answer_always(page);
        let pipeline = Pipeline::new(transport.to(collector.url()));
        pipeline.send(SPANS);
        let report = pipeline.shutdown(PATIENCE);
        assert_eq!(report.stats.exported, 0, "{transport:?}: {report}");
        assert_eq!(report.stats.rejected, SPANS, "{transport:?}: {report}");
    });
}

#[test]
fn a_slow_collector_is_waited_for() {
    in_both(|transport| {
        let collector = Collector::start().answer_ok();
        collector.script([Answer::ok().after(Duration::from_secs(1))]);
        let pipeline = Pipeline::new(transport.to(collector.url()));
        pipeline.send(SPANS);
        let report = pipeline.finish(&collector);
        assert_eq!((report.stats.retries, collector.requests().len()), (0, 1), "{transport:?}");
    });
}

#[test]
fn a_collector_that_hangs_holds_nobody_up() {
    in_both(|transport| {
        let collector = Collector::start().answer_always(Answer::hang());
        let pipeline = Pipeline::new(transport.to(collector.url()));
        let start = Instant::now();
        pipeline.send(SPANS);
        assert!(start.elapsed() < SLACK, "a span ends at once: {:?}", start.elapsed());
        collector.await_requests(1);
        let start = Instant::now();
        assert!(pipeline.flush(Duration::from_millis(300)).timed_out);
        let flush = start.elapsed();
        let report = pipeline.shutdown(Duration::from_millis(500));
        let whole = start.elapsed();
        assert!(
            flush < Duration::from_millis(300) + SLACK && whole < flush + Duration::from_millis(500) + SLACK,
            "{flush:?} {whole:?}"
        );
        assert_eq!(report.stats.dropped(Dropped::Unsent), SPANS, "{transport:?}: {report}");
        assert!(!report.is_complete());
    });
}

#[test]
fn what_cannot_be_reached_is_explained_and_waited_for() {
    let plain = Collector::start().answer_ok();
    let tls = plain.url().replace("http:", "https:");
    let nobody = format!("http://{}", free_address());
    let nowhere = "http://no-such-host.invalid:6006".to_owned();
    in_both(|transport| {
        for (url, words) in [(&nobody, "refused"), (&tls, "corrupt message"), (&nowhere, "")] {
            let pipeline = Pipeline::new(transport.to(url));
            pipeline.send(SPANS);
            let told = || pipeline.stats().last_error;
            eventually(url, || told().is_some());
            let error = told().unwrap_or_default();
            assert!(error.contains(words), "{transport:?} {url}: {error}");
            let start = Instant::now();
            let report = pipeline.shutdown(Duration::from_secs(2));
            assert!(start.elapsed() < Duration::from_secs(2) + SLACK, "{transport:?} {url}: {:?}", start.elapsed());
            assert_eq!(report.stats.dropped(Dropped::Unsent), SPANS, "{transport:?} {url}: {report}");
        }
    });
}

#[test]
fn an_address_of_the_sixth_version_is_an_address() {
    let address = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 0));
    if TcpListener::bind(address).is_err() {
        return;
    }
    in_both(|transport| {
        let collector = Collector::start_answering(address, Answer::ok());
        let pipeline = Pipeline::new(transport.to(collector.url()));
        pipeline.send(SPANS);
        let _ = pipeline.finish(&collector);
    });
}

#[test]
fn an_outage_of_three_seconds_at_five_hundred_spans_a_second_loses_nothing() {
    in_both(|transport| outage(transport, Duration::from_secs(3)));
}

#[test]
#[ignore = "takes over a minute: `just soak`"]
fn an_outage_of_a_minute_at_five_hundred_spans_a_second_loses_nothing() {
    in_both(|transport| outage(transport, Duration::from_secs(60)));
}

/// What came before, during and after is there.
fn outage(transport: Transport, length: Duration) {
    let first = Collector::start().answer_ok();
    let address = first.address();
    let pipeline = Pipeline::new(transport.to(first.url()).batch(quick()));
    pipeline.spans_for(Duration::from_millis(300), 500);
    assert!(pipeline.flush(PATIENCE).is_complete());
    let before = first.spans();
    drop(first);
    pipeline.spans_for(length, 500);
    let during = pipeline.stats();
    assert!(during.pending > 500 * length.as_secs() / 2, "{transport:?}: {during}");
    let second = Collector::start_answering(address, Answer::ok());
    let returned = Instant::now();
    second.await_spans(1);
    assert!(returned.elapsed() < Duration::from_secs(2) + SLACK, "{transport:?}: {:?}", returned.elapsed());
    pipeline.spans_for(Duration::from_millis(300), 500);
    let report = pipeline.shutdown(PATIENCE);
    assert!(report.is_complete(), "{transport:?}: {report}");
    let mut spans: Vec<_> = before.iter().chain(&second.spans()).map(|span| span.span_id.clone()).collect();
    spans.sort();
    spans.dedup();
    assert_eq!(spans.len() as u64, pipeline.made(), "{transport:?}");
}
