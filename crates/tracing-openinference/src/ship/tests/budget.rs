use std::sync::atomic::{AtomicU16, Ordering};

use super::*;

const BUDGET: usize = 1 << 20;

/// What a request weighs besides its spans, for as many requests as there may be.
const FRAMES: usize = 8 << 10;

/// Spans of every size, quickly and slowly, while the server does this and that: no more is ever held than may be, and in
/// the end nothing is.
#[test]
fn no_history_makes_the_pipeline_hold_more_than_its_budget() {
    let status = Arc::new(AtomicU16::new(200));
    let answer = Arc::clone(&status);
    let server = Server::start(move |number, _| match answer.load(Ordering::Relaxed) {
        0 if number % 2 == 0 => Reply::Close,
        0 => Reply::Status(503, ""),
        status => Reply::Status(status, ""),
    });
    let mut settings = settings(&server.url());
    settings.batch = settings.batch.max_queue_bytes(BUDGET).max_export_batch_bytes(100_000).max_export_batch_size(50);
    let shipper = Shipper::start(settings).unwrap();
    let queue = Arc::clone(shipper.0.queue.as_ref().unwrap());
    let held = || {
        let bytes = queue.bytes();
        assert!(bytes <= BUDGET + FRAMES, "{bytes} bytes are held: {}", shipper.stats());
    };
    let mut random = 1_u64;
    for turn in 0..3_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let dice = usize::try_from(random >> 40).unwrap();
        match dice % 16 {
            0 => status.store([200, 0, 413, 400][dice / 16 % 4], Ordering::Relaxed),
            1 => thread::sleep(Duration::from_micros(dice as u64 % 2_000)),
            2 => _ = shipper.flush(Duration::from_millis(1)),
            size => shipper.on_end(large_span(&format!("span {turn}"), 1 << (size + 3))),
        }
        held();
    }
    let stats = shipper.stats();
    assert!(stats.reduced > 0 && stats.dropped_total() > 0, "the budget was never spent: {stats}");
    assert_adds_up(&stats);
    status.store(200, Ordering::Relaxed);
    let report = shipper.shutdown(PATIENCE);
    assert!(!report.timed_out && report.stats.pending == 0, "{report}");
    assert_eq!(queue.bytes(), 0, "everything that was reserved is free again");
}
