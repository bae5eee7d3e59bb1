//! Whose turn it is, of several requests that wait.
//!
//! The oldest is first as long as all is well. After a failure nobody knows whether it was of the request or of the server,
//! so that the next attempt is made with the request that has failed least. If the server takes that one, and fails over the
//! first again, it is the request: it waits for itself from then on, comes after all others, and nobody waits for it.

use std::time::Instant;

use super::{Parcel, Progress};

impl Progress {
    /// Which request is to be tried next, once the server may be asked.
    pub(super) fn turn(&self, now: Instant) -> Option<usize> {
        let parcels = &self.parcels;
        if !self.backoff.has_failed() {
            let free = |parcel: &Parcel| !parcel.past.rests(now);
            let first = parcels.iter().position(|parcel| free(parcel) && !parcel.past.has_failed_alone());
            return first.or_else(|| parcels.iter().position(free));
        }
        match parcels.front()?.past.failures {
            0 => Some(0),
            _ => (0..parcels.len()).min_by_key(|at| parcels[*at].past.failures),
        }
    }

    /// Whether what is in the queue comes before the request whose turn it is.
    pub(super) fn lets_others_pass(&self, turn: Option<usize>) -> bool {
        turn.is_none_or(|at| self.parcels[at].past.has_failed_alone())
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::super::super::backoff::Past;
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn parcel(past: Past) -> Parcel {
        let since = Instant::now();
        Parcel { body: Bytes::new(), spans: 1, first: 1, since, attempts: 0, past, claim: None }
    }

    /// Attempts that take as long as an attempt may are enough to keep others from theirs.
    #[test]
    fn what_has_failed_alone_comes_after_all_others_however_many_there_are() {
        let now = Instant::now();
        let mut alone = Past::default();
        alone.failed_alone(now, Duration::from_secs(10));
        let mut progress = Progress::default();
        progress.parcels.extend((0..20).map(|_| parcel(alone)));
        assert_eq!(progress.turn(now), None);
        assert_eq!(progress.next_turn(), Some(now + Duration::from_secs(80)));
        assert_eq!(progress.turn(now + 2 * MINUTE), Some(0));
        progress.parcels.push_back(parcel(Past::default()));
        assert_eq!([now, now + 2 * MINUTE].map(|at| progress.turn(at)), [Some(20); 2]);
    }

    #[test]
    fn nothing_is_due_before_the_pause_is_over_and_what_rests_is_not_due_then() {
        let now = Instant::now();
        let mut alone = Past::default();
        alone.failed_alone(now, Duration::from_secs(10));
        let mut progress = Progress::default();
        progress.backoff.pause(now);
        assert_eq!(progress.next_turn(), None);
        progress.parcels.push_back(parcel(alone));
        assert_eq!(progress.next_turn(), alone.until, "or it would be asked for again and again meanwhile");
        progress.parcels.push_back(parcel(Past::default()));
        assert_eq!(progress.next_turn(), progress.backoff.until());
    }
}
