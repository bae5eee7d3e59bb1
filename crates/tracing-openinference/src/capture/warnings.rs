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
    texts: Mutex<Vec<String>>,
    said: AtomicBool,
}

impl Warnings {
    pub(crate) fn new(texts: Vec<String>) -> Self {
        Self { said: AtomicBool::new(texts.is_empty()), texts: Mutex::new(texts) }
    }

    /// Adds one that was found out later.
    #[cfg(feature = "tracing-opentelemetry")]
    pub(super) fn add(&self, text: String) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        self.said.store(false, Ordering::Relaxed);
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

    fn take(&self) -> Vec<String> {
        self.said.store(true, Ordering::Relaxed);
        std::mem::take(&mut *self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn hears(dispatch: &Dispatch) -> bool {
    !dispatch.is::<NoSubscriber>()
}

fn emit(texts: Vec<String>) {
    let _ours = context::suppress();
    for text in texts {
        // Of no span: another layer would put it on whichever happens to be current.
        tracing::warn!(target: env!("CARGO_CRATE_NAME"), parent: None, "{text}");
    }
}
