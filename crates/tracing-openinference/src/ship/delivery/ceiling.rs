/// No request is made smaller than this because a larger one was refused for its size.
const LEAST: usize = 64 << 10;

/// After so many requests in a row that were accepted, a larger one is tried.
const PATIENCE: u32 = 16;

/// A limit that stands is tried no more often than this.
const LONGEST_PATIENCE: u32 = 1024;

/// How large the spans of a request may be together.
///
/// It comes down with a refusal for size, and comes up again: a refusal may be a mistake, or of a proxy that is gone, and
/// a low ceiling costs the content of spans that do not fit below it, and time.
#[derive(Debug)]
pub(in crate::ship) struct Ceiling {
    most: usize,
    now: usize,
    /// The largest request that was accepted since the latest refusal.
    proven: usize,
    accepted: u32,
    patience: u32,
}

impl Ceiling {
    pub(in crate::ship) fn new(most: usize) -> Self {
        Self { most, now: most, proven: 0, accepted: 0, patience: PATIENCE }
    }

    pub(super) fn bytes(&self) -> usize {
        self.now
    }

    /// A request of so many bytes was accepted.
    pub(super) fn accepted(&mut self, bytes: usize) {
        self.proven = self.proven.max(bytes);
        self.accepted = self.accepted.saturating_add(1);
        if self.accepted >= self.patience && self.now < self.most {
            self.accepted = 0;
            self.now = self.now.saturating_mul(2).min(self.most);
        }
    }

    /// A request of so many bytes was refused for its size.
    pub(super) fn refused(&mut self, bytes: usize) {
        self.accepted = 0;
        // One like it was accepted just now: a limit would have refused that. If there is a new one, the halves will tell.
        if bytes <= std::mem::take(&mut self.proven) {
            return;
        }
        self.patience = self.patience.saturating_mul(2).min(LONGEST_PATIENCE);
        self.now = self.now.min((bytes / 2).max(LEAST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 5 << 20;

    #[test]
    fn a_refusal_halves_it_and_what_is_accepted_brings_it_back() {
        let mut ceiling = Ceiling::new(MOST);
        ceiling.refused(400_000);
        assert_eq!(ceiling.bytes(), 200_000);
        ceiling.refused(1_000);
        assert_eq!(ceiling.bytes(), LEAST);
        let mut requests = 0;
        while ceiling.bytes() < MOST {
            ceiling.accepted(ceiling.bytes());
            requests += 1;
        }
        assert_eq!(requests, 7 * 4 * PATIENCE, "seven doublings after two refusals");
    }

    #[test]
    fn a_refusal_of_what_was_accepted_before_is_no_limit_unless_it_is_repeated() {
        let mut ceiling = Ceiling::new(MOST);
        ceiling.accepted(300_000);
        ceiling.refused(300_000);
        assert_eq!(ceiling.bytes(), MOST);
        ceiling.refused(150_000);
        assert_eq!(ceiling.bytes(), 75_000);
    }

    #[test]
    fn a_limit_that_stands_is_tried_ever_more_seldom() {
        const LIMIT: usize = 700_000;
        let (mut ceiling, mut refusals) = (Ceiling::new(MOST), 0);
        for _ in 0..10_000 {
            if ceiling.bytes() > LIMIT {
                refusals += 1;
                ceiling.refused(ceiling.bytes());
            } else {
                ceiling.accepted(ceiling.bytes());
            }
        }
        assert!((10..25).contains(&refusals), "{refusals}");
    }

    #[test]
    fn it_never_exceeds_what_was_set() {
        let mut ceiling = Ceiling::new(1_000);
        ceiling.refused(900);
        assert_eq!(ceiling.bytes(), 1_000);
        (0..10_000).for_each(|_| ceiling.accepted(900));
        assert_eq!(ceiling.bytes(), 1_000);
    }
}
