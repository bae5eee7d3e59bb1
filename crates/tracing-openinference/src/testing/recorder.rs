//! The end of a pipeline that stays in memory.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use super::span_tree;

/// A span processor that keeps every span that reaches it. Clones share what they keep.
///
/// [`Traces`](super::Traces) has one at its end. By itself it is for a pipeline that is put together by hand, with an
/// [`OpenInferenceProcessor`](crate::OpenInferenceProcessor) or
/// [`Builder::span_processor`](crate::Builder::span_processor).
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    spans: Arc<Mutex<Vec<SpanData>>>,
}

impl Recorder {
    /// A recorder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The spans so far, in the order in which they ended.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.lock().clone()
    }

    /// The only span of this name.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[must_use]
    pub fn span(&self, name: &str) -> SpanData {
        let mut named: Vec<_> = self.lock().iter().filter(|span| span.name == name).cloned().collect();
        assert_eq!(named.len(), 1, "spans named {name:?} in\n{}", self.tree());
        named.remove(0)
    }

    /// The spans so far as text: see [`span_tree()`].
    #[must_use]
    pub fn tree(&self) -> String {
        span_tree(&self.spans())
    }

    /// Keeps a span that went another way.
    pub fn keep(&self, span: SpanData) {
        self.lock().push(span);
    }

    /// Forgets the spans so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SpanData>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanProcessor for Recorder {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.keep(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
