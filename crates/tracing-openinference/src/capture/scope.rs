//! Attributes that spans inherit: session, user, metadata, tags, prompt template, anything.

use std::{fmt, marker::PhantomData, sync::Arc};

use openinference_semconv::keys;
use opentelemetry::{Key, KeyValue, Value};

use self::entered::Ticket;
use crate::{
    attributes::last_write_wins,
    model::{AttributeValue, Flat, JsonText, PromptTemplate},
};

mod entered;
mod node;
mod scoped;

pub use self::scoped::Scoped;
pub(super) use self::{entered::inherited, node::Node};

/// Up to here a linear look-up by key beats hashing.
const LINEAR: usize = 64;

/// Attributes for every span that starts inside: a conversation's session, its user, tags.
///
/// A span takes them when it is created, from the scope that is entered on its thread and from its parent span, also
/// through spans that are filtered out and through `tokio::spawn(future.instrument(span))`. An attribute that the span sets
/// itself beats the scope; an inner scope beats an outer one, key by key. Nothing is merged inside a value: inner tags
/// replace outer tags, as they do in OpenInference's other libraries. Nothing leaves the process by itself (no baggage).
///
/// A span that is open already, such as that of the request in whose handler the scope is entered, is not inside: tell it
/// with [`set_session`](crate::OpenInferenceSpanExt::set_session) and the like.
///
/// ```
/// use tracing_openinference::Scope;
///
/// let _entered = Scope::new().session("conversation-42").user("u-7").enter();
/// tracing::info_span!("answer").in_scope(|| { /* carries session.id and user.id */ });
/// ```
///
/// In async code use [`with_scope`](crate::OpenInferenceFutureExt::with_scope): a guard held across an `.await` would stay
/// entered on a thread that has gone on to other tasks. It enters this scope inside those that are entered where the
/// future is made, for each poll and for the drop.
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

    /// What is entered here, to take along to another thread: `let scope = Scope::current();` before
    /// `spawn_blocking(move || scope.in_scope(…))`.
    pub fn current() -> Self {
        let mut attributes = Vec::new();
        if let Some(node) = entered::current() {
            node.fill(&mut attributes);
        }
        Self { attributes }
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
        let ticket = self.into_node().and_then(|node| entered::enter(&node));
        ScopeGuard { ticket, not_send: PhantomData }
    }

    /// Runs `f` inside the scope.
    pub fn in_scope<T>(self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    fn text(self, key: &'static str, text: String) -> Self {
        if text.is_empty() { self } else { self.attribute(key, text) }
    }

    /// `None` when there is nothing to inherit.
    fn into_node(mut self) -> Option<Arc<Node>> {
        if self.attributes.len() > LINEAR {
            last_write_wins(&mut self.attributes);
        }
        (!self.attributes.is_empty()).then(|| Node::new(self.attributes))
    }
}

/// Leaves a [`Scope`] when it is dropped. Guards that are dropped in another order than they were made leave their own scope
/// each, and nothing behind.
#[must_use = "dropping the guard leaves the scope"]
pub struct ScopeGuard {
    ticket: Option<Ticket>,
    // Scopes are entered on a thread.
    not_send: PhantomData<*const ()>,
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            entered::leave(ticket);
        }
    }
}

/// The last value of a key counts. Where there are many, that is seen to once, at the end.
fn put(attributes: &mut Vec<KeyValue>, key: Key, value: Value) {
    if attributes.len() <= LINEAR {
        attributes.retain(|attribute| attribute.key != key);
    }
    attributes.push(KeyValue::new(key, value));
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
