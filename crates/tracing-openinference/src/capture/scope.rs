//! Attributes that spans inherit: session, user, metadata, tags, prompt template, anything.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use openinference_semconv::keys;
use opentelemetry::{Key, KeyValue, Value};
use pin_project_lite::pin_project;

use crate::model::{AttributeValue, Flat, JsonText, PromptTemplate};

/// Attributes for every span that starts inside: a conversation's session, its user, tags.
///
/// A span takes them when it is created, from the scope that is entered on its thread and from its parent span, also
/// through spans that are filtered out and through `tokio::spawn(future.instrument(span))`. An attribute that the span sets
/// itself beats the scope; an inner scope beats an outer one, key by key. Nothing is merged inside a value: inner tags
/// replace outer tags, as they do in OpenInference's other libraries. Nothing leaves the process by itself (no baggage).
///
/// ```
/// use tracing_openinference::Scope;
///
/// let _entered = Scope::new().session("conversation-42").user("u-7").enter();
/// tracing::info_span!("answer").in_scope(|| { /* carries session.id and user.id */ });
/// ```
///
/// In async code use [`with_scope`](crate::OpenInferenceFutureExt::with_scope): a guard held across an `.await` would stay
/// entered on a thread that has gone on to other tasks.
#[derive(Clone, Default, PartialEq)]
#[must_use = "a scope does nothing until it is entered"]
pub struct Scope {
    attributes: Vec<KeyValue>,
}

impl Scope {
    /// A scope without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `session.id`: Phoenix groups the traces of one conversation by it. An empty id is ignored.
    pub fn session(self, id: impl Into<String>) -> Self {
        self.text(keys::SESSION_ID, id.into())
    }

    /// Sets `user.id`. An empty id is ignored.
    pub fn user(self, id: impl Into<String>) -> Self {
        self.text(keys::USER_ID, id.into())
    }

    /// Sets `metadata` to the JSON of a map or struct. An empty one is ignored.
    pub fn metadata(self, metadata: impl Into<JsonText>) -> Self {
        let json = metadata.into().into_string();
        if matches!(json.as_str(), "" | "{}" | "null") { self } else { self.attribute(keys::METADATA, json) }
    }

    /// Sets `tag.tags`. An empty list is ignored.
    pub fn tags<T: Into<String>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        let tags: Vec<String> = tags.into_iter().map(Into::into).collect();
        if tags.is_empty() { self } else { self.attribute(keys::TAG_TAGS, tags) }
    }

    /// Sets the prompt template that the LLM spans inside were rendered from.
    pub fn prompt_template(mut self, template: PromptTemplate) -> Self {
        for attribute in template.into_attributes() {
            put(&mut self.attributes, attribute.key, attribute.value);
        }
        self
    }

    /// Sets any attribute.
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Into<AttributeValue>) -> Self {
        put(&mut self.attributes, key.into(), value.into().into());
        self
    }

    /// Enters the scope on this thread until the guard is dropped.
    pub fn enter(self) -> ScopeGuard {
        let node = self.into_node();
        let entered = CURRENT.with_borrow(|current| combine(current.as_ref(), &node));
        ScopeGuard { before: CURRENT.replace(Some(entered)), not_send: PhantomData }
    }

    /// Runs `f` inside the scope.
    pub fn in_scope<T>(self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    fn text(self, key: &'static str, text: String) -> Self {
        if text.is_empty() { self } else { self.attribute(key, text) }
    }

    fn into_node(self) -> Arc<Node> {
        Arc::new(Node { attributes: self.attributes, outer: None })
    }
}

/// Leaves a [`Scope`] when it is dropped. Guards are to be dropped in the reverse order of their making, on their own thread.
#[must_use = "dropping the guard leaves the scope"]
pub struct ScopeGuard {
    before: Option<Arc<Node>>,
    not_send: PhantomData<*const ()>,
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = CURRENT.try_with(|current| current.replace(before));
    }
}

/// The attributes of a scope and of those around it, inner first.
#[derive(Debug)]
pub(super) struct Node {
    attributes: Vec<KeyValue>,
    outer: Option<Arc<Node>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Node>>> = const { RefCell::new(None) };
}

impl Node {
    fn chain(&self) -> impl Iterator<Item = &Node> {
        std::iter::successors(Some(self), |node| node.outer.as_deref())
    }

    /// Adds what the span did not set itself.
    pub(super) fn fill(&self, attributes: &mut Vec<KeyValue>) {
        for attribute in self.chain().flat_map(|node| &node.attributes) {
            if !attributes.iter().any(|other| other.key == attribute.key) {
                attributes.push(attribute.clone());
            }
        }
    }
}

/// What a new span inherits.
pub(super) fn inherited(parent: Option<&Arc<Node>>) -> Option<Arc<Node>> {
    CURRENT
        .try_with(|current| match (parent, &*current.borrow()) {
            (None, None) => None,
            (Some(parent), None) => Some(Arc::clone(parent)),
            (outer, Some(inner)) => Some(combine(outer, inner)),
        })
        .ok()
        .flatten()
}

/// `inner` over `outer`; without an allocation when the one already contains the other.
fn combine(outer: Option<&Arc<Node>>, inner: &Arc<Node>) -> Arc<Node> {
    let Some(outer) = outer else { return Arc::clone(inner) };
    if inner.chain().any(|node| std::ptr::eq(node, &**outer)) {
        return Arc::clone(inner);
    }
    let mut attributes = Vec::new();
    inner.fill(&mut attributes);
    Arc::new(Node { attributes, outer: Some(Arc::clone(outer)) })
}

fn put(attributes: &mut Vec<KeyValue>, key: Key, value: Value) {
    attributes.retain(|attribute| attribute.key != key);
    attributes.push(KeyValue::new(key, value));
}

pin_project! {
    /// A future or stream that runs inside a [`Scope`]; made by
    /// [`with_scope`](crate::OpenInferenceFutureExt::with_scope).
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Scoped<T> {
        #[pin]
        inner: T,
        node: Arc<Node>,
        // What the scope came to inside the scope it was last polled in, so that polling does not allocate.
        entered: Option<Entered>,
    }
}

struct Entered {
    around: Option<Arc<Node>>,
    node: Arc<Node>,
}

impl<T> Scoped<T> {
    pub(super) fn new(inner: T, scope: Scope) -> Self {
        // What is current where the future is made belongs to it too, wherever it is spawned.
        let node = scope.into_node();
        let node = CURRENT.with_borrow(|current| combine(current.as_ref(), &node));
        Self { inner, node, entered: None }
    }
}

fn poll_inside<T>(node: &Arc<Node>, entered: &mut Option<Entered>, poll: impl FnOnce() -> T) -> T {
    let around = CURRENT.with_borrow(Clone::clone);
    let same = entered.as_ref().is_some_and(|entered| match (&entered.around, &around) {
        (None, None) => true,
        (Some(before), Some(now)) => Arc::ptr_eq(before, now),
        _ => false,
    });
    if !same {
        *entered = Some(Entered { node: combine(around.as_ref(), node), around: around.clone() });
    }
    let inside = entered.as_ref().map(|entered| Arc::clone(&entered.node));
    let _guard = ScopeGuard { before: CURRENT.replace(inside), not_send: PhantomData };
    poll()
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll_inside(this.node, this.entered, || this.inner.poll(cx))
    }
}

impl<S: Stream> Stream for Scoped<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        poll_inside(this.node, this.entered, || this.inner.poll_next(cx))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// Shows the keys only: values may be what the policy hides.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.attributes.iter().map(|attribute| attribute.key.as_str())).finish()
    }
}

impl fmt::Debug for ScopeGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopeGuard")
    }
}

impl<T: fmt::Debug> fmt::Debug for Scoped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scoped").field(&self.inner).finish()
    }
}
