//! What becomes of a spool when the disk, a file or the backend is not as it should be.

use std::fs;
use std::path::Path;
use std::time::Duration;

use integration_tests::Collector;
use integration_tests::collector::Answer;
use tracing_openinference::Dropped;

use crate::pipeline::{BOTH, PATIENCE, Pipeline, Transport, assert_has, eventually, number, whole};
use crate::spool::{directory, files, left_behind, nobody, spooling};

/// Nothing can be made where a file is in the way.
fn fail(directory: &Path) {
    let part = fs::read_dir(directory).expect("a directory").flatten().next().expect("the part of the backend").path();
    eventually("the file is in the way", || {
        // The directory may be made again meanwhile.
        let _ = fs::remove_dir_all(&part);
        fs::write(&part, "in the way").is_ok()
    });
}

#[test]
fn a_damaged_file_is_set_aside_and_the_others_are_sent() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 40);
    let all: Vec<_> = files(directory.path()).into_iter().collect();
    let (path, content) = &all[1];
    fs::write(path, &content[..content.len() / 2]).expect("it can be written");
    let (path, content) = &all[2];
    let garbage: Vec<u8> = content.iter().map(|byte| byte ^ 0x55).collect();
    fs::write(path, garbage).expect("it can be written");
    let collector = Collector::start_at(address).answer_ok();
    let next = Pipeline::new(spooling(&url, &directory));
    eventually("the others are recovered", || next.stats().recovered == 20);
    let report = next.shutdown(PATIENCE);
    assert_eq!((report.stats.spool_damaged, report.stats.forfeited), (2, 20), "{report}");
    assert_eq!(collector.requests().len(), 2, "a half file is never sent");
    let left: Vec<_> = files(directory.path()).into_keys().collect();
    assert!(left.len() == 2 && left.iter().all(|path| path.extension().is_some_and(|kind| kind == "damaged")));
}

#[test]
fn a_refusal_of_the_request_ends_it_and_one_of_the_credentials_does_not() {
    for (status, kept) in [(400, 0), (401, 1), (404, 1), (500, 0)] {
        let (directory, (address, url)) = (directory(), nobody());
        left_behind(spooling(&url, &directory), 10);
        let collector = Collector::start_at(address).answer_always(Answer::status(status));
        let next = Pipeline::new(spooling(&url, &directory));
        eventually("it is tried", || collector.requests().len() == 1);
        let report = next.shutdown(PATIENCE);
        assert_eq!(files(directory.path()).len(), kept, "{status}: {report}");
        assert_eq!(report.stats.forfeited, 10 - 10 * kept as u64, "{status}: {report}");
        assert_eq!(collector.requests().len(), 1, "{status}: it is not tried again at once");
        assert!(report.is_complete(), "{report}");
        drop(collector);
        let collector = Collector::start_at(address).answer_ok();
        let _ = Pipeline::new(spooling(&url, &directory)).shutdown(PATIENCE);
        assert_eq!(collector.spans().len(), 10 * kept);
    }
}

/// The refusal comes while this process has the spans on disk: they are its own.
#[test]
fn what_is_refused_after_an_outage_is_rejected() {
    let (directory, (address, url)) = (directory(), nobody());
    let pipeline = Pipeline::new(spooling(&url, &directory));
    pipeline.spans(30);
    eventually("all are on disk", || pipeline.stats().spooled == 30);
    let collector = Collector::start_at(address).answer_ok();
    collector.script([Answer::status(400), Answer::partial(3, "three of them")]);
    eventually("all are settled", || pipeline.stats().pending + pipeline.stats().spooled == 0);
    let report = pipeline.shutdown(PATIENCE);
    assert_eq!((report.stats.exported, report.stats.rejected), (17, 13), "{report}");
    assert_eq!((report.stats.recovered, report.stats.forfeited), (0, 0), "{report}");
}

#[test]
fn what_is_too_large_is_made_smaller_on_disk() {
    for transport in BOTH {
        let (directory, (address, url)) = (directory(), nobody());
        let builder = || transport.to(&url).batch(whole()).spool(directory.path(), 64 << 20);
        left_behind(builder(), 8);
        let too_large = match transport {
            Transport::Http => Answer::status(413),
            Transport::Grpc => Answer::grpc(8, "message larger than max"),
        };
        let collector = Collector::start_at(address).answer_ok();
        collector.script([too_large.clone(), Answer::ok(), too_large]);
        let next = Pipeline::new(builder());
        eventually("all are recovered", || next.stats().recovered == 8);
        let report = next.shutdown(PATIENCE);
        assert!(report.is_complete() && files(directory.path()).is_empty(), "{report}");
        assert_has(&collector, 0..8);
        let sizes: Vec<_> = collector.requests().iter().map(|request| request.spans().len()).collect();
        assert_eq!(sizes, [8, 4, 4, 2, 2]);
    }
}

#[test]
fn a_span_that_is_hopelessly_large_does_not_stay_for_ever() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 1);
    let collector = Collector::start_at(address).answer_always(Answer::status(413));
    let next = Pipeline::new(spooling(&url, &directory));
    eventually("it is given up", || next.stats().forfeited == 1);
    assert!(files(directory.path()).is_empty() && collector.requests().len() == 1);
    let _ = next.shutdown(PATIENCE);
}

#[test]
fn without_the_disk_spans_stay_in_memory() {
    let (directory, (address, url)) = (directory(), nobody());
    let pipeline = Pipeline::new(spooling(&url, &directory));
    fail(directory.path());
    pipeline.spans(100);
    eventually("the disk has failed", || pipeline.stats().spool_failures > 0);
    assert_eq!((pipeline.stats().spooled, pipeline.stats().pending), (0, 100));
    let collector = Collector::start_at(address).answer_ok();
    let report = pipeline.finish(&collector);
    assert!(report.stats.spool_failures < 10, "a disk that fails is not asked all the time: {report}");
}

#[test]
fn without_the_disk_a_shutdown_says_what_is_lost() {
    let (directory, (_, url)) = (directory(), nobody());
    let pipeline = Pipeline::new(spooling(&url, &directory));
    fail(directory.path());
    pipeline.spans(100);
    let report = pipeline.finish_losing(100, Dropped::Unsent);
    assert!(report.stats.spool_failures > 0, "{report}");
}

#[test]
fn new_spans_do_not_wait_for_old_ones() {
    let (directory, (address, url)) = (directory(), nobody());
    left_behind(spooling(&url, &directory), 400);
    let collector = Collector::start_at(address).answer_always(Answer::ok().after(Duration::from_millis(50)));
    let next = Pipeline::after(spooling(&url, &directory), 400);
    eventually("the old ones are on their way", || next.stats().recovered > 0);
    next.spans(10);
    eventually("the new ones are there", || next.stats().exported == 10);
    assert!(next.stats().recovered < 400, "there were still old ones");
    eventually("the old ones are there too", || next.stats().recovered == 400);
    let _ = next.shutdown(PATIENCE);
    assert_has(&collector, 0..410);
    assert!(collector.spans().iter().filter_map(number).take(50).any(|number| number >= 400));
}

#[test]
fn a_spool_that_cannot_be_used_fails_the_build() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "in the way").expect("it can be written");
    for (path, max_bytes, words) in [(file.join("below"), 64 << 20, "file/below"), (file, 1 << 20, "1048576")] {
        let builder = tracing_openinference::builder().endpoint("http://localhost:1").spool(path, max_bytes);
        let error = builder.build().unwrap_err().to_string();
        assert!(error.starts_with("spool = ") && error.contains(words), "{error}");
    }
    let builder = tracing_openinference::builder().no_export().spool(directory.path(), 1);
    assert!(builder.build().is_ok(), "nothing is sent, and nothing is kept");
}
