//! The shared record of an open span: found fast, and handed on once.

use std::{
    cell::RefCell,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::Value;

use super::{
    Core,
    open::Open,
    visit::{Exception, Place, Special},
};

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

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }
}

/// Locked for each field anew, because between two of them code of the application runs.
impl Place for &Recording {
    fn attribute(&mut self, key: &'static str, value: Value) {
        self.with_sampled(|mut open| Place::attribute(&mut open, key, value));
    }

    fn special(&mut self, special: Special) {
        self.with_sampled(|mut open| Place::special(&mut open, special));
    }

    fn error(&mut self, exception: Exception) {
        self.with_sampled(|mut open| Place::error(&mut open, exception));
    }
}

impl Recording {
    /// A span that is not sampled takes nothing.
    fn with_sampled(&self, f: impl FnOnce(&mut Open)) {
        self.with(|open| {
            if open.identity.sampled() {
                open.touch();
                f(open);
            }
        });
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
        let (span, ticket, hold) = self.recording.with(|open| {
            let span = open.end.take().filter(|_| open.identity.sampled()).map(|end| open.finish(end, &self.core));
            (span, open.ticket.take(), open.hold.take())
        });
        if let Some(ticket) = ticket {
            self.core.open_spans.remove(ticket);
        }
        if let Some(span) = span {
            self.core.settings.warnings.say();
            // A processor that panics loses the span, never the application's thread.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| self.core.settings.processor.on_end(span)));
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

/// The record of a span that this thread has worked on lately. An id may have been given to another span since; the record of
/// the old one is closed then.
pub(super) fn recent(owner: u64, id: u64) -> Option<Recording> {
    let found = RECENT.try_with(|recent| match &recent.try_borrow().ok()?[place(id)] {
        Some((by, of, recording)) if *by == owner && *of == id && !recording.is_closed() => Some(recording.clone()),
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
