//! Nothing that starts inside is traced.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use opentelemetry::ContextGuard;
use pin_project_lite::pin_project;

use super::context;

/// Silences tracing on this thread until the guard is dropped.
///
/// No span that is created inside is recorded, nor anything below such a span later, wherever it runs: the whole subtree is
/// silent and leaves no orphans. A span that was open before goes on recording its own fields. Plain OpenTelemetry tracers
/// are silenced too: the scope is OpenTelemetry's own suppression.
///
/// In async code use [`suppress_tracing`](crate::OpenInferenceFutureExt::suppress_tracing) on the future.
///
/// ```
/// let _silent = tracing_openinference::suppress_tracing();
/// tracing::info_span!("warm_up").in_scope(|| { /* not exported */ });
/// ```
pub fn suppress_tracing() -> SuppressGuard {
    SuppressGuard(context::suppress())
}

/// Ends what [`suppress_tracing`] began when it is dropped.
#[must_use = "dropping the guard ends the suppression"]
pub struct SuppressGuard(#[expect(dead_code, reason = "held for its drop")] Option<ContextGuard>);

pin_project! {
    /// A future or stream that is not traced; made by
    /// [`suppress_tracing`](crate::OpenInferenceFutureExt::suppress_tracing).
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Suppressed<T> {
        // Emptied by the drop: what a cancelled task cleans up with is silent too.
        #[pin]
        inner: Option<T>,
    }

    impl<T> PinnedDrop for Suppressed<T> {
        fn drop(this: Pin<&mut Self>) {
            let _silent = suppress_tracing();
            this.project().inner.set(None);
        }
    }
}

impl<T> Suppressed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner: Some(inner) }
    }
}

impl<F: Future> Future for Suppressed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Empty only while it is dropped, when nobody can poll it.
        let Some(inner) = self.project().inner.as_pin_mut() else { return Poll::Pending };
        let _silent = suppress_tracing();
        inner.poll(cx)
    }
}

impl<S: Stream> Stream for Suppressed<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(inner) = self.project().inner.as_pin_mut() else { return Poll::Ready(None) };
        let _silent = suppress_tracing();
        inner.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl fmt::Debug for SuppressGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuppressGuard")
    }
}

impl<T: fmt::Debug> fmt::Debug for Suppressed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Suppressed").field(&self.inner).finish()
    }
}
