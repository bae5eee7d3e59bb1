use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

/// How often each rule redacted something, under the rule's name. Policies come and go, the numbers stay.
#[derive(Debug, Default)]
pub(crate) struct Tally(ArcSwap<Vec<(Cow<'static, str>, Counter)>>);

#[derive(Clone, Debug, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(super) fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }
}

impl Tally {
    /// The counter of this name. Asked when a policy is made, not when it is used.
    pub(super) fn counter(&self, name: Cow<'static, str>) -> Counter {
        let new = Counter::default();
        self.0.rcu(|known| {
            let mut known = Vec::clone(known);
            if !known.iter().any(|(other, _)| *other == name) {
                known.push((name.clone(), new.clone()));
            }
            known
        });
        let known = self.0.load();
        known.iter().find(|(other, _)| *other == name).map_or(new, |(_, counter)| counter.clone())
    }

    /// The rules that redacted something, in the order in which they were first known.
    pub(crate) fn counts(&self) -> Vec<(Cow<'static, str>, u64)> {
        let count = |(name, counter): &(Cow<'static, str>, Counter)| (name.clone(), counter.0.load(Ordering::Relaxed));
        self.0.load().iter().map(count).filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_has_one_number() {
        let tally = Tally::default();
        tally.counter("a".into()).add(1);
        tally.counter("never".into());
        tally.counter("b".into()).add(5);
        tally.counter("a".into()).add(1);
        assert_eq!(tally.counts(), [("a".into(), 2), ("b".into(), 5)]);
    }
}
