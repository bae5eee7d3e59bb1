//! The queue under a scheduler that decides who runs next, in thousands of orders:
//!
//! ```sh
//! RUSTFLAGS="--cfg shuttle" cargo test -p tracing-openinference --no-default-features --lib orders
//! ```
//!
//! A wake-up that is lost, or a lock that is held too long, leaves everybody waiting: the scheduler reports that as a
//! deadlock. No wait ends by itself, as no time passes here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shuttle::thread;

use super::*;
use crate::ship::Batch;
use crate::ship::tests::span;

const ORDERS: usize = 3_000;
const THREADS: u64 = 2;
const SPANS: u64 = 2;

fn queue(batch: Batch) -> Arc<Queue> {
    let batch = batch.schedule_delay(Duration::from_secs(86_400));
    Arc::new(Queue::new(batch.limits(1 << 20).unwrap(), LAST_WORDS))
}

/// So far away that nobody lives to see it.
fn never() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}

/// What the export thread does, with a destination that takes everything at once.
fn export(queue: &Queue, taken: &AtomicU64) {
    let mut stash = VecDeque::new();
    loop {
        let wish = queue.wish();
        if queue.ready(Instant::now()) == Ready::Now {
            let batch = queue.take(&mut stash, usize::MAX);
            queue.reserve(batch.iter().map(|entry| entry.size).sum(), 0);
            let all = taken.fetch_add(batch.len() as u64, Ordering::SeqCst) + batch.len() as u64;
            queue.settle(all);
        } else if wish.deadline.is_some() {
            break;
        } else {
            shuttle::future::block_on(queue.woken());
        }
    }
    queue.end();
}

fn push(queue: &Queue) -> Result<(), Dropped> {
    queue.push(span("one"), None, || ())
}

/// In every order: threads that push and then flush, an export thread, and in the end a shutdown.
fn every_order(test: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(test, ORDERS);
}

#[test]
fn a_flush_waits_for_everything_that_was_pushed_before_it_and_is_always_woken() {
    every_order(|| {
        let (queue, taken) = (queue(Batch::default()), Arc::new(AtomicU64::new(0)));
        let exporting = {
            let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
            thread::spawn(move || export(&queue, &taken))
        };
        let pushed = Arc::new(AtomicU64::new(0));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (queue, taken, pushed) = (Arc::clone(&queue), Arc::clone(&taken), Arc::clone(&pushed));
                thread::spawn(move || {
                    for _ in 0..SPANS {
                        push(&queue).unwrap();
                        pushed.fetch_add(1, Ordering::SeqCst);
                    }
                    let before = pushed.load(Ordering::SeqCst);
                    assert_eq!(queue.flush(never()), Wait::Settled);
                    assert!(taken.load(Ordering::SeqCst) >= before, "a span that was there before is still there");
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(queue.close(never()), Wait::Settled);
        exporting.join().unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), THREADS * SPANS);
    });
}

#[test]
fn a_span_is_either_refused_by_a_shutdown_or_delivered_before_it_ends() {
    every_order(|| {
        let (queue, taken) = (queue(Batch::default()), Arc::new(AtomicU64::new(0)));
        let exporting = {
            let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
            thread::spawn(move || export(&queue, &taken))
        };
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || (0..SPANS).filter(|_| push(&queue).is_ok()).count() as u64)
            })
            .collect();
        let closing: Vec<_> = (0..2)
            .map(|_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || assert_eq!(queue.close(never()), Wait::Settled))
            })
            .collect();
        let accepted: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        closing.into_iter().for_each(|thread| thread.join().unwrap());
        exporting.join().unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), accepted);
        assert_eq!(push(&queue), Err(Dropped::AfterShutdown));
        assert_eq!(queue.lock().unwrap().bytes, 0, "what was reserved is free again");
    });
}

/// A batch of one is full at once: nobody flushes, and every span has to wake the export thread or find it awake.
#[test]
fn a_full_batch_is_taken_without_being_asked_for() {
    every_order(|| {
        let (queue, taken) = (queue(Batch::default().max_export_batch_size(1)), Arc::new(AtomicU64::new(0)));
        let exporting = {
            let (queue, taken) = (Arc::clone(&queue), Arc::clone(&taken));
            thread::spawn(move || export(&queue, &taken))
        };
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || (0..SPANS).for_each(|_| push(&queue).unwrap()))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        while taken.load(Ordering::SeqCst) < THREADS * SPANS {
            // Whether it sleeps for ever is the question; a scheduler that asks too often gives up.
            thread::yield_now();
        }
        let _ = queue.close(never());
        exporting.join().unwrap();
    });
}

/// The bounds hold whoever pushes at the same time as whom.
#[test]
fn no_order_makes_the_queue_hold_more_than_it_may() {
    every_order(|| {
        let size = size::bound(&span("one"));
        let queue = queue(Batch::default().max_queue_bytes(2 * size + 1).max_queue_size(3));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let accepted = (0..SPANS).filter(|_| push(&queue).is_ok()).count() as u64;
                    assert!(queue.lock().unwrap().bytes <= 2 * size + 1);
                    accepted
                })
            })
            .collect();
        let accepted: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(accepted, 2, "two fit, and no more");
    });
}
