//! Streams to be traced.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

/// A stream of `chunks`, one after each `pause`; without a pause it still makes its task yield between two.
pub(crate) struct Source<T> {
    chunks: VecDeque<T>,
    pause: Duration,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

pub(crate) fn source<T>(chunks: impl IntoIterator<Item = T>, pause: Duration) -> Source<T> {
    Source { chunks: chunks.into_iter().collect(), pause, waiting: None }
}

/// A stream that never makes anybody wait.
pub(crate) fn ready<T>(chunks: impl IntoIterator<Item = T>) -> Source<T> {
    source(chunks, Duration::ZERO)
}

impl<T: Unpin> Stream for Source<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if self.chunks.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause;
        let waiting = self.waiting.get_or_insert_with(|| match pause {
            Duration::ZERO => Box::pin(tokio::task::yield_now()),
            pause => Box::pin(tokio::time::sleep(pause)),
        });
        std::task::ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(self.chunks.pop_front())
    }
}

pub(crate) async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

/// Reads a stream to its end.
pub(crate) async fn collect<S: Stream>(stream: S) -> Vec<S::Item> {
    let mut stream = pin!(stream);
    let mut items = Vec::new();
    while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        items.push(item);
    }
    items
}
