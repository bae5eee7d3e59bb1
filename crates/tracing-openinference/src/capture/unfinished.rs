//! Which spans are open right now, so that shutdown can export them.
//!
//! Only ids are kept, in a few slabs behind locks that are almost never contended. An id may have been reused by the
//! time it is looked at; that is harmless, because a span with a record of ours in it *is* open.
//!
//! A forked child exports none of them: those that were open when it began are its parent's.

use std::{
    sync::{
        MutexGuard,
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
use crate::ship::ForkLock;

const SHARDS: usize = 16;

/// The ids of all open spans.
#[derive(Default)]
pub(crate) struct OpenSpans {
    shards: [ForkLock<Slab>; SHARDS],
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

impl Ticket {
    /// Of a span that is kept nowhere.
    const NONE: Self = Self { shard: 0, slot: u32::MAX };
}

impl OpenSpans {
    pub(crate) fn insert(&self, id: &Id) -> Ticket {
        let shard = shard_of_this_thread();
        let Some(mut slab) = self.lock(shard) else { return Ticket::NONE };
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
        let Some(mut slab) = self.lock(ticket.shard as usize) else { return };
        if let Some(entry) = slab.ids.get_mut(ticket.slot as usize) {
            *entry = 0;
            slab.free.push(ticket.slot);
        }
    }

    /// Takes the record of `owner` out of every open span and hands it on as unfinished, until the time is over: the later
    /// stages run for each of them right here.
    pub(crate) fn take(&self, dispatch: &Dispatch, owner: u64, deadline: Instant) {
        if self.shards[0].is_forked() {
            return;
        }
        let Some(registry) = dispatch.downcast_ref::<Registry>() else { return };
        for shard in 0..SHARDS {
            let Some(slab) = self.lock(shard) else { return };
            let ids: Vec<u64> = slab.ids.iter().copied().filter(|id| *id != 0).collect();
            drop(slab);
            for id in ids {
                if Instant::now() >= deadline {
                    return;
                }
                take_one(registry, &Id::from_u64(id), owner);
            }
        }
    }

    fn lock(&self, shard: usize) -> Option<MutexGuard<'_, Slab>> {
        self.shards[shard].lock()
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, mpsc},
        thread,
        time::Duration,
    };

    use super::*;

    #[test]
    fn a_forked_child_opens_and_closes_spans_without_waiting() {
        let spans = Arc::new(OpenSpans { shards: OpenSpans::default().shards.map(ForkLock::in_child) });
        let early = spans.insert(&Id::from_u64(1));
        let held: Vec<_> = (0..SHARDS).map(|shard| spans.lock(shard)).collect();
        let (sender, receiver) = mpsc::channel();
        let child = Arc::clone(&spans);
        thread::spawn(move || {
            let late = child.insert(&Id::from_u64(2));
            child.remove(early);
            child.remove(late);
            sender.send(late)
        });
        let late = receiver.recv_timeout(Duration::from_secs(9)).expect("nobody waits");
        drop(held);
        spans.remove(late);
        spans.remove(spans.insert(&Id::from_u64(3)));
    }
}
