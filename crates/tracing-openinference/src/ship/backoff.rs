use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(250);

/// So long after the beginning of an outage it is taken for a long one.
const LONG: Duration = Duration::from_secs(120);

/// The longest that one request waits that fails while others do not.
const LONGEST_ALONE: Duration = Duration::from_secs(300);

/// The longest a server may tell us to wait.
const LONGEST_ORDER: Duration = Duration::from_secs(600);

/// When the next attempt is due: doubling from a quarter of a second, with jitter.
///
/// Asking a port where nobody listens costs nobody anything, so the wait stays below two seconds in the first minutes:
/// a collector that restarts is found at once. One that answers "busy" is given more time.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    began: Option<Instant>,
    until: Option<Instant>,
    /// Whether `until` is what the server asked for.
    ordered: bool,
}

impl Backoff {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(super) fn fail(&mut self, now: Instant, unreachable: bool, order: Option<Duration>) {
        let began = *self.began.get_or_insert(now);
        let cap = match (unreachable, now - began < LONG) {
            (true, true) => Duration::from_millis(1_500),
            (true, false) => Duration::from_secs(15),
            (false, true) => Duration::from_secs(5),
            (false, false) => Duration::from_secs(30),
        };
        let wait = FIRST.saturating_mul(1 << self.failures.min(16)).min(cap);
        self.failures = self.failures.saturating_add(1);
        self.ordered = order.is_some_and(|order| order > wait);
        let wait = order.map_or(wait, |order| order.min(LONGEST_ORDER).max(wait));
        self.until = Some(now + if self.ordered { wait } else { jittered(wait) });
    }

    /// One request has failed alone, and the next is tried soon. Not at once: of several that fail so, nobody knows whether
    /// they are to blame, or a server that fails over everything again.
    pub(super) fn pause(&mut self, now: Instant) {
        self.until = Some(now + jittered(FIRST));
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Ends the wait, unless it is one the server asked for.
    pub(super) fn hurry(&mut self) {
        if !self.ordered {
            self.until = None;
        }
    }

    pub(super) fn is_ordered_beyond(&self, deadline: Instant) -> bool {
        self.ordered && self.until.is_some_and(|until| until > deadline)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// More than one attempt in a row has failed.
    pub(super) fn is_outage(&self) -> bool {
        self.failures > 1
    }
}

/// What one request has been through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// Attempts that may have failed because of it.
    pub(super) failures: u32,
    /// Those of them that are no fault of the server's: it took others just before.
    alone: u32,
    /// It is not tried before this, and others are.
    pub(super) until: Option<Instant>,
}

impl Past {
    pub(super) fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// So long the others had to wait for the attempt, or have to wait after it because the server says so.
    pub(super) fn failed_alone(&mut self, now: Instant, held_up: Duration) {
        let wait = FIRST.saturating_mul(2 << self.alone.min(16)).max(held_up.saturating_mul(8)).min(LONGEST_ALONE);
        self.alone = self.alone.saturating_add(1);
        self.until = Some(now + wait);
    }

    /// The server took others before and after.
    pub(super) fn has_failed_alone(&self) -> bool {
        self.alone > 0
    }

    pub(super) fn rests(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// Between three quarters and all of it, so that the clients of one server do not come back in step.
fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 256;
    wait * 3 / 4 + wait / 4 * u32::try_from(random).unwrap_or(0) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_cap() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        for expected in [250, 500, 1_000, 1_500, 1_500] {
            backoff.fail(now, true, None);
            let wait = backoff.until().unwrap() - now;
            let expected = Duration::from_millis(expected);
            assert!(wait <= expected && wait >= expected * 3 / 4, "{wait:?} for {expected:?}");
        }
        backoff.fail(now + LONG, true, None);
        assert!(backoff.until().unwrap() - (now + LONG) > Duration::from_secs(5));
        backoff.reset();
        assert!(backoff.is_due(now) && !backoff.has_failed());
    }

    #[test]
    fn what_fails_alone_waits_longer_each_time_and_longer_than_it_holds_up_others() {
        let (mut past, now) = (Past::default(), Instant::now());
        for (took, wait) in [(0, 500), (0, 1_000), (10_000, 80_000), (0, 4_000), (60_000, 300_000)] {
            past.failed_alone(now, Duration::from_millis(took));
            assert_eq!(past.until, Some(now + Duration::from_millis(wait)));
        }
        (0..100).for_each(|_| past.failed_alone(now, Duration::ZERO));
        assert_eq!(past.until, Some(now + LONGEST_ALONE));
        assert!(past.rests(now) && !past.rests(now + LONGEST_ALONE));
    }

    #[test]
    fn what_the_server_asks_for_is_kept_even_in_a_hurry() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        backoff.fail(now, false, Some(Duration::from_secs(20)));
        backoff.hurry();
        assert_eq!(backoff.until(), Some(now + Duration::from_secs(20)));
        assert!(backoff.is_ordered_beyond(now + Duration::from_secs(5)));
        backoff.fail(now, false, None);
        backoff.hurry();
        assert!(backoff.is_due(now));
    }
}
