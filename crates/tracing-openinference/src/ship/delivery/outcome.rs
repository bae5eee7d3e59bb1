//! What an attempt came to, and what that means for the spans.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::backoff::Past;
use super::super::encode::{Smaller, smaller};
use super::super::otlp::Trouble;
use super::super::report::Dropped;
use super::{Delivery, Parcel, Progress};

/// What became of a parcel, for good.
#[derive(Clone, Copy)]
enum Fate {
    Delivered { rejected: u64 },
    Lost(Dropped),
}

impl Delivery {
    pub(super) fn accepted(&mut self, rejected: u64) {
        self.progress.backoff.reset();
        self.progress.met = true;
        if let Some(parcel) = self.remove(self.progress.at) {
            self.ceiling.accepted(parcel.body.len());
            if let Some(spooling) = self.spool.as_mut().filter(|_| parcel.claim.is_none()) {
                spooling.remind(Instant::now());
            }
            self.settle(parcel, Fate::Delivered { rejected });
        }
        if rejected > 0 {
            self.counters.failed(format!("the backend refused {rejected} spans of a request it accepted"));
        }
        self.speak(|notices, stats| notices.succeeded(stats, Instant::now()));
    }

    pub(super) fn later(&mut self, after: Option<Duration>, trouble: Trouble, took: Duration) {
        let now = Instant::now();
        let Progress { parcels, backoff, at, .. } = &mut self.progress;
        let Some(parcel) = parcels.get_mut(*at) else { return };
        if !trouble.unseen {
            parcel.past.failed();
        }
        // It has failed before, and the server took another one since.
        let is_alone = parcel.past.failures > 1 && !backoff.has_failed() && !trouble.unseen;
        if is_alone {
            parcel.past.failed_alone(now, took.max(after.unwrap_or_default()));
        }
        if !is_alone || after.is_some() {
            backoff.fail(now, trouble.unreachable, after);
        } else {
            backoff.pause(now);
        }
        let has_claim = parcel.claim.is_some();
        if let (Some(claim), Some(spooling)) = (&parcel.claim, &mut self.spool) {
            spooling.pass_over(claim, parcel.past);
        }
        self.progress.met |= !trouble.unreachable;
        self.counters.failed(trouble.what.clone());
        // A single failure is no news.
        if self.progress.backoff.is_outage() {
            self.notices.failed(trouble);
        }
        if has_claim || self.progress.closing || self.is_out() {
            self.spill();
        }
    }

    pub(super) fn refused(&mut self, trouble: Trouble) {
        self.progress.backoff.reset();
        self.progress.met = true;
        self.counters.failed(trouble.what.clone());
        if let Some(parcel) = self.remove(self.progress.at) {
            // A key that is wrong today is no reason to throw away what was kept yesterday.
            if parcel.claim.is_some() && trouble.misdirected {
                self.put_back(parcel);
            } else {
                let rejected = parcel.spans;
                self.settle(parcel, Fate::Delivered { rejected });
            }
        }
        self.notices.failed(trouble);
    }

    /// Two halves, or one span with less content; and what comes after is made smaller from the start, for a while.
    pub(super) fn too_large(&mut self, trouble: Trouble) {
        self.progress.met = true;
        let at = self.progress.at;
        let Some(parcel) = self.progress.parcels.remove(at) else { return };
        // Its room is not free before it is known what its parts take: new spans would fill it at once.
        let before = parcel.body.len();
        let after = self.take_apart(parcel, at, trouble);
        self.queue.reserve(before, after);
    }

    /// Returns the bytes of what takes its place in the line.
    fn take_apart(&mut self, parcel: Parcel, at: usize, trouble: Trouble) -> usize {
        let Some(parcel) = self.make_smaller(parcel, &trouble) else { return 0 };
        self.ceiling.refused(parcel.body.len());
        let mut put = |body: Bytes, spans| {
            let bytes = body.len();
            let Parcel { first, since, .. } = parcel;
            let past = Past::default();
            self.progress.parcels.insert(at, Parcel { body, spans, first, since, attempts: 0, past, claim: None });
            bytes
        };
        match smaller(&parcel.body) {
            Smaller::Halves([(first, spans), (second, others)]) => put(second, others) + put(first, spans),
            Smaller::Reduced(body, was_whole) => {
                let bytes = put(body, parcel.spans);
                self.counters.reduced(was_whole);
                bytes
            }
            Smaller::Hopeless => {
                self.counters.failed(trouble.what.clone());
                self.notices.failed(trouble);
                self.settle(parcel, Fate::Lost(Dropped::TooLarge));
                0
            }
        }
    }

    fn remove(&mut self, at: usize) -> Option<Parcel> {
        let parcel = self.progress.parcels.remove(at)?;
        self.queue.reserve(parcel.body.len(), 0);
        Some(parcel)
    }

    pub(super) fn drop_parcel(&mut self, at: usize, reason: Dropped) {
        if let Some(parcel) = self.remove(at) {
            self.settle(parcel, Fate::Lost(reason));
        }
    }

    /// Counts the spans of a parcel. Those of another process are no part of this pipeline's accounts.
    fn settle(&mut self, mut parcel: Parcel, fate: Fate) {
        let spans = parcel.spans;
        match parcel.claim.take().map(|claim| self.discard(&claim)) {
            None => self.progress.counted += spans,
            Some(true) => self.counters.unspooled(spans),
            Some(false) => {
                let lost = if let Fate::Delivered { rejected } = fate { rejected.min(spans) } else { spans };
                self.counters.recovered(spans - lost);
                return self.counters.forfeited(lost);
            }
        }
        match fate {
            Fate::Delivered { rejected } => {
                let rejected = rejected.min(spans);
                self.counters.exported(spans - rejected);
                self.counters.rejected(rejected);
            }
            Fate::Lost(reason) => self.counters.dropped(reason, spans),
        }
    }

    /// Counts spans that never came to be in a parcel.
    pub(super) fn deliver(&mut self, spans: u64, rejected: u64) {
        self.counters.exported(spans - rejected);
        self.counters.rejected(rejected);
        self.progress.counted += spans;
    }

    pub(super) fn lose<T>(&mut self, reason: Dropped, spans: u64) -> Option<T> {
        self.counters.dropped(reason, spans);
        self.progress.counted += spans;
        None
    }
}
