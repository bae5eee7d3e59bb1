use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fork::ForkLock;

/// Why a span was not exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// The queue had no room, by number or by bytes: raise the bound, or look at why the backend is slow.
    QueueFull,
    /// The backend refused it for its size, however much of its content was cut.
    TooLarge,
    /// It was kept for another attempt for half an hour.
    Expired,
    /// It was kept for another attempt, and gave way to newer spans when the byte budget was spent.
    Evicted,
    /// The time given to `shutdown` was over before it could be delivered.
    Unsent,
    /// It ended after `shutdown`.
    AfterShutdown,
    /// The application's own rule refused it. This is not a loss.
    Selected,
    /// A rule, an exporter or this library panicked over it: unprocessed content is never exported.
    Panicked,
    /// It ended in a forked child, which has no export thread.
    Forked,
}

impl Dropped {
    const ALL: [Self; 9] = [
        Self::QueueFull,
        Self::TooLarge,
        Self::Expired,
        Self::Evicted,
        Self::Unsent,
        Self::AfterShutdown,
        Self::Selected,
        Self::Panicked,
        Self::Forked,
    ];

    const fn words(self) -> &'static str {
        match self {
            Self::QueueFull => "queue full",
            Self::TooLarge => "too large",
            Self::Expired => "expired",
            Self::Evicted => "evicted",
            Self::Unsent => "unsent at shutdown",
            Self::AfterShutdown => "after shutdown",
            Self::Selected => "not selected",
            Self::Panicked => "panicked",
            Self::Forked => "forked child",
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// What became of every span since the pipeline was built.
///
/// `created = exported + rejected + dropped + pending`, at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans handed to the pipeline.
    pub created: u64,
    /// Spans the backend has accepted. Acceptance is all that OTLP can tell: a backend stores later.
    pub exported: u64,
    /// Spans the backend has refused.
    pub rejected: u64,
    /// Spans in the queue, in an attempt, or kept for another attempt.
    pub pending: u64,
    /// Attempts after the first, of any batch.
    pub retries: u64,
    /// Spans whose content was cut to fit; they were not lost.
    pub reduced: u64,
    /// The latest failure: an address, a status, a cause; never content or a credential.
    pub last_error: Option<String>,
    dropped: [u64; Dropped::ALL.len()],
    redacted: Vec<(Cow<'static, str>, u64)>,
}

impl Stats {
    /// The number of spans dropped for this reason.
    #[must_use]
    pub fn dropped(&self, reason: Dropped) -> u64 {
        self.dropped[reason as usize]
    }

    /// The number of spans dropped for any reason, the application's own rule included.
    #[must_use]
    pub fn dropped_total(&self) -> u64 {
        self.dropped.iter().sum()
    }

    /// The rules that hid something, and how often: flags by the names of their methods (`hide_inputs`), which count attributes
    /// and other texts that they dropped or replaced, and [`Redaction`](crate::Redaction)s by theirs, which count
    /// what they found.
    ///
    /// The numbers go on when the policy is replaced. Values that were never built count too.
    pub fn redacted(&self) -> impl Iterator<Item = (&str, u64)> {
        self.redacted.iter().map(|(name, count)| (name.as_ref(), *count))
    }

    /// The number of values that any rule hid.
    #[must_use]
    pub fn redacted_total(&self) -> u64 {
        self.redacted.iter().map(|(_, count)| count).sum()
    }

    /// The same with what the stages before this one say of themselves.
    pub(crate) fn with_redacted(self, redacted: Vec<(Cow<'static, str>, u64)>) -> Self {
        Self { redacted, ..self }
    }

    /// The number of spans that should have been exported and never will be.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.rejected + self.dropped_total() - self.dropped(Dropped::Selected)
    }
}

/// One line, for a log or a terminal.
impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, exported, rejected, pending, .. } = self;
        write!(f, "created {created}, exported {exported}, rejected {rejected}, dropped {}", self.dropped_total())?;
        let mut open = false;
        for reason in Dropped::ALL.into_iter().filter(|&reason| self.dropped(reason) > 0) {
            write!(f, "{}{reason} {}", if open { ", " } else { " (" }, self.dropped(reason))?;
            open = true;
        }
        write!(f, "{}, pending {pending}", if open { ")" } else { "" })?;
        if self.redacted_total() > 0 {
            write!(f, ", values redacted {}", self.redacted_total())?;
        }
        if let Some(error) = self.last_error.as_ref().filter(|_| self.lost() + pending > 0) {
            write!(f, "; last error: {error}")?;
        }
        Ok(())
    }
}

/// What a flush or a shutdown achieved. Its numbers count from the start of the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a report says whether spans were lost"]
pub struct Report {
    /// What became of every span.
    pub stats: Stats,
    /// Whether the time was over before everything was settled.
    pub timed_out: bool,
    /// Whether a [processor of yours](crate::Builder::span_processor) failed or panicked over it; what became of its spans
    /// is then its secret.
    pub failed: bool,
}

impl Report {
    /// Whether every span that was to be exported has been accepted by the backend.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.timed_out && !self.failed && self.stats.pending == 0 && self.stats.lost() == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats.fmt(f)?;
        f.write_str(if self.timed_out { " (timed out)" } else { "" })?;
        f.write_str(if self.failed { " (the span processor failed)" } else { "" })
    }
}

/// The running totals behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    created: AtomicU64,
    exported: AtomicU64,
    rejected: AtomicU64,
    retries: AtomicU64,
    reduced: AtomicU64,
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

    pub(super) fn reduced(&self) {
        self.reduced.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, error: String) {
        if let Some(mut last) = self.last_error.lock() {
            *last = Some(error);
        }
    }

    /// Outcomes are read before creations, which always come first: `pending` cannot go below zero.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats {
            exported: self.exported.load(Ordering::Acquire),
            rejected: self.rejected.load(Ordering::Acquire),
            retries: self.retries.load(Ordering::Relaxed),
            reduced: self.reduced.load(Ordering::Relaxed),
            last_error: self.last_error.lock().and_then(|last| last.clone()),
            ..Stats::default()
        };
        for (total, counter) in stats.dropped.iter_mut().zip(&self.dropped) {
            *total = counter.load(Ordering::Acquire);
        }
        stats.created = self.created.load(Ordering::Relaxed);
        stats.pending = stats.created.saturating_sub(stats.exported + stats.rejected + stats.dropped_total());
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
    fn every_reason_has_its_own_place() {
        for (place, reason) in Dropped::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
        }
    }

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

    #[test]
    fn a_report_is_one_line_and_adds_up() {
        let counters = Counters::default();
        (0..10).for_each(|_| counters.created());
        counters.exported(4);
        counters.rejected(1);
        counters.dropped(Dropped::QueueFull, 2);
        counters.dropped(Dropped::Selected, 1);
        counters.failed("401 Unauthorized".to_owned());
        let stats = counters.stats().with_redacted(vec![("hide_inputs".into(), 3), ("email".into(), 1)]);
        let report = Report { stats, timed_out: true, ..Report::default() };
        assert_eq!(
            report.to_string(),
            "created 10, exported 4, rejected 1, dropped 3 (queue full 2, not selected 1), pending 2, values redacted 4; \
             last error: 401 Unauthorized (timed out)"
        );
        assert_eq!(report.stats.lost(), 3);
        assert!(!report.is_complete());
    }

    #[test]
    fn a_span_the_application_did_not_want_is_no_loss() {
        let counters = Counters::default();
        counters.created();
        counters.dropped(Dropped::Selected, 1);
        assert!(Report { stats: counters.stats(), timed_out: false, ..Report::default() }.is_complete());
    }
}
