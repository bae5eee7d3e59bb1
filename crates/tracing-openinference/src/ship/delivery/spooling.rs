//! What delivery does with a spool: requests go to disk while the backend is away, and come back when it is there.

use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::backoff::Past;
use super::super::encode::{Smaller, smaller};
use super::super::notice::Notices;
use super::super::otlp::Trouble;
use super::super::report::Dropped;
use super::super::spool::{Claim, Gone, Next, Store};
use super::{Delivery, Parcel};

/// After a failure of the disk, it is left alone for so long.
const PAUSE: Duration = Duration::from_secs(10);

/// After a backend refused what is in the spool for a reason that has nothing to do with it, such as a wrong key.
const LONG_PAUSE: Duration = Duration::from_secs(300);

/// While there is nothing in the spool, this is how often it is looked for what other processes may have left, if there is
/// something else to do.
const AGAIN: Duration = Duration::from_secs(60);

/// A claim outlasts the attempt it is for by this.
const MARGIN: Duration = Duration::from_secs(5);

/// The spool of one destination, and what is known of it.
#[derive(Debug)]
pub(in crate::ship) struct Spooling {
    store: Store,
    lease: Duration,
    /// When to look for a file to send; `None` when there was none.
    look: Option<Instant>,
    looked: Instant,
    /// The disk has failed, and is not written to before this.
    failed_until: Option<Instant>,
}

impl Spooling {
    /// `attempt` is the longest that sending one request takes.
    pub(in crate::ship) fn new(store: Store, attempt: Duration) -> Self {
        let now = Instant::now();
        Self { store, lease: attempt + MARGIN, look: Some(now), looked: now, failed_until: None }
    }

    /// When there may be something to send. Nobody needs to be woken for less.
    pub(super) fn next(&self) -> Option<Instant> {
        self.look
    }

    /// A request of an application was just accepted, so that it is worthwhile to look.
    pub(super) fn remind(&mut self, now: Instant) {
        if self.look.is_none() && now >= self.looked + AGAIN {
            self.look = Some(now);
        }
    }

    pub(super) fn pass_over(&mut self, claim: &Claim, past: Past) {
        self.store.pass_over(claim, past);
    }

    fn rest(&mut self, pause: Duration) {
        self.look = Some(Instant::now() + pause);
    }
}

impl Delivery {
    /// The backend is away for longer than a moment: what waits for it is safer on disk.
    ///
    /// Once the next attempt is due, it is made with what is at hand.
    pub(super) fn is_out(&self) -> bool {
        let backoff = &self.progress.backoff;
        backoff.is_outage() && !backoff.is_due(Instant::now())
    }

    /// Moves every request from memory to disk. What the disk does not take stays where it is.
    pub(super) fn spill(&mut self) {
        let now = Instant::now();
        let Some(spooling) = &self.spool else { return };
        let is_broken = spooling.failed_until.is_some_and(|until| now < until);
        let mut is_written = false;
        let mut left = std::mem::take(&mut self.progress.parcels);
        while let Some(mut parcel) = left.pop_front() {
            let Some(spooling) = &mut self.spool else { break };
            let moved = match parcel.claim.take() {
                // It is there already.
                Some(claim) => spooling.store.release(claim).map(|()| Gone::default()),
                None if is_broken => {
                    left.push_front(parcel);
                    break;
                }
                None => match spooling.store.keep(&parcel.body, parcel.spans) {
                    Ok(gone) => {
                        self.counters.spooled(parcel.spans);
                        self.progress.counted += parcel.spans;
                        is_written = true;
                        Ok(gone)
                    }
                    Err(error) => {
                        left.push_front(parcel);
                        self.hear(Err(error));
                        break;
                    }
                },
            };
            spooling.look.get_or_insert(now);
            self.queue.reserve(parcel.body.len(), 0);
            self.hear(moved);
        }
        if let Some(spooling) = self.spool.as_mut().filter(|_| is_written) {
            spooling.store.sync();
            // Whatever was waited for before.
            spooling.look = Some(now);
        }
        self.progress.parcels.append(&mut left);
        self.publish();
    }

    /// Takes a request from the disk, if there is one that nobody else is sending: the oldest, or after a failure the one
    /// that has failed least.
    pub(super) fn recover(&mut self) -> bool {
        let now = Instant::now();
        let has_failed = self.progress.backoff.has_failed();
        loop {
            let Some(spooling) = self.spool.as_mut().filter(|spooling| spooling.look.is_some_and(|look| look <= now))
            else {
                return false;
            };
            spooling.looked = now;
            match spooling.store.claim(spooling.lease, has_failed) {
                Ok(Next::Request(claim, body)) => {
                    self.queue.reserve(0, body.len());
                    self.progress.parcels.push_front(Parcel {
                        spans: claim.spans,
                        body,
                        first: 0,
                        since: now,
                        attempts: 0,
                        past: claim.past,
                        claim: Some(claim),
                    });
                    return true;
                }
                Ok(Next::Damaged(gone)) => {
                    self.counters.damaged();
                    self.vanished(gone, Dropped::SpoolDamaged);
                    self.tell("a file was damaged and is set aside");
                }
                // Their clock may be wrong, or ours.
                Ok(Next::Later(wait)) => spooling.rest(wait.min(AGAIN)),
                Ok(Next::Nothing) => {
                    spooling.look = None;
                    self.speak(Notices::emptied);
                }
                Err(error) => {
                    spooling.rest(PAUSE);
                    self.hear(Err(error));
                }
            }
        }
    }

    /// Puts back what was refused for a reason of the backend's, and leaves the spool alone for a while.
    pub(super) fn put_back(&mut self, parcel: Parcel) {
        let (Some(spooling), Some(claim)) = (&mut self.spool, parcel.claim) else { return };
        spooling.rest(LONG_PAUSE);
        let released = spooling.store.release(claim);
        self.hear(released.map(|()| Gone::default()));
    }

    /// Replaces a request on disk that was refused for its size. Returns what is left to be counted as lost.
    pub(super) fn make_smaller(&mut self, mut parcel: Parcel, trouble: &Trouble) -> Option<Parcel> {
        let Some((claim, spooling)) = parcel.claim.take().zip(self.spool.as_mut()) else { return Some(parcel) };
        let parts: Vec<(Bytes, u64)> = match smaller(&parcel.body) {
            Smaller::Halves(halves) => halves.into(),
            Smaller::Reduced(body, was_whole) => {
                self.counters.reduced(was_whole);
                vec![(body, parcel.spans)]
            }
            Smaller::Hopeless => {
                self.counters.failed(trouble.what.clone());
                return Some(Parcel { claim: Some(claim), ..parcel });
            }
        };
        match spooling.store.replace(&claim, &parts) {
            Ok(gone) => {
                spooling.look = Some(Instant::now());
                self.hear(Ok(gone));
            }
            Err(error) => {
                self.put_back(Parcel { claim: Some(claim), ..parcel });
                self.hear(Err(error));
            }
        }
        None
    }

    /// Removes the file of a request whose fate is known. Whether the spans in it are this pipeline's.
    pub(super) fn discard(&mut self, claim: &Claim) -> bool {
        if let Some(spooling) = &mut self.spool {
            let removed = spooling.store.remove(claim);
            self.hear(removed.map(|()| Gone::default()));
        }
        claim.own
    }

    /// What the disk says.
    fn hear(&mut self, said: io::Result<Gone>) {
        match said {
            Ok(gone) => self.vanished(gone, Dropped::SpoolFull),
            Err(error) => {
                self.counters.spool_failed();
                if let Some(spooling) = &mut self.spool {
                    spooling.failed_until = Some(Instant::now() + PAUSE);
                }
                self.tell(&format!("it cannot be used ({error}), so spans are kept in memory"));
            }
        }
    }

    /// Spans that were on disk and are not any more.
    fn vanished(&mut self, gone: Gone, reason: Dropped) {
        self.counters.unspooled(gone.own);
        self.counters.dropped(reason, gone.own);
        self.counters.forfeited(gone.others);
    }

    fn tell(&mut self, what: &str) {
        let Some(spooling) = &self.spool else { return };
        let directory = spooling.store.directory().display().to_string();
        self.speak(|notices, _| notices.spool(&directory, what));
    }
}
