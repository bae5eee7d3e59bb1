//! One extension value per span that holds the records of several layers of ours: `ExtensionsMut::insert` panics on a
//! second insert of the same type, and two of our layers in one registry are a legitimate set-up (two backends).

use super::{
    Core,
    open::Open,
    recording::{Held, Recording},
};

/// What each of our layers knows about a span.
#[derive(Default)]
pub(crate) struct Slots {
    first: Option<Slot>,
    // Empty, and so without an allocation, in the usual case of one layer.
    rest: Vec<Slot>,
}

struct Slot {
    owner: u64,
    record: Record,
}

/// What one layer keeps for a span.
pub(crate) enum Record {
    /// The span was created inside a suppressed scope: it and whatever is created below it stay silent.
    Suppressed,
    /// The span is being recorded.
    Open(Held),
    /// The span was exported as unfinished; its close must not export it again.
    Done,
}

impl Slots {
    pub(crate) fn insert(&mut self, owner: u64, record: Record) {
        let slot = Slot { owner, record };
        if self.first.is_none() {
            self.first = Some(slot);
        } else {
            self.rest.push(slot);
        }
    }

    pub(crate) fn get(&self, owner: u64) -> Option<&Record> {
        self.first.iter().chain(&self.rest).find(|slot| slot.owner == owner).map(|slot| &slot.record)
    }

    pub(crate) fn get_mut(&mut self, owner: u64) -> Option<&mut Record> {
        self.first.iter_mut().chain(&mut self.rest).find(|slot| slot.owner == owner).map(|slot| &mut slot.record)
    }

    pub(crate) fn recording(&self, owner: u64) -> Option<&Recording> {
        match self.get(owner)? {
            Record::Open(held) => Some(&held.recording),
            Record::Suppressed | Record::Done => None,
        }
    }

    /// Gives the open record of each of our layers to `f`.
    pub(crate) fn each_open(&self, f: &mut impl FnMut(&mut Open, &Core)) {
        for slot in self.first.iter().chain(&self.rest) {
            if let Record::Open(held) = &slot.record {
                held.recording.with(|open| f(open, &held.core));
            }
        }
    }
}
