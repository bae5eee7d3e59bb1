use std::sync::mpsc;

use super::*;

#[test]
fn what_arrives_is_what_was_ended() {
    let server = Server::accepting();
    let shipper = shipper(&server.url());
    let scope = InstrumentationScope::builder("other").build();
    shipper.on_end(SpanData { attributes: vec![KeyValue::new("llm.model_name", "m")], ..span("one") });
    shipper.on_end(SpanData { instrumentation_scope: scope, status: Status::error("bad"), ..span("two") });
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete(), "{report}");
    let arrivals = server.arrivals();
    assert_eq!(arrivals.len(), 1);
    let request = arrivals[0].request();
    let service = &request.resource_spans[0].resource.as_ref().unwrap().attributes[0];
    assert_eq!(service.key, "service.name");
    assert_eq!(request.resource_spans[0].scope_spans.len(), 2);
    let spans = arrivals[0].spans();
    assert_eq!(spans[0].attributes[0].key, "llm.model_name");
    assert_eq!(spans[0].span_id, span("one").span_context.span_id().to_bytes());
    assert_eq!(spans[1].status.as_ref().unwrap().message, "bad");
}

#[test]
fn a_request_has_our_headers_and_the_exact_content_type() {
    let server = Server::accepting();
    let shipper = shipper(&server.url());
    shipper.on_end(span("one"));
    assert!(shipper.flush(PATIENCE).is_complete());
    let head = &server.arrivals()[0].head;
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    for line in ["content-type: application/x-protobuf\r\n", "authorization: bearer key\r\n"] {
        assert!(head.contains(line), "{head}");
    }
    assert!(!head.contains("content-encoding"), "{head}");
}

#[test]
fn a_compressed_request_says_so_and_can_be_read() {
    let server = Server::accepting();
    let mut settings = settings(&server.url());
    settings.destination = Destination::Otlp(Otlp { compression: Compression::Gzip, ..otlp(&server.url()) });
    let shipper = Shipper::start(settings).unwrap();
    shipper.on_end(large_span("one", 100_000));
    assert!(shipper.flush(PATIENCE).is_complete());
    let Arrival { head, body } = server.arrivals().remove(0);
    assert!(head.contains("content-encoding: gzip\r\n") && body.len() < 10_000, "{head} {}", body.len());
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(Arrival { head, body: plain }.spans()[0].name, "one");
}

/// After the `BatchSpanProcessorTest` of OpenTelemetry Java: counts are exact while the exporter is blocked.
#[test]
fn a_queue_of_eight_loses_exactly_what_comes_on_top() {
    let (release, blocked) = mpsc::channel::<()>();
    let blocked = Mutex::new(blocked);
    let server = Server::start(move |number, _| {
        if number == 1 {
            blocked.lock().unwrap().recv().unwrap();
        }
        Reply::Status(200, "")
    });
    let batch = Batch::default().max_queue_size(8).max_export_batch_size(1);
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    shipper.on_end(span("span 0"));
    eventually("the first span is on its way", || server.arrivals().len() == 1);
    end_all(&shipper, 1..16);
    let stats = shipper.stats();
    assert_eq!((stats.created, stats.pending, stats.dropped(Dropped::QueueFull)), (16, 9, 7), "{stats}");
    release.send(()).unwrap();
    let report = shipper.flush(PATIENCE);
    assert_eq!(report.stats.exported, 9, "{report}");
    assert_eq!(server.names(), names(0..9));
    end_all(&shipper, 16..24);
    assert_eq!(shipper.flush(PATIENCE).stats.exported, 17);
}

#[test]
fn a_flush_waits_for_spans_that_do_not_fill_a_batch() {
    let server = Server::accepting();
    let batch = Batch::default().max_export_batch_size(50).schedule_delay(Duration::from_secs(3600));
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    for (range, requests) in [(0..49, 1), (49..149, 3), (149..150, 4)] {
        let all = range.end;
        end_all(&shipper, range);
        let report = shipper.flush(PATIENCE);
        assert!(report.is_complete(), "{report}");
        assert_eq!((server.names(), server.arrivals().len()), (names(0..all), requests));
    }
}

#[test]
fn a_full_batch_does_not_wait_for_the_delay() {
    let server = Server::accepting();
    let batch = Batch::default().max_export_batch_size(10).schedule_delay(Duration::from_secs(3600));
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    end_all(&shipper, 0..1);
    thread::sleep(Duration::from_millis(100));
    end_all(&shipper, 1..10);
    eventually("a full batch is exported", || shipper.stats().exported == 10);
}

#[test]
fn many_threads_lose_nothing() {
    let server = Server::accepting();
    let shipper = shipper(&server.url());
    thread::scope(|scope| {
        for thread in 0..4 {
            let shipper = &shipper;
            scope.spawn(move || {
                for number in 0..2_500 {
                    shipper.on_end(span(format!("span {thread}-{number}")));
                    if number % 500 == 0 {
                        assert_adds_up(&shipper.stats());
                        assert!(!shipper.flush(PATIENCE).timed_out);
                    }
                }
            });
        }
    });
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.exported == 10_000, "{report}");
    let mut names = server.names();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 10_000);
}

#[test]
fn a_rule_may_refuse_a_span_or_panic_wherever_it_runs() {
    for run_stages in [RunStages::OnClose, RunStages::OnExport] {
        let server = Server::accepting();
        let stages: Stages = Arc::new(|mut span: SpanData| match span.name.as_ref() {
            "span 1" => None,
            "span 2" => panic!("a rule that is wrong"),
            _ => {
                span.name = format!("{} seen", span.name).into();
                Some(span)
            }
        });
        let settings =
            Settings { stages: Some(stages), run_stages: Arc::new(move || run_stages), ..settings(&server.url()) };
        let shipper = Shipper::start(settings).unwrap();
        end_all(&shipper, 0..4);
        let Report { stats, timed_out, .. } = shipper.flush(PATIENCE);
        assert!(!timed_out);
        assert_eq!(server.names(), ["span 0 seen", "span 3 seen"], "{run_stages:?}");
        assert_eq!((stats.dropped(Dropped::Selected), stats.dropped(Dropped::Panicked)), (1, 1), "{run_stages:?}");
        assert_adds_up(&stats);
    }
}

#[test]
fn a_partial_success_is_not_a_whole_one() {
    let server = Server::start(|_, _| Reply::Body("content-type: application/x-protobuf\r\n", b"\x0a\x02\x08\x03"));
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..10);
    let report = shipper.flush(PATIENCE);
    assert_eq!((report.stats.exported, report.stats.rejected), (7, 3));
    assert!(!report.is_complete() && shipper.force_flush().is_err());
}

#[test]
fn without_a_destination_nothing_is_counted() {
    let settings = Settings { destination: Destination::Nothing, ..settings("") };
    let shipper = Shipper::start(settings).unwrap();
    end_all(&shipper, 0..10);
    assert!(shipper.flush(PATIENCE).is_complete());
    assert!(shipper.shutdown(PATIENCE).is_complete());
}
