use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{Scope, entered, node::Node};

pin_project! {
    /// A future or stream that runs inside a [`Scope`]; made by
    /// [`with_scope`](crate::OpenInferenceFutureExt::with_scope).
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Scoped<T> {
        // Emptied by the drop, inside the scope: what a cancelled task cleans up with belongs to it too.
        #[pin]
        inner: Option<T>,
        scope: Placed,
    }

    impl<T> PinnedDrop for Scoped<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.scope.run(|| this.inner.set(None));
        }
    }
}

/// A scope with those that were entered where the future was made.
struct Placed {
    node: Option<Arc<Node>>,
    /// What that comes to where it is polled, so that polling does not allocate.
    inside: Option<Inside>,
}

struct Inside {
    around: Option<Arc<Node>>,
    node: Arc<Node>,
}

impl<T> Scoped<T> {
    pub(in crate::capture) fn new(inner: T, scope: Scope) -> Self {
        // What is current where the future is made belongs to it too, wherever it is spawned.
        let around = entered::current();
        let node = match scope.into_node() {
            Some(node) => Some(Node::combine(around.as_ref(), &node)),
            None => around,
        };
        Self { inner: Some(inner), scope: Placed { node, inside: None } }
    }
}

impl Placed {
    fn run<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let Some(node) = &self.node else { return f() };
        let around = entered::current();
        let inside = match &self.inside {
            Some(inside) if same(inside.around.as_ref(), around.as_ref()) => Arc::clone(&inside.node),
            _ => {
                let node = Node::combine(around.as_ref(), node);
                self.inside = Some(Inside { around, node: Arc::clone(&node) });
                node
            }
        };
        entered::inside(inside, f)
    }
}

fn same(one: Option<&Arc<Node>>, other: Option<&Arc<Node>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // Empty only while it is dropped, when nobody can poll it.
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Pending };
        this.scope.run(|| inner.poll(cx))
    }
}

impl<S: Stream> Stream for Scoped<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        this.scope.run(|| inner.poll_next(cx))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<T: fmt::Debug> fmt::Debug for Scoped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scoped").field(&self.inner).finish()
    }
}
