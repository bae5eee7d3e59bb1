use std::borrow::Cow;
use std::fmt;

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
    /// An exporter of yours or this library panicked over it. Where a rule panics nothing is dropped: see
    /// [`Select`](crate::Select) and [`Redaction::closure`](crate::Redaction::closure).
    Panicked,
    /// It ended in a forked child, which has no export thread.
    Forked,
    /// It was in the [spool](crate::Builder::spool), and gave way to newer spans when that was full.
    SpoolFull,
    /// It was in the spool, in a file that could not be read again.
    SpoolDamaged,
}

impl Dropped {
    pub(crate) const ALL: [Self; 11] = [
        Self::QueueFull,
        Self::TooLarge,
        Self::Expired,
        Self::Evicted,
        Self::Unsent,
        Self::AfterShutdown,
        Self::Selected,
        Self::Panicked,
        Self::Forked,
        Self::SpoolFull,
        Self::SpoolDamaged,
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
            Self::SpoolFull => "spool full",
            Self::SpoolDamaged => "spool damaged",
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
/// `created = exported + rejected + dropped + spooled + pending`, at any time. What other processes left in the
/// [spool](crate::Builder::spool) is counted apart, by `recovered` and `forfeited`.
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
    /// Spans that could not be delivered yet and are on disk, in the [spool](crate::Builder::spool): this process or the
    /// next one will send them. They are exported, rejected or dropped once that is known here.
    pub spooled: u64,
    /// Spans that an earlier process left in the spool, or another one, and that this one has delivered.
    pub recovered: u64,
    /// Spans of such processes that are lost: the backend refused them, their file was damaged, or they gave way to newer
    /// ones when the spool was full.
    pub forfeited: u64,
    /// Files in the spool that were not what was written, and were set aside as `.damaged`.
    pub spool_damaged: u64,
    /// How often the disk failed the spool. The spans stay in memory then.
    pub spool_failures: u64,
    /// Attempts after the first, of any batch.
    pub retries: u64,
    /// Spans whose content was cut to fit; they were not lost.
    pub reduced: u64,
    /// The latest failure: an address, a status, a cause; never content or a credential.
    pub last_error: Option<String>,
    pub(super) dropped: [u64; Dropped::ALL.len()],
    pub(super) redacted: Vec<(Cow<'static, str>, u64)>,
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

    /// The latest error is one of a backend where something is amiss, if there is one.
    pub(crate) fn sum<'a>(all: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let amiss = |stats: &&Self| stats.lost() + stats.pending > 0;
        let errors = all.clone().filter(amiss).chain(all.clone());
        let mut sum =
            Self { last_error: errors.into_iter().find_map(|stats| stats.last_error.clone()), ..Self::default() };
        for stats in all {
            sum.created += stats.created;
            sum.exported += stats.exported;
            sum.rejected += stats.rejected;
            sum.pending += stats.pending;
            sum.retries += stats.retries;
            sum.reduced += stats.reduced;
            sum.spooled += stats.spooled;
            sum.recovered += stats.recovered;
            sum.forfeited += stats.forfeited;
            sum.spool_damaged += stats.spool_damaged;
            sum.spool_failures += stats.spool_failures;
            for (total, dropped) in sum.dropped.iter_mut().zip(stats.dropped) {
                *total += dropped;
            }
            for (name, count) in &stats.redacted {
                match sum.redacted.iter_mut().find(|(other, _)| other == name) {
                    Some((_, total)) => *total += count,
                    None => sum.redacted.push((name.clone(), *count)),
                }
            }
        }
        sum
    }

    /// All is delivered that was to be.
    fn is_settled(&self) -> bool {
        self.pending + self.spooled + self.lost() == 0
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
        f.write_str(if open { ")" } else { "" })?;
        let spool = [(", spooled", self.spooled), (", recovered", self.recovered), (", forfeited", self.forfeited)];
        for (word, spans) in spool.into_iter().filter(|(_, spans)| *spans > 0) {
            write!(f, "{word} {spans}")?;
        }
        write!(f, ", pending {pending}")?;
        if self.redacted_total() > 0 {
            write!(f, ", values redacted {}", self.redacted_total())?;
        }
        if let Some(error) = self.last_error.as_ref().filter(|_| self.lost() + self.spooled + pending > 0) {
            write!(f, "; last error: {error}")?;
        }
        Ok(())
    }
}

/// What became of the spans at one of the [backends](crate::Backend).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackendReport {
    /// Where it is, without credentials; `None` for the terminal, and for an exporter or a processor of yours.
    pub endpoint: Option<String>,
    /// What became of every span that was for it.
    pub stats: Stats,
    /// Whether the time of the flush or the shutdown was over before everything was settled.
    pub timed_out: bool,
    /// Whether a [processor of yours](crate::Builder::span_processor) failed or panicked over it; what became of its spans
    /// is then its secret.
    pub failed: bool,
}

impl BackendReport {
    /// Whether every span that was to be exported has been accepted by this backend.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.timed_out && !self.failed && self.stats.is_settled()
    }
}

/// One line, for a log or a terminal.
impl fmt::Display for BackendReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(endpoint) = &self.endpoint {
            write!(f, "{endpoint}: ")?;
        }
        self.stats.fmt(f)?;
        f.write_str(if self.timed_out { " (timed out)" } else { "" })?;
        f.write_str(if self.failed { " (the span processor failed)" } else { "" })
    }
}

/// What a flush or a shutdown achieved. Its numbers count from the start of the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a report says whether spans were lost"]
pub struct Report {
    /// What became of every span. The sum over all [backends](Self::backends): a span counts once for each.
    pub stats: Stats,
    /// Whether the time was over before everything was settled, at any backend.
    pub timed_out: bool,
    /// Whether a [processor of yours](crate::Builder::span_processor) failed or panicked over it; what became of its spans
    /// is then its secret.
    pub failed: bool,
    backends: Vec<BackendReport>,
}

impl Report {
    pub(crate) fn of(backends: Vec<BackendReport>) -> Self {
        Self {
            stats: Stats::sum(backends.iter().map(|backend| &backend.stats)),
            timed_out: backends.iter().any(|backend| backend.timed_out),
            failed: backends.iter().any(|backend| backend.failed),
            backends,
        }
    }

    /// What each backend came to: first the one of the builder, then those of [`Builder::also`](crate::Builder::also) in
    /// their order. For each of them `created = exported + rejected + dropped + spooled + pending`.
    #[must_use]
    pub fn backends(&self) -> &[BackendReport] {
        &self.backends
    }

    /// Whether every span that was to be exported has been accepted by every backend.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.timed_out && !self.failed && self.stats.is_settled()
    }
}

/// One line, for a log or a terminal; with several backends what each came to.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.backends.len() < 2 {
            self.stats.fmt(f)?;
            f.write_str(if self.timed_out { " (timed out)" } else { "" })?;
            return f.write_str(if self.failed { " (the span processor failed)" } else { "" });
        }
        for (at, backend) in self.backends.iter().enumerate() {
            write!(f, "{}{backend}", if at > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::counters::Counters;
    use super::*;

    #[test]
    fn every_reason_has_its_own_place() {
        for (place, reason) in Dropped::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
        }
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
        let backend = BackendReport { stats: counters.stats(), timed_out: true, ..BackendReport::default() };
        let mut report = Report::of(vec![backend]);
        report.stats = report.stats.with_redacted(vec![("hide_inputs".into(), 3), ("email".into(), 1)]);
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
        assert!(Report::of(vec![BackendReport { stats: counters.stats(), ..BackendReport::default() }]).is_complete());
    }

    #[test]
    fn a_report_of_several_backends_says_which_of_them_lost_what() {
        let (well, ill) = (Counters::default(), Counters::default());
        for counters in [&well, &ill] {
            (0..3).for_each(|_| counters.created());
        }
        well.exported(3);
        well.failed("503 Service Unavailable".to_owned());
        ill.rejected(3);
        ill.failed("401 Unauthorized".to_owned());
        let backend = |endpoint: &str, counters: &Counters| BackendReport {
            endpoint: Some(endpoint.to_owned()),
            stats: counters.stats(),
            ..BackendReport::default()
        };
        let report = Report::of(vec![backend("http://a", &well), backend("https://b", &ill)]);
        assert_eq!(
            report.to_string(),
            "http://a: created 3, exported 3, rejected 0, dropped 0, pending 0 | \
             https://b: created 3, exported 0, rejected 3, dropped 0, pending 0; last error: 401 Unauthorized"
        );
        assert_eq!((report.stats.created, report.stats.exported, report.stats.lost()), (6, 3, 3));
        assert_eq!(report.stats.last_error.as_deref(), Some("401 Unauthorized"));
        assert_eq!(report.backends().iter().map(BackendReport::is_complete).collect::<Vec<_>>(), [true, false]);
        assert!(!report.is_complete());
    }
}
