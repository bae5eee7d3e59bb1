use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use opentelemetry_sdk::trace::SpanData;

use super::backoff::{Backoff, Past};
use super::counters::Counters;
use super::encode::Encoder;
use super::exporter::{self, AnyExporter};
use super::notice::Notices;
use super::otlp::{Client, Outcome, Trouble};
use super::queue::{Entry, Queue, Ready, Wish};
use super::report::Dropped;
use super::runtime::{caught, either};
use super::spool::Claim;
use super::{Stages, reduce, size};

mod ceiling;
mod outcome;
mod spooling;
mod turn;

pub(super) use ceiling::Ceiling;
pub(super) use spooling::Spooling;

/// A request is kept no longer than this; its spans would be of little use to anybody.
const KEEP: Duration = Duration::from_secs(30 * 60);

/// Where spans end.
#[derive(Debug)]
pub(super) enum Sink {
    Otlp(Box<Encoder>, Box<Client>),
    Exporter(Box<dyn AnyExporter>),
}

/// An encoded request that has not been accepted yet.
#[derive(Debug)]
struct Parcel {
    body: Bytes,
    spans: u64,
    /// A number in the queue's row: no span before it is in this parcel.
    first: u64,
    since: Instant,
    attempts: u32,
    past: Past,
    /// It is on disk too, and its spans are counted as spooled, or are another process's.
    claim: Option<Claim>,
}

/// Takes batches from the queue and brings them to their destination: one at a time, in order unless one of them fails.
///
/// While an attempt has to wait, small spans are taken from the queue and encoded, which takes less memory.
pub(super) struct Delivery {
    pub(super) queue: Arc<Queue>,
    pub(super) counters: Arc<Counters>,
    /// Run here if they were not run when the span ended.
    pub(super) stages: Option<Stages>,
    pub(super) sink: Sink,
    /// How long one attempt may take.
    pub(super) limit: Duration,
    pub(super) ceiling: Ceiling,
    pub(super) notices: Notices,
    pub(super) spool: Option<Spooling>,
    pub(super) progress: Progress,
}

/// What the loop remembers from one round to the next.
#[derive(Default)]
pub(super) struct Progress {
    stash: VecDeque<Entry>,
    /// The oldest first.
    parcels: VecDeque<Parcel>,
    /// Which of them is being tried.
    at: usize,
    /// How many spans were taken from the queue, and how many of those were counted as this or that.
    taken: u64,
    counted: u64,
    /// Bytes reserved for the spans in hand, which are neither in the queue nor in a parcel.
    held: usize,
    backoff: Backoff,
    flush: u64,
    closing: bool,
    attempts_at_close: u32,
    /// Whether anybody ever answered.
    met: bool,
    /// The latest attempt was not with a request from disk, so that it is the time of one.
    alternates: bool,
}

impl Delivery {
    /// Runs until the queue is closed and empty, or until its deadline.
    pub(super) async fn run(&mut self) {
        loop {
            let now = Instant::now();
            let wish = self.queue.wish();
            self.heed(wish);
            let speech = self.speak(|notices, stats| notices.speak(stats, now));
            if wish.deadline.is_some_and(|deadline| now >= deadline || self.is_futile(deadline)) {
                break;
            }
            let due = self.progress.backoff.is_due(now);
            let ready = self.queue.ready(now);
            let turn = self.progress.turn(now);
            if due && turn.is_none() && self.has_time_for_spool() && self.recover() {
                self.attempt(0).await;
            } else if ready == Ready::Now && (self.progress.lets_others_pass(turn) || self.packs(due)) {
                self.collect().await;
            } else if let Some(at) = turn.filter(|_| due) {
                self.attempt(at).await;
            } else if due && turn.is_none() && self.recover() {
                self.attempt(0).await;
            } else if wish.deadline.is_some_and(|deadline| self.progress.rests_until(deadline)) {
                break;
            } else {
                self.rest(ready, [speech, wish.deadline]).await;
            }
        }
        self.give_up().await;
    }

    /// A flush or a shutdown ends the present wait, once; a wait the server asked for goes on.
    fn heed(&mut self, wish: Wish) {
        let progress = &mut self.progress;
        if wish.flush > progress.flush || (wish.deadline.is_some() && !progress.closing) {
            progress.flush = wish.flush;
            progress.closing = wish.deadline.is_some();
            progress.hurry();
        }
    }

    /// Whether to try on would only hold up the end of the program: the server wants to be left alone for longer, or
    /// nobody was ever there.
    fn is_futile(&self, deadline: Instant) -> bool {
        let progress = &self.progress;
        !progress.parcels.is_empty()
            && (progress.backoff.is_ordered_beyond(deadline) || (!progress.met && progress.attempts_at_close >= 2))
    }

    /// Whether to make requests while one has to wait: for small spans, or in want of memory.
    fn packs(&self, due: bool) -> bool {
        !due && (self.queue.packs_well() || self.queue.is_short())
    }

    /// After each request from memory one from disk has its turn, unless memory is short.
    fn has_time_for_spool(&self) -> bool {
        self.spool.is_some() && self.progress.alternates && !self.queue.is_short()
    }

    /// Sleeps until there is something to do; without spans, troubles and a deadline, for ever.
    async fn rest(&self, ready: Ready, others: [Option<Instant>; 2]) {
        let batch = if let Ready::At(time) = ready { Some(time) } else { None };
        let retry = self.progress.next_turn();
        // What is on disk waits for the next attempt too.
        let look = self.spool.as_ref().and_then(Spooling::next);
        let spool = look.map(|look| self.progress.backoff.until().map_or(look, |until| look.max(until)));
        match others.into_iter().chain([batch, retry, spool]).flatten().min() {
            Some(time) => either(self.queue.woken(), tokio::time::sleep_until(time.into())).await,
            None => self.queue.woken().await,
        }
    }

    /// Logging runs code of the application: its subscriber.
    fn speak<T: Default>(&mut self, say: impl FnOnce(&mut Notices, &super::Stats) -> T) -> T {
        let stats = self.counters.stats();
        catch_unwind(AssertUnwindSafe(|| say(&mut self.notices, &stats))).unwrap_or_default()
    }

    /// Takes one batch from the queue and makes requests of it.
    async fn collect(&mut self) {
        let entries = self.queue.take(&mut self.progress.stash, self.ceiling.bytes());
        let first = self.progress.taken + 1;
        self.progress.taken += entries.len() as u64;
        self.progress.held = entries.iter().map(|entry| entry.size).sum();
        let (mut group, mut weight) = (Vec::new(), 0);
        for entry in entries {
            let Some((span, size)) = self.prepare(entry) else { continue };
            if weight + size > self.ceiling.bytes() && !group.is_empty() {
                self.pack(std::mem::take(&mut group), first).await;
                weight = 0;
            }
            weight += size;
            group.push(span);
        }
        if !group.is_empty() {
            self.pack(group, first).await;
        }
        self.release();
        if self.is_out() {
            self.spill();
        }
        while self.progress.backoff.has_failed() && self.progress.parcels.len() > 1 && self.queue.is_short() {
            self.drop_parcel(0, Dropped::Evicted);
        }
        self.publish();
    }

    /// Runs the stages, if it is for this thread to run them, and cuts a span that no request could hold.
    fn prepare(&mut self, entry: Entry) -> Option<(SpanData, usize)> {
        let Entry { span, size, is_staged } = entry;
        let (span, size) = match self.stages.as_ref().filter(|_| !is_staged) {
            None => (span, size),
            Some(stages) => match super::run(stages, span) {
                Ok(span) => {
                    let size = size::bound(&span);
                    (span, size)
                }
                Err(reason) => return self.lose(reason, 1),
            },
        };
        if size <= self.ceiling.bytes() {
            return Some((span, size));
        }
        let mut span = span;
        self.counters.reduced(reduce::span(&mut span, self.ceiling.bytes()));
        let size = size::bound(&span);
        Some((span, size))
    }

    /// Makes one request, and moves the reservation of the spans to it. An exporter that is not ours has one attempt, right here.
    async fn pack(&mut self, spans: Vec<SpanData>, first: u64) {
        let count = spans.len() as u64;
        match &mut self.sink {
            Sink::Exporter(exporter) => {
                let exporting = caught(exporter.export(spans));
                match either(async { Some(exporting.await) }, expiry(&self.queue, self.limit)).await {
                    Some(Some(Ok(()))) => self.deliver(count, 0),
                    Some(Some(Err(error))) => {
                        self.counters.failed(exporter::failure("exporter", &error));
                        self.deliver(count, count);
                    }
                    Some(None) => _ = self.lose::<()>(Dropped::Panicked, count),
                    None => _ = self.lose::<()>(Dropped::Expired, count),
                }
            }
            Sink::Otlp(encoder, _) => match catch_unwind(AssertUnwindSafe(|| encoder.encode(spans))).ok().flatten() {
                Some(body) => {
                    let released = body.len().min(self.progress.held);
                    self.progress.held -= released;
                    self.queue.reserve(released, body.len());
                    let since = Instant::now();
                    self.progress.parcels.push_back(Parcel {
                        body,
                        spans: count,
                        first,
                        since,
                        attempts: 0,
                        past: Past::default(),
                        claim: None,
                    });
                }
                None => _ = self.lose::<()>(Dropped::Panicked, count),
            },
        }
    }

    /// One attempt with one of the requests.
    async fn attempt(&mut self, at: usize) {
        let Sink::Otlp(_, client) = &mut self.sink else { return };
        self.progress.at = at;
        let Some(parcel) = self.progress.parcels.get_mut(at) else { return };
        if parcel.since.elapsed() > KEEP {
            self.drop_parcel(at, Dropped::Expired);
            return self.publish();
        }
        parcel.attempts += 1;
        if parcel.attempts > 1 {
            self.counters.retried();
        }
        self.progress.attempts_at_close += u32::from(self.progress.closing);
        self.progress.alternates = parcel.claim.is_none();
        let sending = caught(client.send(parcel.body.clone()));
        let started = Instant::now();
        let outcome = either(async { Some(sending.await) }, expiry(&self.queue, self.limit)).await;
        match outcome {
            Some(Some(Outcome::Accepted { rejected })) => self.accepted(rejected),
            Some(Some(Outcome::Later { after, trouble })) => self.later(after, trouble, started.elapsed()),
            Some(Some(Outcome::TooLarge(trouble))) => self.too_large(trouble),
            Some(Some(Outcome::Refused(trouble))) => self.refused(trouble),
            Some(None) => self.drop_parcel(at, Dropped::Panicked),
            None => {
                client.reconnect();
                // A shutdown may have cut the attempt short.
                let took = started.elapsed();
                self.later(None, Trouble::timeout(took.min(self.limit)), took);
            }
        }
        self.publish();
    }

    /// The spans in hand are all packed or lost.
    fn release(&mut self) {
        self.queue.reserve(std::mem::take(&mut self.progress.held), 0);
    }

    /// Tells those who wait how far everything is settled.
    fn publish(&self) {
        let Progress { parcels, taken, .. } = &self.progress;
        let first = parcels.iter().find(|parcel| parcel.claim.is_none());
        self.queue.settle(first.map_or(*taken, |parcel| parcel.first - 1));
    }

    /// The end: what is left goes to disk, or is counted.
    async fn give_up(&mut self) {
        if self.spool.is_some() {
            self.spill();
            while self.queue.ready(Instant::now()) == Ready::Now {
                self.collect().await;
                self.spill();
            }
        }
        while !self.progress.parcels.is_empty() {
            self.drop_parcel(0, Dropped::Unsent);
        }
        loop {
            let left = self.queue.take(&mut self.progress.stash, self.ceiling.bytes());
            if left.is_empty() {
                break;
            }
            self.progress.taken += left.len() as u64;
            self.queue.reserve(left.iter().map(|entry| entry.size).sum(), 0);
            _ = self.lose::<()>(Dropped::Unsent, left.len() as u64);
        }
        if let Sink::Exporter(exporter) = &mut self.sink {
            let _ = catch_unwind(AssertUnwindSafe(|| exporter.shutdown(self.limit)));
        }
        self.speak(Notices::end);
        self.publish();
    }

    /// Counts the spans that were in hand when the loop panicked.
    pub(super) fn after_panic(&mut self) {
        let parcels = self.progress.parcels.iter().filter(|parcel| parcel.claim.is_none());
        let kept: u64 = parcels.map(|parcel| parcel.spans).sum();
        let gone = self.progress.taken.saturating_sub(self.progress.counted + kept);
        _ = self.lose::<()>(Dropped::Panicked, gone);
        self.release();
        self.publish();
    }
}

/// Ends with the time of one attempt, or with the time of a shutdown that comes meanwhile.
async fn expiry<T>(queue: &Queue, limit: Duration) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        let end = queue.wish().deadline.map_or(end, |deadline| deadline.min(end));
        if Instant::now() >= end {
            return None;
        }
        either(queue.woken(), tokio::time::sleep_until(end.into())).await;
    }
}
