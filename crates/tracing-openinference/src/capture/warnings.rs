//! What the user should hear once there is a subscriber to say it to: while the pipeline is built there is none.

use std::{
    panic,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tracing::{Dispatch, dispatcher, subscriber::NoSubscriber};

use super::context;

/// Each said once, with the first span that ends where somebody listens.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    texts: Mutex<Vec<Text>>,
    said: AtomicBool,
    /// No span will ever end, so that it is said when the layer is taken into use.
    at_once: AtomicBool,
}

#[derive(Debug)]
enum Text {
    /// That the pipeline is in use, and how.
    Start(String),
    Warning(String),
}

impl Warnings {
    pub(crate) fn new(texts: Vec<String>) -> Self {
        let texts: Vec<_> = texts.into_iter().map(Text::Warning).collect();
        Self { said: AtomicBool::new(texts.is_empty()), texts: Mutex::new(texts), at_once: AtomicBool::new(false) }
    }

    /// Says `start` before the warnings, if there is something to say; with `at_once` when a subscriber takes the layer.
    pub(crate) fn starting_with(self, start: Option<String>, at_once: bool) -> Self {
        let Some(start) = start else { return self };
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).insert(0, Text::Start(start));
        Self { said: AtomicBool::new(false), at_once: AtomicBool::new(at_once), ..self }
    }

    /// Nothing is said when a subscriber takes the layer: somebody will call [`say`](Self::say).
    pub(crate) fn wait(&self) {
        self.at_once.store(false, Ordering::Relaxed);
    }

    /// To be called when a subscriber takes the layer. Inside that call nothing can be said, so a thread does it.
    pub(super) fn registered(&self, dispatch: &Dispatch) {
        if !self.at_once.load(Ordering::Relaxed) || self.said.load(Ordering::Relaxed) {
            return;
        }
        let (texts, listener) = (self.take(), dispatch.downgrade());
        let say = move || {
            if let Some(listener) = listener.upgrade() {
                dispatcher::with_default(&listener, || {
                    // The subscriber is only just being registered: until its level is known, macros say nothing.
                    tracing::callsite::rebuild_interest_cache();
                    emit(texts);
                });
            }
        };
        let _ = thread::Builder::new().name("openinference-start".into()).spawn(say);
    }

    /// Adds what was found out later.
    pub(crate) fn add(&self, texts: impl IntoIterator<Item = String>) {
        let mut all = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(texts.into_iter().map(Text::Warning));
        self.said.store(all.is_empty(), Ordering::Relaxed);
    }

    /// To the default subscriber of this thread, else to the layer's `own`. They are kept while there is neither.
    pub(crate) fn say(&self, own: impl FnOnce() -> Option<Dispatch>) {
        if self.said.load(Ordering::Relaxed) {
            return;
        }
        let default = dispatcher::get_default(|dispatch| hears(dispatch).then(|| dispatch.clone()));
        let Some(listener) = default.or_else(own) else { return };
        if context::is_usable() {
            // Another layer may panic, and this runs in destructors. Inside a callback there is no default to be had.
            let say = || dispatcher::get_default(hears).then(|| emit(self.take()));
            let _ = panic::catch_unwind(panic::AssertUnwindSafe(|| dispatcher::with_default(&listener, say)));
        } else {
            // The thread-locals of other layers may be gone here too.
            let texts = self.take();
            let _ = thread::Builder::new().spawn(move || dispatcher::with_default(&listener, || emit(texts)));
        }
    }

    fn take(&self) -> Vec<Text> {
        self.said.store(true, Ordering::Relaxed);
        std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn hears(dispatch: &Dispatch) -> bool {
    !dispatch.is::<NoSubscriber>()
}

fn emit(texts: Vec<Text>) {
    let _ours = context::suppress();
    for text in texts {
        // Of no span: another layer would put it on whichever happens to be current.
        match text {
            Text::Start(text) => tracing::info!(target: env!("CARGO_CRATE_NAME"), parent: None, "{text}"),
            Text::Warning(text) => tracing::warn!(target: env!("CARGO_CRATE_NAME"), parent: None, "{text}"),
        }
    }
}
