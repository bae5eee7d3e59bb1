//! One extension value per span that holds the records of several layers of ours: `ExtensionsMut::insert` panics on a
//! second insert of the same type, and two of our layers in one registry are a legitimate set-up (two backends).

use std::sync::Arc;

use tracing::{Dispatch, span::Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

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
    /// The span was created by what a `tracing-opentelemetry` layer runs while it starts its own: it and whatever is created
    /// below it are none of the application's, but theirs to export.
    Skipped,
    /// The span is being recorded.
    Open(Held),
    /// The span was exported as unfinished; its close must not export it again.
    Done,
}

impl Slots {
    /// Adds what one layer keeps. The layers of one registry give a span the same ids: a request that goes out of it can
    /// name only one. Two layers of one handle would export it twice: the second record comes back, to be dropped when no
    /// lock is held.
    pub(crate) fn insert(&mut self, owner: u64, record: Record) -> Option<Record> {
        if let Record::Open(held) = &record {
            for other in self.all_open() {
                if Arc::ptr_eq(&held.core.settings, &other.core.settings) {
                    return Some(record);
                }
                let ids = other.recording.with(|open| open.identity.clone());
                held.recording.with(|open| open.identity.join(&ids));
            }
        }
        let slot = Slot { owner, record };
        if self.first.is_none() {
            self.first = Some(slot);
        } else {
            self.rest.push(slot);
        }
        None
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
            Record::Suppressed | Record::Skipped | Record::Done => None,
        }
    }

    pub(crate) fn any_open(&self) -> bool {
        self.all_open().next().is_some()
    }

    /// Gives the open record of each of our layers to `f`.
    pub(crate) fn each_open(&self, f: &mut impl FnMut(&mut Open, &Arc<Core>)) {
        for held in self.all_open() {
            held.recording.with(|open| f(open, &held.core));
        }
    }

    fn all_open(&self) -> impl Iterator<Item = &Held> {
        self.first.iter().chain(&self.rest).filter_map(|slot| match &slot.record {
            Record::Open(held) => Some(held),
            Record::Suppressed | Record::Skipped | Record::Done => None,
        })
    }
}

/// Whether the layer `owner` keeps something for the span `id` of `dispatch`. No extension guard of it may be alive.
pub(super) fn recorded_by(owner: u64, id: &Id, dispatch: &Dispatch) -> bool {
    dispatch
        .downcast_ref::<Registry>()
        .and_then(|registry| registry.span(id))
        .is_some_and(|span| span.extensions().get::<Slots>().is_some_and(|slots| slots.get(owner).is_some()))
}
