//! A span that is being recorded.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use openinference_semconv::keys;
use opentelemetry::{
    Key, KeyValue, Value,
    trace::{Event, Link, SpanContext, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SpanData, SpanEvents, SpanLinks};

use tracing::span::Attributes;

use crate::attributes::{ARGUMENTS, last_write_wins};
use crate::repeated::Marks;

use super::{
    Core, Outlook, RemoteParent,
    edit::{Edit, End},
    end::Hold,
    event,
    identity::Identity,
    outlook::{self, Judge},
    sampling, scope,
    shape::Shape,
    unfinished::Ticket,
    visit::{Code, Exception, Place, Special, Visitor},
};

/// Up to here a linear look-up by key beats hashing; beyond, keys are collapsed when the list is full, and at the end.
const LINEAR: usize = 64;
/// A span that stays open for days must not grow by its log lines; the limit is the SDK's own default.
const MOST_EVENTS: usize = 128;
/// Links likewise.
const MOST_LINKS: usize = 128;
/// What a span has only once its work is done, or names that begin with it.
const OUTPUTS: [&str; 6] = [
    keys::OUTPUT_VALUE,
    keys::LLM_OUTPUT_MESSAGES,
    keys::RETRIEVAL_DOCUMENTS,
    keys::RERANKER_OUTPUT_DOCUMENTS,
    keys::OUTPUT_IMAGES,
    keys::OUTPUT_DOCUMENTS,
];
/// Marks a span that was exported at shutdown while it was still open.
pub(crate) const UNFINISHED: &str = "tracing_openinference.unfinished";

/// Everything known of a span so far.
pub(crate) struct Open {
    pub(super) identity: Identity,
    pub(super) start: SystemTime,
    pub(super) last_activity: SystemTime,
    /// Set by the close; a record that is dropped without one belongs to a subscriber that went away.
    pub(super) end: Option<SystemTime>,
    /// The end that a stream saw, until somebody works in the span again.
    pub(super) own_end: Option<SystemTime>,
    /// Whether the work is known to have come to its end, or to have been cut short.
    pub(super) complete: Option<bool>,
    pub(super) entered: bool,
    /// Whether a panic was unwinding already when the span was created or last entered: clean-up is not what panicked.
    pub(super) in_clean_up: bool,
    /// How often it has been entered and not left yet, on all threads.
    pub(super) depth: u32,
    pub(super) settled: Settled,
    /// Whether somebody already refers to the ids: a child, a link, an outgoing request.
    pub(super) exposed: bool,
    /// The scopes that were entered, here and around the ancestors, when the span was created.
    pub(super) scope: Option<Arc<scope::Node>>,
    pub(super) ticket: Option<Ticket>,
    pub(super) hold: Option<Hold>,
    pub(super) name: Cow<'static, str>,
    pub(super) kind: SpanKind,
    /// `otel.status_code` and `otel.status_description`.
    pub(super) code: Option<Code>,
    pub(super) description: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
    /// What values among them repeat.
    pub(super) marks: Marks,
    pub(super) events: Vec<Event>,
    pub(super) dropped_events: u32,
    pub(super) links: Vec<Link>,
    pub(super) dropped_links: u32,
    pub(super) status: Status,
    /// Something was recorded that the stages have to see.
    pub(super) tells: bool,
    /// The number of the policy by which that was judged at first.
    pub(super) judged_by: u64,
}

/// Whether the layer of `tracing-opentelemetry` has been asked for the ids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    No,
    /// It has been asked, and its answer may be on the way.
    Asked,
    Yes,
}

impl Open {
    /// Something happened to the span now. The clock is not read while it is entered, because leaving it will be later,
    /// nor before it has a child, because only a child's close can make its own close late.
    pub(super) fn touch(&mut self) {
        if self.depth == 0 && self.exposed {
            self.last_activity = SystemTime::now();
        }
    }

    /// Takes in the fields that the span is created with.
    pub(super) fn record_fields(&mut self, fields: &Attributes<'_>, judge: Option<Judge<'_>>) {
        let shape = Shape::of(fields.metadata());
        if shape.repeats {
            fields.record(&mut Visitor::new(&mut *self, judge));
        } else {
            fields.record(&mut Visitor::new(Fresh(self), judge));
        }
        // Only at creation can arguments be told from what is recorded later.
        if shape.bare && !self.attributes.is_empty() {
            self.attributes.push(KeyValue::new(ARGUMENTS, true));
        }
    }

    /// Takes in what a setter made.
    pub(super) fn edit(&mut self, edit: Edit, core: &Core) {
        self.touch();
        self.tells = self.tells || edit.tells(core.settings.judge());
        if !edit.replaces.is_empty() && self.attributes.len() > LINEAR {
            // With fewer attributes left, nobody would look for repeated keys any more.
            last_write_wins(&mut self.attributes);
        }
        for list in edit.replaces {
            self.attributes.retain(|attribute| {
                let rest = attribute.key.as_str().strip_prefix(list);
                !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
        }
        for attribute in edit.attributes {
            self.set(attribute.key, attribute.value);
        }
        self.marks.add(edit.marks);
        for default in edit.defaults {
            if !self.attributes.iter().any(|attribute| attribute.key == default.key) {
                self.set(default.key, default.value);
            }
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
        if let Some(End { at, complete }) = edit.end {
            self.own_end = Some(at);
            self.complete = Some(complete);
        }
    }

    /// Whether an attribute is this text.
    pub(super) fn says(&self, key: &str, text: &str) -> bool {
        let said = self.attributes.iter().rfind(|attribute| attribute.key.as_str() == key);
        said.is_some_and(|said| matches!(&said.value, Value::String(value) if value.as_str() == text))
    }

    pub(super) fn set(&mut self, key: Key, value: Value) {
        if !self.marks.is_empty() {
            self.marks.forget(key.as_str());
        }
        if self.attributes.len() <= LINEAR {
            let name = key.as_str();
            if let Some(attribute) = self.attributes.iter_mut().find(|attribute| attribute.key.as_str() == name) {
                attribute.value = value;
                return;
            }
        } else if self.attributes.len() == self.attributes.capacity() {
            // A key that is written over and over must not fill the memory. Room for as many again keeps this rare.
            last_write_wins(&mut self.attributes);
            self.attributes.reserve(self.attributes.len());
        }
        self.attributes.push(KeyValue::new(key, value));
    }

    /// Ok is final, an error replaces an earlier one, unset replaces nothing (the order of the `OTel` API). An error
    /// without a description takes none away.
    pub(super) fn set_status(&mut self, status: Status) {
        let tells_nothing = match (&self.status, &status) {
            (Status::Ok, _) | (_, Status::Unset) => true,
            (Status::Error { .. }, Status::Error { description }) => description.is_empty(),
            _ => false,
        };
        if !tells_nothing {
            self.status = status;
        }
    }

    /// Log lines are capped in favour of errors: the one that explains a failure is usually among the last.
    pub(super) fn add_event(&mut self, event: Event) {
        self.tells = true;
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
            return;
        }
        self.dropped_events += 1;
        if event.name == event::EXCEPTION {
            if let Some(line) = self.events.iter().rposition(|other| other.name != event::EXCEPTION) {
                self.events.remove(line);
                self.events.push(event);
            }
        }
    }

    pub(super) fn add_link(&mut self, context: SpanContext) {
        let id = context.span_id();
        if id == self.identity.span_id || self.links.iter().any(|link| link.span_context.span_id() == id) {
            return;
        }
        if self.links.len() < MOST_LINKS {
            self.links.push(Link::with_context(context));
        } else {
            self.dropped_links += 1;
        }
    }

    /// A panic that unwinds through a span says more than whatever status the code had set before.
    pub(super) fn mark_panicked(&mut self, now: SystemTime) {
        const PANICKED: &str = "panicked";
        if !matches!(&self.status, Status::Error { description } if description == PANICKED) {
            (self.code, self.description) = (None, None);
            self.status = Status::Error { description: PANICKED.into() };
            self.add_event(event::exception(
                Some("panic".into()),
                String::from("the thread panicked inside this span"),
                None,
                now,
            ));
        }
    }

    /// Nobody sees a panic leave a span that was never entered. One that says how it ended may only have been in scope.
    pub(super) fn mark_dropped_by_panic(&mut self, now: SystemTime) {
        let inconclusive = self.status == Status::Unset && self.code.is_none() && !self.has_output();
        if !self.entered && !self.in_clean_up && inconclusive {
            self.mark_panicked(now);
        }
    }

    /// Makes the span continue a trace of another process; where somebody already refers to its ids, a link has to do.
    /// `true` when the sampler is to be asked anew.
    pub(super) fn continue_from(&mut self, remote: &SpanContext) -> bool {
        if self.exposed {
            self.add_link(remote.clone());
        } else {
            self.identity.continue_from(remote);
        }
        !self.exposed
    }

    /// Asks the sampler about a root that nobody else has seen yet.
    pub(super) fn sample(&mut self, continued: Option<&SpanContext>, core: &Core) {
        let Some(sampler) = core.settings.sampler.as_deref() else { return };
        let trace_id = self.identity.trace_id;
        let verdict = sampling::ask(sampler, continued, trace_id, &self.name, &self.kind, &self.attributes);
        if let Some(verdict) = verdict {
            self.decide(verdict);
        }
    }

    /// Takes in what the sampler said.
    pub(super) fn decide(&mut self, verdict: SamplingResult) {
        // The attributes are kept in any case: a sampled parent may be named later.
        self.tells |= !verdict.attributes.is_empty();
        let sampled = verdict.decision == SamplingDecision::RecordAndSample;
        self.identity.flags = self.identity.flags.with_sampled(sampled);
        self.identity.state = verdict.trace_state;
        for attribute in verdict.attributes {
            self.set(attribute.key, attribute.value);
        }
    }

    /// Frees what a span that is not exported has collected.
    pub(super) fn clear(&mut self) {
        self.attributes = Vec::new();
        self.events = Vec::new();
        self.links = Vec::new();
        self.description = None;
    }

    /// Exports the span although it is still open. One whose work has ended only waits for a forgotten handle.
    pub(super) fn finish_unfinished(&mut self) {
        if self.own_end.is_none() {
            self.set(Key::from_static_str(UNFINISHED), Value::Bool(true));
        }
        self.end = Some(self.own_end.unwrap_or_else(SystemTime::now));
    }

    /// A recorded output is positive evidence that the work succeeded; nothing else is.
    fn has_output(&self) -> bool {
        self.attributes.iter().any(|attribute| {
            let key = attribute.key.as_str();
            match &attribute.value {
                Value::String(value) if key == event::RETURN => !event::is_failure(value.as_str()),
                _ => key == event::RETURN || OUTPUTS.iter().any(|output| key.starts_with(output)) || is_vector(key),
            }
        })
    }

    /// With the span comes whether the policy that is in force might hide something of it.
    pub(super) fn finish(&mut self, end: SystemTime, core: &Core) -> (SpanData, bool) {
        if self.attributes.len() > LINEAR {
            last_write_wins(&mut self.attributes);
        }
        // The explicit fields count whenever they were recorded. A description alone means an error, as it does in
        // `tracing-opentelemetry`.
        match (self.code, self.description.take()) {
            (Some(Code::Ok), _) => self.status = Status::Ok,
            (_, Some(description)) => self.set_status(Status::error(description)),
            (Some(Code::Error), None) => self.set_status(Status::error("")),
            (None, None) => {}
        }
        if self.status == Status::Unset && self.complete.unwrap_or_else(|| self.has_output()) {
            self.status = Status::Ok;
        }
        if let Some(scope) = self.scope.take() {
            let before = self.attributes.len();
            scope.fill(&mut self.attributes);
            let judge = core.settings.judge();
            self.tells =
                self.tells || self.attributes[before..].iter().any(|attribute| outlook::tells(judge, attribute));
        }
        std::mem::take(&mut self.marks).put(&mut self.attributes);
        if self.identity.parent_is_remote && core.settings.remote_parent == RemoteParent::Root {
            self.links.extend(self.identity.cut_from_parent().map(Link::with_context));
        }
        let hides = &core.settings.hides;
        // The name last: where nothing is hidden, nobody needs to ask about it.
        let tells = self.tells
            || hides.number() != self.judged_by
            || match &self.name {
                Cow::Borrowed(name) => hides.names(name) == Outlook::Telling,
                Cow::Owned(_) => true,
            };
        let identity = &self.identity;
        let mut events = SpanEvents::default();
        events.events = std::mem::take(&mut self.events);
        events.dropped_count = self.dropped_events;
        let mut links = SpanLinks::default();
        links.links = std::mem::take(&mut self.links);
        links.dropped_count = self.dropped_links;
        let span = SpanData {
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
            instrumentation_scope: core.scope.clone(),
        };
        (span, tells)
    }
}

impl Place for &mut Open {
    fn attribute(&mut self, key: &'static str, value: Value, tells: bool) {
        self.tells |= tells;
        self.set(Key::from_static_str(key), value);
    }

    fn special(&mut self, special: Special) {
        self.tells |= matches!(special, Special::Name(_) | Special::Description(_));
        match special {
            Special::Name(name) => self.name = name.into(),
            Special::Kind(kind) => self.kind = kind.unwrap_or_else(|| self.kind.clone()),
            Special::Code(code) => self.code = code.or(self.code),
            Special::Description(description) => self.description = Some(description),
        }
    }

    fn error(&mut self, exception: Exception) {
        self.tells = true;
        self.set_status(Status::error(exception.message.clone()));
        self.add_event(event::exception(None, exception.message, exception.chain, SystemTime::now()));
    }
}

/// A span that has no attributes yet, and fields that do not repeat: there is nothing to look for.
struct Fresh<'a>(&'a mut Open);

impl Place for Fresh<'_> {
    fn attribute(&mut self, key: &'static str, value: Value, tells: bool) {
        self.0.tells |= tells;
        self.0.attributes.push(KeyValue::new(Key::from_static_str(key), value));
    }

    fn special(&mut self, special: Special) {
        Place::special(&mut self.0, special);
    }

    fn error(&mut self, exception: Exception) {
        Place::error(&mut self.0, exception);
    }
}

/// What an embedder has only once its work is done: the texts beside it were there before.
fn is_vector(key: &str) -> bool {
    key.starts_with(keys::EMBEDDING_EMBEDDINGS) && key.ends_with(keys::EMBEDDING_VECTOR)
}
