//! A span that is being recorded.

use std::{borrow::Cow, panic::AssertUnwindSafe, sync::Arc, time::SystemTime};

use openinference_semconv::keys;
use opentelemetry::{
    Key, KeyValue, Value,
    trace::{Event, Link, SpanContext, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::attributes::last_write_wins;

use super::{
    Core, RemoteParent, edit::Edit, end::Hold, event, identity::Identity, scope, unfinished::Ticket, visit::Draft,
};

/// Up to here a linear look-up by key beats hashing; beyond, keys are collapsed once, at the end.
const LINEAR: usize = 64;
/// A span that stays open for days must not grow by its log lines; the limit is the SDK's own default.
const MOST_EVENTS: usize = 128;
/// Marks a span that was exported at shutdown while it was still open.
const UNFINISHED: &str = "tracing_openinference.unfinished";

/// Everything known of a span so far. Its `Drop` hands the finished span on.
pub(crate) struct Open {
    pub(super) core: Arc<Core>,
    pub(super) identity: Identity,
    pub(super) start: SystemTime,
    pub(super) last_activity: SystemTime,
    /// Set by the close; a record that is dropped without one belongs to a subscriber that went away.
    pub(super) end: Option<SystemTime>,
    pub(super) entered: bool,
    /// Whether the layer of `tracing-opentelemetry` has been asked for the ids.
    pub(super) asked: bool,
    /// Whether somebody already refers to the ids: a child, a link, an outgoing request.
    pub(super) exposed: bool,
    /// The scopes that were entered, here and around the ancestors, when the span was created.
    pub(super) scope: Option<Arc<scope::Node>>,
    pub(super) ticket: Option<Ticket>,
    pub(super) hold: Option<Hold>,
    pub(super) name: Cow<'static, str>,
    pub(super) kind: SpanKind,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) events: Vec<Event>,
    pub(super) dropped_events: u32,
    pub(super) links: Vec<Link>,
    pub(super) status: Status,
}

impl Open {
    /// Takes in what a set of fields says; the last write of a key wins.
    pub(super) fn merge(&mut self, draft: &mut Draft, now: SystemTime) {
        self.last_activity = now;
        for attribute in draft.attributes.drain(..) {
            self.set(attribute.key, attribute.value);
        }
        if let Some(name) = draft.name.take() {
            self.name = name;
        }
        if let Some(kind) = draft.kind.take() {
            self.kind = kind;
        }
        if let Some(error) = draft.error.take() {
            self.set_status(Status::Error { description: Cow::Owned(error.message.clone()) });
            self.add_event(event::exception(None, error.message, error.chain, now));
        }
        if let Some(status) = draft.take_status() {
            self.set_status(status);
        }
    }

    /// Takes in what a setter made.
    pub(super) fn edit(&mut self, edit: Edit, now: SystemTime) {
        self.last_activity = now;
        for list in edit.replaces {
            self.attributes.retain(|attribute| {
                let rest = attribute.key.as_str().strip_prefix(list);
                !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
        }
        for attribute in edit.attributes {
            self.set(attribute.key, attribute.value);
        }
        if let Some(status) = edit.status {
            self.set_status(status);
        }
        if let Some(event) = edit.event {
            self.add_event(event);
        }
        if let Some(name) = edit.name {
            self.name = name;
        }
        if let Some(context) = edit.link {
            self.add_link(context);
        }
    }

    pub(super) fn set(&mut self, key: Key, value: Value) {
        if self.attributes.len() <= LINEAR {
            if let Some(attribute) = self.attributes.iter_mut().find(|attribute| attribute.key == key) {
                attribute.value = value;
                return;
            }
        }
        self.attributes.push(KeyValue::new(key, value));
    }

    /// Ok is final, an error replaces an earlier one, unset replaces nothing (the order of the `OTel` API).
    pub(super) fn set_status(&mut self, status: Status) {
        if !matches!((&self.status, &status), (Status::Ok, _) | (_, Status::Unset)) {
            self.status = status;
        }
    }

    pub(super) fn add_event(&mut self, event: Event) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        } else {
            self.dropped_events += 1;
        }
    }

    pub(super) fn add_link(&mut self, context: SpanContext) {
        self.links.push(Link::with_context(context));
    }

    /// A panic that unwinds through a span says more than whatever status the code had set before.
    pub(super) fn mark_panicked(&mut self, now: SystemTime) {
        const PANICKED: &str = "panicked";
        if !matches!(&self.status, Status::Error { description } if description == PANICKED) {
            self.status = Status::Error { description: PANICKED.into() };
            self.add_event(event::exception(
                Some("panic"),
                String::from("the thread panicked inside this span"),
                None,
                now,
            ));
        }
    }

    /// Makes the span continue a trace of another process; where somebody already refers to its ids, a link has to do.
    pub(super) fn continue_from(&mut self, remote: &SpanContext) {
        if self.exposed {
            self.add_link(remote.clone());
        } else {
            self.identity.continue_from(remote);
            self.core.sample(&mut self.identity, &self.name);
        }
    }

    /// Exports the span although it is still open.
    pub(super) fn finish_unfinished(&mut self) {
        self.set(Key::from_static_str(UNFINISHED), Value::Bool(true));
        self.end = Some(SystemTime::now());
    }

    fn finish(&mut self, end: SystemTime) -> SpanData {
        if self.attributes.len() > LINEAR {
            last_write_wins(&mut self.attributes);
        }
        if self.status == Status::Unset && self.attributes.iter().any(is_output) {
            self.status = Status::Ok;
        }
        if let Some(scope) = self.scope.take() {
            scope.fill(&mut self.attributes);
        }
        if self.identity.parent_is_remote && self.core.settings.remote_parent == RemoteParent::Root {
            self.links.extend(self.identity.cut_from_parent().map(Link::with_context));
        }
        let identity = &self.identity;
        let mut events = SpanEvents::default();
        events.events = std::mem::take(&mut self.events);
        events.dropped_count = self.dropped_events;
        let mut links = SpanLinks::default();
        links.links = std::mem::take(&mut self.links);
        SpanData {
            span_context: identity.span_context(),
            parent_span_id: identity.parent_span_id,
            parent_span_is_remote: identity.parent_is_remote,
            span_kind: self.kind.clone(),
            name: std::mem::take(&mut self.name),
            start_time: self.start,
            // The clock of the machine may be set back while a span is open.
            end_time: end.max(self.start),
            attributes: std::mem::take(&mut self.attributes),
            dropped_attributes_count: 0,
            events,
            links,
            status: std::mem::replace(&mut self.status, Status::Unset),
            instrumentation_scope: self.core.scope.clone(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.core.open_spans.remove(ticket);
        }
        if let Some(end) = self.end.take() {
            if self.identity.sampled() {
                let span = self.finish(end);
                let core = Arc::clone(&self.core);
                core.settings.warnings.say();
                // A processor that panics loses the span, never the application's thread.
                let _ = std::panic::catch_unwind(AssertUnwindSafe(|| core.settings.processor.on_end(span)));
            }
        }
        // Last, so that a child is handed on before its parent.
        drop(self.hold.take());
    }
}

/// A recorded output is positive evidence that the work succeeded; nothing else is.
fn is_output(attribute: &KeyValue) -> bool {
    let key = attribute.key.as_str();
    key == event::RETURN || key == keys::OUTPUT_VALUE || key.starts_with(keys::LLM_OUTPUT_MESSAGES)
}
