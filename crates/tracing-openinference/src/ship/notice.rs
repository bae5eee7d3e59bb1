use std::time::{Duration, Instant};

use super::otlp::Trouble;
use super::report::Stats;

/// Between two lines about the same thing.
const INTERVAL: Duration = Duration::from_secs(60);

/// Between the end of one trouble and the beginning of the next, lest a backend that comes and goes fills the log.
const PAUSE: Duration = Duration::from_secs(15);

/// Says in the log when spans cannot be delivered or are lost, and when that is over.
///
/// The lines are `tracing` events with the target `tracing_openinference`. They come from the export thread, where
/// nothing is captured, and never from a thread of the application.
#[derive(Debug)]
pub(super) struct Notices {
    destination: String,
    trouble: Option<Trouble>,
    told: Told,
    next: Option<Instant>,
    /// How many were lost when the log was last quiet, and when something was last said.
    before: u64,
    spoken: u64,
    /// How many spans of other processes were delivered when that was last said.
    recovered: u64,
    /// Of the spool, which is not said twice in a row.
    spool: String,
}

/// What was begun to be told, and has no end yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Trouble,
    Loss,
}

impl Notices {
    pub(super) fn new(destination: String) -> Self {
        Self {
            destination,
            trouble: None,
            told: Told::Nothing,
            next: None,
            before: 0,
            spoken: 0,
            recovered: 0,
            spool: String::new(),
        }
    }

    /// Something stands between the spans and their destination.
    pub(super) fn failed(&mut self, trouble: Trouble) {
        self.trouble = Some(trouble);
    }

    /// The destination has taken a request.
    pub(super) fn succeeded(&mut self, stats: &Stats, now: Instant) {
        self.trouble = None;
        if self.told == Told::Trouble {
            self.recovered("delivering spans again", stats, now);
        }
    }

    /// Something is wrong with the spool.
    pub(super) fn spool(&mut self, directory: &str, what: &str) {
        if self.spool != what {
            what.clone_into(&mut self.spool);
            let destination = &self.destination;
            tracing::warn!(target: "tracing_openinference", "the spool for {destination} in {directory}: {what}");
        }
    }

    /// Nothing is left in the spool that could be sent now.
    pub(super) fn emptied(&mut self, stats: &Stats) {
        let others = stats.recovered - self.recovered;
        if others > 0 {
            let destination = &self.destination;
            tracing::info!(
                target: "tracing_openinference",
                "{others} spans that other processes had left in the spool were delivered to {destination}"
            );
        }
        self.recovered = stats.recovered;
        self.spool.clear();
    }

    /// Speaks if there is something to say. Returns when there may be something next.
    pub(super) fn speak(&mut self, stats: &Stats, now: Instant) -> Option<Instant> {
        let is_losing = stats.lost() > self.spoken;
        if self.trouble.is_none() && !is_losing && self.told == Told::Nothing {
            return None;
        }
        if self.next.is_some_and(|next| now < next) {
            return self.next;
        }
        let (destination, pending, lost) = (&self.destination, stats.pending, stats.lost());
        if let Some(Trouble { what, fix, .. }) = &self.trouble {
            tracing::warn!(
                target: "tracing_openinference",
                "cannot deliver spans to {destination}: {what}; {fix} ({pending} waiting, {}{lost} lost)",
                in_spool(stats)
            );
            self.told = Told::Trouble;
        } else if is_losing {
            tracing::warn!(target: "tracing_openinference", "losing spans on the way to {destination}: {stats}");
            self.told = Told::Loss;
        } else {
            self.recovered("no more spans are being lost", stats, now);
            return None;
        }
        self.spoken = lost;
        self.next = Some(now + INTERVAL);
        self.next
    }

    /// The last line, if spans were lost of which no line has spoken.
    pub(super) fn end(&mut self, stats: &Stats) {
        if stats.lost() > self.spoken {
            let Self { destination, .. } = self;
            tracing::warn!(target: "tracing_openinference", "spans for {destination} were lost: {stats}");
        }
        if stats.spooled > 0 {
            let Self { destination, .. } = self;
            tracing::info!(
                target: "tracing_openinference",
                "{} spans for {destination} are in the spool, for the next process to send",
                stats.spooled
            );
        }
    }

    fn recovered(&mut self, what: &str, stats: &Stats, now: Instant) {
        let (destination, pending) = (&self.destination, stats.pending);
        match stats.lost() - self.before {
            0 => tracing::info!(
                target: "tracing_openinference",
                "{what}: {destination}; none were lost, {}{pending} are waiting",
                in_spool(stats)
            ),
            lost => tracing::warn!(
                target: "tracing_openinference",
                "{what}: {destination}; {lost} were lost, {}{pending} are waiting",
                in_spool(stats)
            ),
        }
        self.told = Told::Nothing;
        self.next = Some(now + PAUSE);
        self.spoken = stats.lost();
        self.before = stats.lost();
    }
}

fn in_spool(stats: &Stats) -> String {
    if stats.spooled > 0 { format!("{} in the spool, ", stats.spooled) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;
    use crate::ship::Dropped;
    use crate::ship::counters::Counters;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> Layer<S> for Log {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            assert_eq!(event.metadata().target(), "tracing_openinference");
            event.record(&mut self.clone());
        }
    }

    impl Visit for Log {
        fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }

    fn log(tell: impl FnOnce(&mut Notices, &Counters, Instant)) -> Vec<String> {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        let mut notices = Notices::new("http://host/v1/traces".to_owned());
        tracing::subscriber::with_default(subscriber, || tell(&mut notices, &Counters::default(), Instant::now()));
        Arc::try_unwrap(log.0).unwrap().into_inner().unwrap()
    }

    #[test]
    fn trouble_is_told_at_once_then_each_minute_then_when_it_is_over() {
        let lines = log(|notices, counters, start| {
            assert_eq!(notices.speak(&counters.stats(), start), None);
            for second in 0..150 {
                counters.created();
                counters.rejected(1);
                notices.failed(Trouble::answer("401 Unauthorized".to_owned(), "set PHOENIX_API_KEY"));
                notices.speak(&counters.stats(), start + Duration::from_secs(second));
            }
            notices.succeeded(&counters.stats(), start + Duration::from_secs(150));
            notices.succeeded(&counters.stats(), start + Duration::from_secs(151));
        });
        assert_eq!(
            lines,
            [
                "cannot deliver spans to http://host/v1/traces: 401 Unauthorized; set PHOENIX_API_KEY (0 waiting, 1 lost)",
                "cannot deliver spans to http://host/v1/traces: 401 Unauthorized; set PHOENIX_API_KEY (0 waiting, 61 lost)",
                "cannot deliver spans to http://host/v1/traces: 401 Unauthorized; set PHOENIX_API_KEY (0 waiting, 121 lost)",
                "delivering spans again: http://host/v1/traces; 150 were lost, 0 are waiting",
            ]
        );
    }

    #[test]
    fn a_backend_that_comes_and_goes_does_not_fill_the_log() {
        let lines = log(|notices, counters, start| {
            for tenth in 0..600 {
                let now = start + Duration::from_millis(tenth * 100);
                notices.failed(Trouble::timeout(Duration::from_secs(1)));
                notices.speak(&counters.stats(), now);
                notices.succeeded(&counters.stats(), now);
            }
        });
        assert_eq!(lines.len(), 8, "{lines:#?}");
    }

    #[test]
    fn loss_without_trouble_is_told_with_its_end() {
        let lines = log(|notices, counters, start| {
            for second in 0..200 {
                counters.created();
                if second < 70 {
                    counters.dropped(Dropped::QueueFull, 1);
                } else {
                    counters.exported(1);
                }
                notices.succeeded(&counters.stats(), start);
                notices.speak(&counters.stats(), start + Duration::from_secs(second));
            }
        });
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines[0].starts_with("losing spans on the way to http://host/v1/traces: created 1, "), "{lines:#?}");
        assert_eq!(lines[3], "no more spans are being lost: http://host/v1/traces; 70 were lost, 0 are waiting");
    }
}
