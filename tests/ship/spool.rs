//! Spans that outlive an outage, and the process, on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use integration_tests::collector::Answer;
use integration_tests::{Collector, SLACK};
use tempfile::TempDir;
use tracing_openinference::{Backend, Batch, Builder, Dropped, TraceConfig};

use crate::pipeline::{BOTH, PATIENCE, Pipeline, Transport, assert_has, eventually, quick, whole};
use crate::process::Child;

const ROOM: u64 = 64 << 20;

/// Ten spans to a file.
fn by_tens() -> Batch {
    whole().max_export_batch_size(10)
}

pub(crate) fn spooling(url: &str, directory: &TempDir) -> Builder {
    Transport::Http.to(url).batch(by_tens()).spool(directory.path(), ROOM)
}

pub(crate) fn directory() -> TempDir {
    TempDir::new().expect("a directory can be had")
}

/// The files below a directory, with their contents.
pub(crate) fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if let Ok(content) = fs::read(&path) {
            files.insert(path, content);
        }
    }
    files
}

/// A collector that is not there, and its address.
pub(crate) fn nobody() -> (std::net::SocketAddr, String) {
    let address = Collector::start().address();
    (address, format!("http://{address}"))
}

/// A pipeline whose spans ended up on disk.
pub(crate) fn left_behind(builder: Builder, spans: u64) {
    let pipeline = Pipeline::new(builder);
    pipeline.spans(spans);
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!((report.stats.spooled, report.stats.lost()), (spans, 0), "{report}");
    assert!(!report.is_complete() && !report.timed_out, "{report}");
}

#[test]
fn an_outage_beyond_all_memory_loses_nothing() {
    for transport in BOTH {
        let (directory, (address, url)) = (directory(), nobody());
        let batch = quick().max_queue_bytes(512 << 10);
        let pipeline = Pipeline::new(transport.to(&url).batch(batch).spool(directory.path(), ROOM));
        for _ in 0..40 {
            pipeline.large_spans(1, 100_000);
            std::thread::sleep(Duration::from_millis(50));
        }
        eventually("spans are on disk", || pipeline.stats().spooled > 20);
        assert_eq!(pipeline.stats().lost(), 0, "{}", pipeline.stats());
        let collector = Collector::start_at(address).answer_ok();
        eventually("everything is delivered", || pipeline.stats().exported == 40);
        let report = pipeline.finish(&collector);
        assert_eq!((report.stats.spooled, report.stats.recovered), (0, 0), "{report}");
        assert!(files(directory.path()).is_empty());
    }
}

#[test]
fn what_one_process_could_not_send_the_next_one_does() {
    for transport in BOTH {
        let (directory, (address, url)) = (directory(), nobody());
        let builder = || transport.to(&url).batch(by_tens()).spool(directory.path(), ROOM);
        left_behind(builder(), 100);
        assert_eq!(files(directory.path()).len(), 10);
        let collector = Collector::start_at(address).answer_ok();
        let next = Pipeline::after(builder(), 100);
        next.spans(50);
        eventually("both are delivered", || next.stats().recovered == 100 && next.stats().exported == 50);
        let report = next.shutdown(PATIENCE);
        assert!(report.is_complete(), "what others left is no part of the accounts: {report}");
        assert_has(&collector, 0..150);
        assert!(files(directory.path()).is_empty());
    }
}

#[test]
fn a_short_process_sends_what_there_is_time_for() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 100);
    let collector = Collector::start_at(address).answer_ok();
    let report = Pipeline::new(spooling(&url, &directory)).shutdown(PATIENCE);
    assert_eq!((report.stats.recovered, report.stats.created), (100, 0), "{report}");
    assert_has(&collector, 0..100);
}

#[test]
fn a_shutdown_in_an_outage_is_quick_and_loses_nothing() {
    let hanging = Collector::start().answer_always(Answer::hang());
    for (url, timeout, limit) in [(nobody().1, 20, 2), (hanging.url(), 4, 4)] {
        let directory = directory();
        let pipeline = Pipeline::new(spooling(&url, &directory).batch(quick()));
        pipeline.spans(5_000);
        let start = Instant::now();
        let report = pipeline.shutdown(Duration::from_secs(timeout));
        assert!(start.elapsed() < Duration::from_secs(limit) + SLACK, "{:?}", start.elapsed());
        assert_eq!((report.stats.spooled, report.timed_out), (5_000, false), "{report}");
    }
}

#[test]
fn a_process_that_is_killed_leaves_its_spans() {
    for ending in ["killed", "shutdown"] {
        let (directory, (address, url)) = (directory(), nobody());
        let path = directory.path().to_string_lossy();
        let ended = Child::new(&["spool", &path, ending]).to(Transport::Http, &url).run();
        assert_eq!(ended.code.is_some(), ending == "shutdown", "{}", ended.err);
        // The export thread may still have said something after it.
        let last = ended.out.lines().rfind(|line| line.starts_with("= ")).unwrap_or_default();
        assert!(last.starts_with("= created 100, exported 0, rejected 0, dropped 0, spooled 100, pending 0"), "{last}");
        let collector = Collector::start_at(address).answer_ok();
        let next = Pipeline::new(spooling(&url, &directory));
        eventually("the spans are recovered", || next.stats().recovered == 100);
        let _ = next.shutdown(PATIENCE);
        assert_has(&collector, 0..100);
        assert!(files(directory.path()).is_empty());
        // What was said about it.
        if ending == "shutdown" {
            let said = format!("100 spans for {url}/v1/traces are in the spool, for the next process to send");
            assert!(ended.out.lines().any(|line| line == said), "{}", ended.out);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_outage_costs_hardly_any_time() {
    let (directory, (_, url)) = (directory(), nobody());
    let ended = Child::new(&["spool", &directory.path().to_string_lossy(), "resting"]).to(Transport::Http, &url).run();
    let line = ended.out.lines().find_map(|line| line.strip_prefix("= "));
    let millis: u64 = line.and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{}", ended.out));
    assert!(millis < 200, "{millis} ms of two seconds");
}

/// Its claim runs out: five seconds after the longest that an attempt takes.
#[test]
fn a_process_that_is_killed_while_it_sends_leaves_its_spans_too() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 100);
    let hanging = Collector::start_at(address).answer_always(Answer::hang());
    let path = directory.path().to_string_lossy();
    let child = Child::new(&["spool", &path, "killed_sending"]).to(Transport::Http, &url);
    let ended = child.env("OTEL_EXPORTER_OTLP_TIMEOUT", "2000").run();
    assert!(ended.code.is_none() && hanging.requests().len() == 1, "{}", ended.out);
    drop(hanging);
    let sending = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "sending");
    assert_eq!(files(directory.path()).keys().filter(|path| sending(path)).count(), 1);
    let collector = Collector::start_at(address).answer_ok();
    let next = Pipeline::new(spooling(&url, &directory));
    eventually("what nobody was sending is recovered", || next.stats().recovered >= 90);
    eventually("and then the rest", || next.stats().recovered == 100);
    assert_has(&collector, 0..100);
    let _ = next.shutdown(PATIENCE);
}

#[test]
fn several_processes_send_nothing_twice() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 1_000);
    let collector = Collector::start_at(address).answer_always(Answer::ok().after(Duration::from_millis(5)));
    let path = directory.path().to_string_lossy();
    let children = (0..2).map(|_| Child::new(&["spool", &path, "shutdown"]).to(Transport::Http, &url));
    let here = [(); 2].map(|()| Pipeline::new(spooling(&url, &directory)));
    let threads: Vec<_> = children.map(|child| std::thread::spawn(|| child.run())).collect();
    let ended = threads.into_iter().map(|thread| thread.join().expect("no panic"));
    let out: Vec<String> = ended.map(|ended| ended.out).collect();
    eventually("all are recovered", || files(directory.path()).is_empty());
    let reports = here.map(|pipeline| pipeline.shutdown(PATIENCE));
    // The spans of the two children have the numbers of the first hundred.
    let mut spans = BTreeMap::<u64, u64>::new();
    for number in collector.spans().iter().filter_map(crate::pipeline::number) {
        *spans.entry(number).or_default() += 1;
    }
    let expected: BTreeMap<_, _> = (0..1_000).map(|number| (number, if number < 100 { 3 } else { 1 })).collect();
    assert_eq!(spans, expected, "{out:?}");
    assert!(reports.iter().all(|report| report.stats.recovered > 0), "both had their part: {reports:?}");
}

#[test]
fn another_endpoint_gets_nothing_of_it() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 30);
    let other = Collector::start().answer_ok();
    let pipeline = Pipeline::new(spooling(&other.url(), &directory));
    pipeline.spans(1);
    std::thread::sleep(Duration::from_millis(300));
    let _ = pipeline.finish(&other);
    assert_eq!(files(directory.path()).len(), 3);
    let collector = Collector::start_at(address).answer_ok();
    let _ = Pipeline::new(spooling(&url, &directory)).shutdown(PATIENCE);
    assert_has(&collector, 0..30);
}

#[test]
fn the_bound_is_kept_and_the_oldest_give_way() {
    let (directory, (address, url)) = (directory(), nobody());
    let batch = whole().max_export_batch_bytes(64 << 10);
    let pipeline = Pipeline::new(Transport::Http.to(&url).batch(batch.clone()).spool(directory.path(), 512 << 10));
    let mut largest = 0;
    for _ in 0..40 {
        pipeline.large_spans(1, 50_000);
        let _ = pipeline.flush(PATIENCE);
        largest = largest.max(files(directory.path()).values().map(Vec::len).sum());
    }
    assert!(largest > 256 << 10 && largest <= 512 << 10, "{largest} bytes on disk");
    let report = pipeline.shutdown(PATIENCE);
    let (kept, lost) = (report.stats.spooled, report.stats.dropped(Dropped::SpoolFull));
    assert!(kept + lost == 40 && kept >= 5, "{report}");
    assert_eq!(report.stats.lost(), lost, "{report}");
    let collector = Collector::start_at(address).answer_ok();
    let next = Transport::Http.to(&url).batch(batch).spool(directory.path(), 512 << 10);
    let _ = Pipeline::new(next).shutdown(PATIENCE);
    assert_has(&collector, 40 - kept..40);
}

#[test]
fn on_disk_there_is_nothing_that_is_hidden_and_no_credential() {
    let (directory, (_, url)) = (directory(), nobody());
    let builder = spooling(&url, &directory)
        .api_key("hunter2")
        .header("x-secret", "hunter3")
        .trace_config(TraceConfig::new().hide_inputs(true));
    let pipeline = Pipeline::new(builder);
    pipeline.each(1, |_| drop(tracing::info_span!("ask", input.value = "my card is 4111", output.value = "paid")));
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!(report.stats.spooled, 1, "{report}");
    let files = files(directory.path());
    let has = |text: &str| files.values().any(|file| file.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(has("paid") && has("__REDACTED__"));
    assert!(!has("4111") && !has("hunter"), "{:?}", files.keys());
    assert!(files.keys().all(|path| !path.to_string_lossy().contains("hunter")));
}

#[test]
fn each_backend_has_its_own_part_of_a_directory() {
    let (directory, (address, url)) = (directory(), nobody());
    let well = Collector::start().answer_ok();
    let builder = || {
        let also = Backend::new(&url).batch(by_tens()).spool(directory.path(), ROOM);
        spooling(&well.url(), &directory).also(also)
    };
    let openinference = builder().build().expect("the settings are right");
    let subscriber =
        tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        (0..30).for_each(|number| drop(tracing::info_span!("small", test.number = number)));
    });
    let report = openinference.shutdown(PATIENCE);
    let [first, second] = report.backends() else { panic!("two backends: {report}") };
    assert!(first.is_complete() && !report.is_complete(), "{report}");
    assert_eq!((second.stats.spooled, report.stats.spooled), (30, 30), "{report}");
    let collector = Collector::start_at(address).answer_ok();
    let report = builder().build().expect("the settings are right").shutdown(PATIENCE);
    assert_eq!(report.backends()[1].stats.recovered, 30, "{report}");
    assert_has(&well, 0..30);
    assert_has(&collector, 0..30);
}

#[test]
fn two_backends_at_one_address_do_not_share_a_spool() {
    let (directory, (_, url)) = (directory(), nobody());
    let path = directory.path();
    let mut names = vec![path.to_owned(), path.join("below/.."), path.join("./."), from_here(path)];
    #[cfg(unix)]
    {
        let link = path.join("link");
        std::os::unix::fs::symlink(path, &link).expect("a link can be made");
        names.push(link);
    }
    fs::create_dir(path.join("below")).expect("it can be made");
    for name in names {
        let also = Backend::new(&url).api_key("another").spool(&name, ROOM);
        let error = spooling(&url, &directory).also(also).build().expect_err("they would share it").to_string();
        assert!(error.contains("spool of backend 2") && error.contains("same address"), "{name:?}: {error}");
    }
    let also = Backend::new(&url).api_key("another").spool(path.join("below"), ROOM);
    assert!(spooling(&url, &directory).also(also).build().is_ok(), "it is another one");
}

/// The same path as seen from the current directory.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(fs::canonicalize).expect("there is one");
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    up.join(path.strip_prefix("/").unwrap_or(path))
}
