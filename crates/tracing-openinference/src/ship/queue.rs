use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;

use super::batch::Limits;
use super::report::Dropped;
use super::sync::{Condvar, Mutex, MutexGuard};
use super::{Stages, reduce, size};

#[cfg(all(test, shuttle))]
mod orders;

/// Spans are stored in blocks, so that growth never moves what is there and the export thread takes 64 at once.
const BLOCK: usize = 64;

/// Blocks that are kept for the next spans, half a megabyte at most.
const SPARE: usize = 16;

/// What a span is cut to that would use the last quarter of the byte budget, so that many more find room there; the
/// first of them is cut to what is left of the other three.
const SMALL: usize = 4 << 10;

/// From this size on, a span takes hardly more memory than its encoding.
const LARGE: usize = 8 << 10;

/// How much earlier than the caller of `close` the export thread ends, so that the caller hears what became of the rest.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(50);

/// Between the threads that end spans and the one that exports them: bounded by number and by bytes.
///
/// Spans are numbered in the order of their arrival; `taken` and `settled` are numbers of that row. Bytes stay
/// reserved until a span is settled, which is to say delivered or counted as lost.
#[derive(Debug)]
pub(super) struct Queue {
    limits: Limits,
    last_words: Duration,
    state: Mutex<State>,
    progress: Condvar,
    wake: Notify,
    process: u32,
    forked: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<Vec<Entry>>,
    /// Empty blocks that come back from the export thread: allocating one for every 64 spans, and freeing it on another
    /// thread, costs those who end spans more than filling it.
    spare: Vec<Vec<Entry>>,
    pushed: u64,
    taken: u64,
    settled: u64,
    queued_bytes: usize,
    bytes: usize,
    /// When the oldest span that was not taken arrived.
    since: Option<Instant>,
    /// Everything up to this number is wanted out now.
    flush: u64,
    /// Set once, by `close`: nothing is accepted any more, and the export thread ends at this time at the latest.
    deadline: Option<Instant>,
    ended: bool,
}

impl State {
    fn waiting(&self) -> u64 {
        self.pushed - self.taken
    }

    /// Sets when the export thread ends, unless that is set already.
    fn end_by(&mut self, until: Instant, last_words: Duration) -> Instant {
        let left = until.saturating_duration_since(Instant::now());
        *self.deadline.get_or_insert(until - last_words.min(left / 4))
    }
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) span: SpanData,
    pub(super) size: usize,
    /// Whether the stages have run already.
    pub(super) is_staged: bool,
}

/// When there is a batch to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    Now,
    At(Instant),
    Idle,
}

/// What callers want of the export thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) flush: u64,
    pub(super) deadline: Option<Instant>,
}

/// What became of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Settled,
    TimedOut,
    Forked,
}

impl Queue {
    /// `last_words` is how much earlier than whoever closes it the export thread has to end.
    pub(super) fn new(limits: Limits, last_words: Duration) -> Self {
        Self {
            limits,
            last_words,
            state: Mutex::default(),
            progress: Condvar::new(),
            wake: Notify::new(),
            process: std::process::id(),
            forked: AtomicBool::new(false),
        }
    }

    #[cfg(feature = "metrics")]
    pub(super) fn capacity(&self) -> usize {
        self.limits.queue_spans
    }

    /// Accepts a span, or says why not. Wakes the export thread only for the first span and for a full batch.
    ///
    /// It has still to go through `stages`, if there are any: before its content is cut, or on the export thread.
    pub(super) fn push(
        &self,
        span: SpanData,
        stages: Option<&Stages>,
        on_reduced: impl FnOnce(),
    ) -> Result<(), Dropped> {
        let mut entry = Entry { size: size::bound(&span), span, is_staged: stages.is_none() };
        let mut state = self.lock().ok_or(Dropped::Forked)?;
        if self.wants_less(&state, entry.size) {
            drop(state);
            entry = self.fit(entry, stages, on_reduced)?;
            state = self.lock().ok_or(Dropped::Forked)?;
        }
        let size = entry.size;
        if state.deadline.is_some() {
            return Err(Dropped::AfterShutdown);
        }
        if state.waiting() >= self.limits.queue_spans as u64 || state.bytes + size > self.limits.queue_bytes {
            return Err(Dropped::QueueFull);
        }
        let full_before = state.queued_bytes >= self.limits.batch_bytes;
        let short_before = self.is_shortage(state.bytes);
        state.pushed += 1;
        state.bytes += size;
        state.queued_bytes += size;
        match state.blocks.back_mut().filter(|block| block.len() < BLOCK) {
            Some(block) => block.push(entry),
            None => {
                let mut block = state.spare.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK));
                block.push(entry);
                state.blocks.push_back(block);
            }
        }
        let waiting = state.waiting();
        let full = waiting == self.limits.batch_spans as u64
            || (!full_before && state.queued_bytes >= self.limits.batch_bytes)
            || (!short_before && self.is_shortage(state.bytes));
        if waiting == 1 {
            state.since = Some(Instant::now());
        }
        drop(state);
        if waiting == 1 || full {
            self.wake();
        }
        Ok(())
    }

    /// Cuts the content of a span that there is no room for, if the stages leave so much of it.
    ///
    /// They come first because a JSON text that is cut says nothing to them. The lock is not held meanwhile, and other
    /// threads may take the room.
    fn fit(&self, entry: Entry, stages: Option<&Stages>, on_reduced: impl FnOnce()) -> Result<Entry, Dropped> {
        let Entry { mut span, mut size, .. } = entry;
        if let Some(stages) = stages {
            span = super::run(stages, span)?;
            size = size::bound(&span);
        }
        let state = self.lock().ok_or(Dropped::Forked)?;
        if self.wants_less(&state, size) {
            let target = self.room(&state).min(self.limits.batch_bytes).max(SMALL);
            drop(state);
            reduce::span(&mut span, target);
            on_reduced();
            size = size::bound(&span);
            let is_late = self.lock().is_some_and(|state| state.bytes + size > self.limits.queue_bytes);
            if is_late && size > SMALL {
                reduce::span(&mut span, SMALL);
                size = size::bound(&span);
            }
        }
        Ok(Entry { span, size, is_staged: true })
    }

    /// The bytes that whole spans may still use.
    fn room(&self, state: &State) -> usize {
        (self.limits.queue_bytes / 4 * 3).saturating_sub(state.bytes)
    }

    fn wants_less(&self, state: &State, size: usize) -> bool {
        size > SMALL && size > self.room(state) && state.deadline.is_none()
    }

    /// The next spans, as many as a batch may have and at most `bytes` of them, but one at least. What a block holds
    /// beyond that stays in `stash`.
    pub(super) fn take(&self, stash: &mut VecDeque<Entry>, bytes: usize) -> Vec<Entry> {
        let limit = self.limits.batch_spans;
        let mut blocks = Vec::new();
        if let Some(mut state) = self.lock() {
            let mut spans = stash.len();
            while spans < limit {
                let Some(block) = state.blocks.pop_front() else { break };
                spans += block.len();
                blocks.push(block);
            }
        }
        for block in &mut blocks {
            stash.extend(block.drain(..));
        }
        let mut room = bytes;
        let fitting = stash.iter().take(limit).take_while(|entry| {
            let fits = entry.size <= room;
            room = room.saturating_sub(entry.size);
            fits
        });
        let spans = fitting.count().max(1).min(stash.len());
        let batch: Vec<Entry> = stash.drain(..spans).collect();
        let bytes: usize = batch.iter().map(|entry| entry.size).sum();
        if let Some(mut state) = self.lock() {
            state.taken += batch.len() as u64;
            state.queued_bytes -= bytes;
            state.since = (state.waiting() > 0).then(Instant::now);
            let room = SPARE.saturating_sub(state.spare.len());
            state.spare.extend(blocks.drain(..room.min(blocks.len())));
        }
        batch
    }

    pub(super) fn ready(&self, now: Instant) -> Ready {
        let Some(state) = self.lock() else { return Ready::Idle };
        let waiting = state.waiting();
        if waiting == 0 {
            return Ready::Idle;
        }
        let full = waiting >= self.limits.batch_spans as u64 || state.queued_bytes >= self.limits.batch_bytes;
        let due = state.since.map_or(now, |since| since + self.limits.delay);
        if full || state.flush > state.taken || state.deadline.is_some() || due <= now {
            Ready::Now
        } else {
            Ready::At(due)
        }
    }

    pub(super) fn wish(&self) -> Wish {
        self.lock().map_or(Wish { flush: 0, deadline: Some(Instant::now()) }, |state| Wish {
            flush: state.flush,
            deadline: state.deadline,
        })
    }

    /// Whether so many bytes are reserved that old batches should give way.
    pub(super) fn is_short(&self) -> bool {
        self.lock().is_some_and(|state| self.is_shortage(state.bytes))
    }

    fn is_shortage(&self, bytes: usize) -> bool {
        bytes > self.limits.queue_bytes / 8 * 7
    }

    /// Whether the spans that wait would take less memory as requests. Large ones would not, and their memory is not soon
    /// given back: what one thread has allocated and another frees stays with the allocator.
    pub(super) fn packs_well(&self) -> bool {
        self.lock().is_some_and(|state| {
            state.queued_bytes < LARGE.saturating_mul(state.waiting().try_into().unwrap_or(usize::MAX))
        })
    }

    /// Bytes that are reserved.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.lock().map_or(0, |state| state.bytes)
    }

    /// Changes a reservation, when spans have become a request or a request has become two.
    pub(super) fn reserve(&self, before: usize, after: usize) {
        if let Some(mut state) = self.lock() {
            state.bytes = state.bytes.saturating_sub(before) + after;
        }
    }

    /// Everything up to this number is delivered or counted as lost.
    pub(super) fn settle(&self, number: u64) {
        if let Some(mut state) = self.lock() {
            if number > state.settled {
                state.settled = number;
                drop(state);
                self.progress.notify_all();
            }
        }
    }

    /// The export thread is gone; nobody needs to wait any longer.
    pub(super) fn end(&self) {
        if let Some(mut state) = self.lock() {
            state.ended = true;
            state.deadline.get_or_insert_with(Instant::now);
            drop(state);
            self.progress.notify_all();
        }
    }

    /// Waits until every span pushed so far is settled.
    pub(super) fn flush(&self, until: Instant) -> Wait {
        if self.is_forked() {
            return Wait::Forked;
        }
        let Some(mut state) = self.lock() else { return Wait::Forked };
        let number = state.pushed;
        state.flush = state.flush.max(number);
        self.wake.notify_one();
        self.wait(state, until, |state| state.settled >= number)
    }

    /// Accepts no more spans, and waits until the export thread has delivered what it can, or until the time is over.
    pub(super) fn close(&self, until: Instant) -> Wait {
        if self.is_forked() {
            return Wait::Forked;
        }
        let Some(mut state) = self.lock() else { return Wait::Forked };
        let deadline = state.end_by(until, self.last_words);
        self.wake.notify_one();
        self.wait(state, until.min(deadline + self.last_words), |_| false)
    }

    /// As [`close`](Self::close), without waiting.
    pub(super) fn begin_close(&self, until: Instant) {
        if let Some(mut state) = self.lock().filter(|_| !self.is_forked()) {
            state.end_by(until, self.last_words);
            self.wake.notify_one();
        }
    }

    fn wait(&self, mut state: MutexGuard<'_, State>, until: Instant, settled: impl Fn(&State) -> bool) -> Wait {
        loop {
            if state.ended || settled(&state) {
                return Wait::Settled;
            }
            let now = Instant::now();
            if now >= until {
                return Wait::TimedOut;
            }
            state = self.progress.wait_timeout(state, until - now).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Until somebody wants something, or a batch may be full.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    fn wake(&self) {
        if !self.is_forked() {
            self.wake.notify_one();
        }
    }

    /// A forked child has the queue but not the thread. Asking costs a system call, so it is asked where a child could
    /// wait: before waking, before waiting, and when the lock is held, perhaps by a thread that only the parent has.
    fn is_forked(&self) -> bool {
        if self.forked.load(Ordering::Relaxed) {
            return true;
        }
        let forked = std::process::id() != self.process;
        if forked {
            self.forked.store(true, Ordering::Relaxed);
        }
        forked
    }

    fn lock(&self) -> Option<MutexGuard<'_, State>> {
        if self.forked.load(Ordering::Relaxed) {
            return None;
        }
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.is_forked() => None,
            Err(TryLockError::WouldBlock) => Some(self.state.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ship::Batch;

    #[test]
    fn a_forked_child_never_waits() {
        let limits = Batch::default().limits(1 << 20).unwrap();
        let queue = Queue { process: 0, ..Queue::new(limits, LAST_WORDS) };
        let held = queue.state.lock().unwrap();
        let start = Instant::now();
        assert_eq!(queue.flush(start + Duration::from_secs(9)), Wait::Forked);
        assert_eq!(queue.close(start + Duration::from_secs(9)), Wait::Forked);
        assert!(queue.lock().is_none(), "the lock may be held by a thread that only the parent has");
        drop(held);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
