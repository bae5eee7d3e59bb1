use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use integration_tests::Collector;
use integration_tests::collector::attributes;
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing::{Dispatch, dispatcher};
use tracing_openinference::{Batch, Builder, Dropped, OpenInference, Report, Stats};
use tracing_subscriber::layer::SubscriberExt;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// No value is cut for its length alone that is not longer.
const VALUE: usize = 1 << 20;

/// How spans travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Http,
    Grpc,
}

pub(crate) const BOTH: [Transport; 2] = [Transport::Http, Transport::Grpc];

impl Transport {
    pub(crate) fn to(self, url: impl Into<String>) -> Builder {
        let builder = tracing_openinference::builder().endpoint(url).batch(whole());
        match self {
            Self::Http => builder,
            Self::Grpc => builder.grpc(),
        }
    }
}

/// Batches that are sent when they are full or asked for, so that a test knows what is in them.
pub(crate) fn whole() -> Batch {
    Batch::from_env().schedule_delay(Duration::from_secs(3600))
}

/// Batches that are sent by themselves, and do not keep a test waiting.
pub(crate) fn quick() -> Batch {
    Batch::from_env().schedule_delay(Duration::from_millis(20))
}

/// A pipeline with a subscriber of its own, and the number of spans that were made in it.
pub(crate) struct Pipeline {
    openinference: OpenInference,
    dispatch: Dispatch,
    made: AtomicU64,
    /// The number of the first span.
    first: u64,
}

impl Pipeline {
    pub(crate) fn new(builder: Builder) -> Self {
        let openinference = builder.build().expect("the settings are right");
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
        Self { openinference, dispatch, made: AtomicU64::new(0), first: 0 }
    }

    /// Counts on from the spans of a pipeline before it.
    pub(crate) fn after(builder: Builder, made: u64) -> Self {
        Self { first: made, ..Self::new(builder) }
    }

    pub(crate) fn http(collector: &Collector) -> Self {
        Self::new(Transport::Http.to(collector.url()))
    }

    /// Makes so many small spans, numbered on from those made before.
    pub(crate) fn spans(&self, count: u64) {
        self.each(count, |number| drop(tracing::info_span!("small", test.number = number)));
    }

    /// The same, and has them sent in one request.
    pub(crate) fn send(&self, count: u64) {
        self.spans(count);
        let _ = self.flush(Duration::ZERO);
    }

    /// Makes so many spans that hold so many bytes of text, in values of at most a megabyte.
    pub(crate) fn large_spans(&self, count: u64, bytes: usize) {
        let text = "so much text, ".repeat(bytes.min(VALUE) / 14 + 1);
        let values: Vec<&str> = (0..bytes).step_by(VALUE).map(|at| &text[..(bytes - at).min(VALUE)]).collect();
        assert!(values.len() <= 8, "the span has eight fields");
        let value = |at: usize| values.get(at).copied();
        self.each(count, |number| {
            drop(tracing::info_span!(
                "large",
                test.number = number,
                input.value = value(0),
                test.second = value(1),
                test.third = value(2),
                test.fourth = value(3),
                test.fifth = value(4),
                test.sixth = value(5),
                test.seventh = value(6),
                test.eighth = value(7),
            ));
        });
    }

    /// So many spans a second, for so long.
    pub(crate) fn spans_for(&self, time: Duration, per_second: u64) {
        let start = Instant::now();
        let mut made = 0;
        while start.elapsed() < time {
            let due = u64::try_from(start.elapsed().as_millis()).expect("a short time") * per_second / 1000 + 1;
            self.large_spans(due - made, 1000);
            made = due;
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn each(&self, count: u64, make: impl Fn(u64)) {
        let first = self.first + self.made.fetch_add(count, Ordering::Relaxed);
        dispatcher::with_default(&self.dispatch, || (first..first + count).for_each(make));
    }

    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    pub(crate) fn stats(&self) -> Stats {
        let stats = self.openinference.stats();
        self.check(&stats);
        stats
    }

    pub(crate) fn flush(&self, timeout: Duration) -> Report {
        let report = self.openinference.flush(timeout);
        self.check(&report.stats);
        report
    }

    pub(crate) fn shutdown(&self, timeout: Duration) -> Report {
        let report = self.openinference.shutdown(timeout);
        self.check(&report.stats);
        assert_eq!(report.stats.pending, 0, "nothing is pending after the end: {report}");
        report
    }

    /// The identity of all accounts.
    fn check(&self, stats: &Stats) {
        assert_eq!(stats.created, self.made(), "every span is counted: {stats}");
        let fates = stats.exported + stats.rejected + stats.dropped_total() + stats.spooled + stats.pending;
        assert_eq!(stats.created, fates, "every span has one fate: {stats}");
    }

    /// Ends with every span at the collector, once, and nothing lost.
    pub(crate) fn finish(&self, collector: &Collector) -> Report {
        let report = self.shutdown(PATIENCE);
        assert!(report.is_complete(), "{report}");
        assert_eq!(report.stats.exported, self.made(), "{report}");
        assert_has(collector, 0..self.made());
        report
    }

    /// Ends with so many spans lost for this reason, and none for another.
    pub(crate) fn finish_losing(&self, count: u64, reason: Dropped) -> Report {
        let report = self.shutdown(PATIENCE);
        assert_eq!((report.stats.dropped(reason), report.stats.lost()), (count, count), "{reason}: {report}");
        assert_eq!(report.stats.exported, self.made() - count, "{report}");
        report
    }
}

/// Each of these spans was accepted exactly once, and no others were.
pub(crate) fn assert_has(collector: &Collector, expected: std::ops::Range<u64>) {
    let mut times = BTreeMap::<u64, u64>::new();
    for number in collector.spans().iter().filter_map(number) {
        *times.entry(number).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "accepted more than once: {twice:?}");
    let (has, wants): (Vec<u64>, Vec<u64>) = (times.into_keys().collect(), expected.collect());
    assert!(has == wants, "{} of {} spans were accepted", has.len(), wants.len());
}

/// The number that [`Pipeline`] gave to a span.
pub(crate) fn number(span: &Span) -> Option<u64> {
    attributes(&span.attributes).get("test.number")?.as_u64()
}

pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
