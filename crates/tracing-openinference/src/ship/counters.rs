use std::sync::atomic::{AtomicU64, Ordering};

use super::fork::ForkLock;
use super::report::{Dropped, Stats};

/// The running totals behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    created: AtomicU64,
    exported: AtomicU64,
    rejected: AtomicU64,
    retries: AtomicU64,
    reduced: AtomicU64,
    spooled: AtomicU64,
    recovered: AtomicU64,
    forfeited: AtomicU64,
    damaged: AtomicU64,
    spool_failures: AtomicU64,
    dropped: [AtomicU64; Dropped::ALL.len()],
    last_error: ForkLock<Option<String>>,
}

impl Counters {
    pub(crate) fn created(&self) {
        self.created.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn exported(&self, spans: u64) {
        self.exported.fetch_add(spans, Ordering::Release);
    }

    pub(super) fn rejected(&self, spans: u64) {
        self.rejected.fetch_add(spans, Ordering::Release);
    }

    pub(crate) fn dropped(&self, reason: Dropped, spans: u64) {
        self.dropped[reason as usize].fetch_add(spans, Ordering::Release);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// A span was cut. One that was not whole before is counted already.
    pub(super) fn reduced(&self, was_whole: bool) {
        self.reduced.fetch_add(u64::from(was_whole), Ordering::Relaxed);
    }

    pub(super) fn spooled(&self, spans: u64) {
        self.spooled.fetch_add(spans, Ordering::Release);
    }

    /// Before their next fate is counted: they are pending meanwhile.
    pub(super) fn unspooled(&self, spans: u64) {
        self.spooled.fetch_sub(spans, Ordering::Release);
    }

    pub(super) fn recovered(&self, spans: u64) {
        self.recovered.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn forfeited(&self, spans: u64) {
        self.forfeited.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn damaged(&self) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn spool_failed(&self) {
        self.spool_failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, error: String) {
        if let Some(mut last) = self.last_error.lock() {
            *last = Some(error);
        }
    }

    /// Outcomes are read before creations, which always come first, and what spans leave the spool for before the spool:
    /// `pending` cannot go below zero.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats {
            exported: self.exported.load(Ordering::Acquire),
            rejected: self.rejected.load(Ordering::Acquire),
            retries: self.retries.load(Ordering::Relaxed),
            reduced: self.reduced.load(Ordering::Relaxed),
            recovered: self.recovered.load(Ordering::Relaxed),
            forfeited: self.forfeited.load(Ordering::Relaxed),
            spool_damaged: self.damaged.load(Ordering::Relaxed),
            spool_failures: self.spool_failures.load(Ordering::Relaxed),
            last_error: self.last_error.lock().and_then(|last| last.clone()),
            ..Stats::default()
        };
        for (total, counter) in stats.dropped.iter_mut().zip(&self.dropped) {
            *total = counter.load(Ordering::Acquire);
        }
        stats.spooled = self.spooled.load(Ordering::Acquire);
        stats.created = self.created.load(Ordering::Relaxed);
        let settled = stats.exported + stats.rejected + stats.dropped_total() + stats.spooled;
        stats.pending = stats.created.saturating_sub(settled);
        stats
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_forked_child_counts_without_waiting_for_the_last_error() {
        let counters = Arc::new(Counters { last_error: ForkLock::default().in_child(), ..Counters::default() });
        counters.failed("401 Unauthorized".to_owned());
        let held = counters.last_error.lock();
        let (sender, receiver) = mpsc::channel();
        let child = Arc::clone(&counters);
        thread::spawn(move || {
            child.created();
            child.failed("503 Service Unavailable".to_owned());
            sender.send(child.stats()).unwrap();
        });
        let stats = receiver.recv_timeout(Duration::from_secs(9)).unwrap();
        assert_eq!((stats.created, stats.last_error), (1, None));
        drop(held);
    }
}
