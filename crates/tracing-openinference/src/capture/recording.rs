//! The shared record of an open span: found fast, and handed on once.

use std::{
    cell::RefCell,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Core, open::Open};

/// An open span, as callbacks and setters see it.
#[derive(Clone)]
pub(crate) struct Recording(Arc<Shared>);

struct Shared {
    open: Mutex<Open>,
    closed: AtomicBool,
}

impl Recording {
    pub(super) fn new(open: Open) -> Self {
        Self(Arc::new(Shared { open: Mutex::new(open), closed: AtomicBool::new(false) }))
    }

    /// `f` must not run code of the application: a `Debug` impl may well record on the span that it is recorded on.
    pub(super) fn with<T>(&self, f: impl FnOnce(&mut Open) -> T) -> T {
        f(&mut self.0.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// For a record that nobody else has seen yet; code of the application may run.
    pub(super) fn while_new(&mut self, f: impl FnOnce(&mut Open)) {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            f(shared.open.get_mut().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }
}

/// What the registry holds. Its `Drop`, when the registry lets go of the span, hands the span on.
pub(crate) struct Held {
    pub(super) recording: Recording,
    pub(super) core: Arc<Core>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.recording.0.closed.store(true, Ordering::Release);
        let (ticket, hold, end) = self.recording.with(|open| {
            let end = open.end.take().filter(|_| open.identity.sampled());
            (open.ticket.take(), open.hold.take(), end)
        });
        if let Some(ticket) = ticket {
            self.core.open_spans.remove(ticket);
        }
        if let Some(end) = end {
            let (span, tells) = self.recording.with(|open| open.finish(end, &self.core));
            // A processor that panics loses the span, never the application's thread.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| self.core.settings.output.finished(span, tells)));
            self.core.say_warnings();
        } else {
            // A thread may remember the record for long.
            self.recording.with(Open::clear);
        }
        // Last, so that a child is handed on before its parent.
        drop(hold);
    }
}

/// A thread mostly works on a few spans at a time; those are found without the registry and its locks.
const REMEMBERED: usize = 8;

/// The layer, the span, its record.
type Recent = Option<(u64, u64, Recording)>;

thread_local! {
    static RECENT: RefCell<[Recent; REMEMBERED]> = const { RefCell::new([const { None }; REMEMBERED]) };
}

/// Gives `f` the record of a span if this thread has worked on it lately. An id may have been given to another span since;
/// the record of the old one is closed then.
///
/// `f` must not run code of the application.
pub(super) fn with_recent<T>(owner: u64, id: u64, f: impl FnOnce(&Recording) -> T) -> Option<T> {
    let found = RECENT.try_with(|recent| match &recent.try_borrow().ok()?[place(id)] {
        Some((by, of, recording)) if *by == owner && *of == id && !recording.is_closed() => Some(f(recording)),
        _ => None,
    });
    found.ok().flatten()
}

pub(super) fn remember(owner: u64, id: u64, recording: &Recording) {
    let before =
        RECENT.try_with(|recent| recent.try_borrow_mut().ok()?[place(id)].replace((owner, id, recording.clone())));
    // Dropped outside of the borrow; a record that is gone from the registry is empty.
    drop(before);
}

fn place(id: u64) -> usize {
    (id % REMEMBERED as u64) as usize
}
