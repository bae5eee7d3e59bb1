//! Which spans are open right now, so that shutdown can export them.
//!
//! Only ids are kept, in a few slabs behind locks that are almost never contended. An id may have been reused by the
//! time it is looked at; that is harmless, because a span with a record of ours in it *is* open.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tracing::{Dispatch, span::Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

use super::{
    open::Open,
    slots::{Record, Slots},
};

const SHARDS: usize = 16;

/// The ids of all open spans.
#[derive(Default)]
pub(crate) struct OpenSpans {
    shards: [Mutex<Slab>; SHARDS],
}

#[derive(Default)]
struct Slab {
    ids: Vec<u64>,
    free: Vec<u32>,
}

/// Where a span's id is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    shard: u32,
    slot: u32,
}

impl OpenSpans {
    pub(crate) fn insert(&self, id: &Id) -> Ticket {
        let shard = shard_of_this_thread();
        let mut slab = self.lock(shard);
        let slot = slab.free.pop().unwrap_or_else(|| {
            slab.ids.push(0);
            u32::try_from(slab.ids.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(entry) = slab.ids.get_mut(slot as usize) {
            *entry = id.into_u64();
        }
        Ticket { shard: shard as u32, slot }
    }

    pub(crate) fn remove(&self, ticket: Ticket) {
        let mut slab = self.lock(ticket.shard as usize);
        if let Some(entry) = slab.ids.get_mut(ticket.slot as usize) {
            *entry = 0;
            slab.free.push(ticket.slot);
        }
    }

    /// Takes the record of `owner` out of every open span and hands it on as unfinished, until the time is over: the later
    /// stages run for each of them right here.
    pub(crate) fn take(&self, dispatch: &Dispatch, owner: u64, deadline: Instant) {
        let Some(registry) = dispatch.downcast_ref::<Registry>() else { return };
        for shard in 0..SHARDS {
            let ids: Vec<u64> = self.lock(shard).ids.iter().copied().filter(|id| *id != 0).collect();
            for id in ids {
                if Instant::now() >= deadline {
                    return;
                }
                take_one(registry, &Id::from_u64(id), owner);
            }
        }
    }

    fn lock(&self, shard: usize) -> std::sync::MutexGuard<'_, Slab> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_one(registry: &Registry, id: &Id, owner: u64) {
    let record = registry.span(id).and_then(|span| {
        let mut extensions = span.extensions_mut();
        let record = extensions.get_mut::<Slots>()?.get_mut(owner)?;
        matches!(record, Record::Open(_)).then(|| std::mem::replace(record, Record::Done))
    });
    // Outside of every lock: dropping a record runs the later stages.
    if let Some(Record::Open(held)) = record {
        held.recording.with(Open::finish_unfinished);
    }
}

fn shard_of_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    SHARD.try_with(|shard| *shard).unwrap_or(0)
}
