//! One extension value per span that holds the records of several layers of ours: `ExtensionsMut::insert` panics on a
//! second insert of the same type, and two of our layers in one registry are a legitimate set-up (two backends).

use super::open::Open;

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
    /// The span is being recorded. Boxed, because extension values are moved around by the registry.
    Open(Box<Open>),
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

    pub(crate) fn open_mut(&mut self, owner: u64) -> Option<&mut Open> {
        match self.get_mut(owner)? {
            Record::Open(open) => Some(open),
            Record::Suppressed | Record::Done => None,
        }
    }

    /// The open records of all our layers.
    pub(crate) fn all_open_mut(&mut self) -> impl Iterator<Item = &mut Open> {
        self.first.iter_mut().chain(&mut self.rest).filter_map(|slot| match &mut slot.record {
            Record::Open(open) => Some(&mut **open),
            Record::Suppressed | Record::Done => None,
        })
    }
}
