//! Whose turn it is, of several requests that wait.
//!
//! The oldest is first as long as all is well. After a failure nobody knows whether it was of the request or of the server,
//! so that the next attempt is made with the request that has failed least. If the server takes that one, and fails over the
//! first again, it is the request: it waits for itself from then on, and nobody waits for it.

use std::time::Instant;

use super::Progress;

impl Progress {
    /// Which request is to be tried next, once the server may be asked.
    pub(super) fn turn(&self, now: Instant) -> Option<usize> {
        let parcels = &self.parcels;
        if !self.backoff.has_failed() {
            return parcels.iter().position(|parcel| !parcel.past.rests(now));
        }
        match parcels.front()?.past.failures {
            0 => Some(0),
            _ => (0..parcels.len()).min_by_key(|at| parcels[*at].past.failures),
        }
    }

    /// When it is the turn of one of those that wait.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        let first = self.parcels.iter().map(|parcel| parcel.past.until).min()?;
        if self.backoff.has_failed() { self.backoff.until() } else { first.max(self.backoff.until()) }
    }

    /// There is nothing to be tried before this time.
    pub(super) fn rests_until(&self, time: Instant) -> bool {
        self.parcels.iter().all(|parcel| parcel.past.rests(time))
    }

    /// Nobody waits any longer, once, unless the server asked for it.
    pub(super) fn hurry(&mut self) {
        self.backoff.hurry();
        self.parcels.iter_mut().for_each(|parcel| parcel.past.until = None);
    }
}
