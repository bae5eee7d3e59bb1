use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SpanExporter;

use super::*;

fn assert_within(limit: Duration, start: Instant) {
    let taken = start.elapsed();
    assert!(taken < limit + Duration::from_millis(100), "{taken:?} instead of {limit:?}");
}

#[test]
fn shutdown_delivers_what_is_left_and_accepts_no_more() {
    let server = Server::accepting();
    let batch = Batch::default().schedule_delay(Duration::from_secs(3600));
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    end_all(&shipper, 0..1000);
    let report = shipper.shutdown(PATIENCE);
    assert!(report.is_complete() && report.stats.exported == 1000, "{report}");
    end_all(&shipper, 1000..1003);
    let start = Instant::now();
    let report = shipper.shutdown(PATIENCE);
    assert_eq!(report.stats.dropped(Dropped::AfterShutdown), 3, "{report}");
    assert_eq!(shipper.flush(PATIENCE), report);
    assert_within(Duration::ZERO, start);
    assert_adds_up(&report.stats);
}

#[test]
fn a_server_that_hangs_holds_nobody_up() {
    let server = Server::start(|_, _| Reply::Hang);
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..600);
    let start = Instant::now();
    assert!(shipper.flush(Duration::from_millis(300)).timed_out);
    assert_within(Duration::from_millis(300), start);
    let start = Instant::now();
    let report = shipper.shutdown(Duration::from_millis(500));
    assert_within(Duration::from_millis(500), start);
    assert_eq!((report.stats.dropped(Dropped::Unsent), report.stats.pending), (600, 0), "{report}");
    assert!(!report.is_complete() && shipper.shutdown_with_timeout(PATIENCE).is_err());
    // What was waited, not what might have been.
    let error = report.stats.last_error.unwrap();
    assert!(error.starts_with("no answer within") && error.ends_with("ms"), "{error}");
}

/// An exporter that holds the thread itself is never at its last words when the time is over.
#[test]
fn a_shutdown_never_takes_longer_than_it_may() {
    #[derive(Debug)]
    struct Sleeper;

    impl SpanExporter for Sleeper {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            thread::sleep(Duration::from_secs(3));
            Ok(())
        }
    }

    let taken = |timeout| {
        let destination = Destination::Exporter(Box::new(Sleeper));
        let shipper = Shipper::start(Settings { destination, ..settings("") }).unwrap();
        shipper.on_end(span("one"));
        let _ = shipper.flush(Duration::from_millis(20));
        let start = Instant::now();
        let report = shipper.shutdown(timeout);
        let taken = start.elapsed();
        assert!(report.timed_out, "{report}");
        // The drop would wait as well.
        std::mem::forget(shipper);
        taken
    };
    for timeout in [0, 20, 200].map(Duration::from_millis) {
        // A busy machine is late now and then.
        let least = (0..3).map(|_| taken(timeout)).min().unwrap();
        assert!(least < timeout + Duration::from_millis(30), "{least:?} instead of {timeout:?}");
    }
}

#[test]
fn where_nobody_ever_listened_the_end_is_quick() {
    let shipper = shipper(&format!("http://{}/v1/traces", free_address()));
    end_all(&shipper, 0..10);
    let start = Instant::now();
    let report = shipper.shutdown(PATIENCE);
    assert_within(Duration::from_secs(1), start);
    assert_eq!(report.stats.dropped(Dropped::Unsent), 10, "{report}");
}

#[test]
fn a_server_that_wants_more_patience_than_there_is_is_not_waited_for() {
    let server = Server::start(|_, _| Reply::Status(429, "retry-after: 60\r\n"));
    let shipper = shipper(&server.url());
    shipper.on_end(span("one"));
    let start = Instant::now();
    let report = shipper.shutdown(PATIENCE);
    assert_within(Duration::from_secs(1), start);
    assert_eq!(report.stats.dropped(Dropped::Unsent), 1, "{report}");
}

#[test]
fn a_server_that_comes_back_in_time_gets_everything() {
    let server = Server::start(|number, _| match number {
        1 => Reply::Status(200, ""),
        2..5 => Reply::Close,
        _ => Reply::Status(200, ""),
    });
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..1);
    assert!(shipper.flush(PATIENCE).is_complete());
    end_all(&shipper, 1..10);
    assert!(shipper.shutdown(PATIENCE).is_complete());
}

#[test]
fn the_last_drop_delivers() {
    let server = Server::accepting();
    let shipper = shipper(&server.url());
    let other = shipper.clone();
    end_all(&shipper, 0..10);
    drop(shipper);
    end_all(&other, 10..20);
    drop(other);
    assert_eq!(server.names(), names(0..20));
}

#[test]
fn a_panic_on_the_way_out_is_no_obstacle() {
    let server = Server::accepting();
    let shipper = shipper(&server.url());
    let outcome = thread::spawn(move || {
        end_all(&shipper, 0..10);
        panic!("the application");
    });
    assert!(outcome.join().is_err());
    assert_eq!(server.names(), names(0..10));
}

#[test]
fn any_runtime_will_do_and_none_as_well() {
    let deliver = || {
        let server = Server::accepting();
        let shipper = shipper(&server.url());
        end_all(&shipper, 0..100);
        assert!(shipper.flush(PATIENCE).is_complete());
        end_all(&shipper, 100..200);
        assert!(shipper.shutdown(PATIENCE).is_complete());
        assert_eq!(server.names(), names(0..200));
    };
    deliver();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { deliver() });
}

#[test]
fn a_rule_that_waits_for_the_thread_it_runs_on_does_not_hang() {
    let server = Server::accepting();
    let handle: Arc<Mutex<Option<Shipper>>> = Arc::default();
    let inside = Arc::clone(&handle);
    let stages: Stages = Arc::new(move |span| {
        if let Some(shipper) = inside.lock().unwrap().take() {
            assert!(crate::ship::runtime::on_export_thread());
            assert!(shipper.flush(PATIENCE).timed_out);
        }
        Some(span)
    });
    let settings =
        Settings { stages: Some(stages), run_stages: Arc::new(|| RunStages::OnExport), ..settings(&server.url()) };
    let shipper = Shipper::start(settings).unwrap();
    *handle.lock().unwrap() = Some(shipper.clone());
    let start = Instant::now();
    end_all(&shipper, 0..3);
    assert!(shipper.flush(PATIENCE).is_complete());
    assert_within(Duration::from_secs(1), start);
    assert!(!crate::ship::runtime::on_export_thread());
}

#[test]
fn a_bad_setting_fails_the_build_and_names_itself() {
    for url in ["", "localhost:6006", "ftp://host/v1/traces", "http://", "http://ho st/"] {
        for transport in [Transport::Http, Transport::Grpc] {
            let destination = Destination::Otlp(Otlp { transport, ..otlp(url) });
            let error = Shipper::start(Settings { destination, ..settings("") }).unwrap_err().to_string();
            assert!(error.contains("endpoint"), "{url} {transport:?}: {error}");
        }
    }
    let batch = Batch::default().max_queue_size(0);
    let error = Shipper::start(Settings { batch, ..settings("http://localhost/") }).unwrap_err().to_string();
    assert!(error.contains("max_queue_size"), "{error}");
}

/// The exporter reads these by itself; none may reach the wire, or the build.
#[test]
fn the_environment_of_the_exporter_changes_nothing() {
    let test = "ship::tests::accounting::a_request_has_our_headers_and_the_exact_content_type";
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=evil,x-evil=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "content-type=text/plain"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "not an address"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
    ] {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(name, value)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && output.contains("1 passed"), "{name}={value}: {output}");
    }
}
