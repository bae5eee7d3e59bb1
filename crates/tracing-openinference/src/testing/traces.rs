use std::{fmt, ops::Deref, sync::Arc};

use opentelemetry::{Array, KeyValue, Value, trace::Status};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Dispatch, Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{
    Layer,
    layer::SubscriberExt,
    registry::{LookupSpan, Registry},
};

use super::{Recorder, disguise::Disguises, span_tree};
use crate::{Builder, OpenInference, TraceConfig};

/// A pipeline that ends in memory, and the spans that have come to its end.
///
/// A span is there once it is closed: its last handle is gone, and its guards are. Clones share everything.
#[derive(Clone)]
pub struct Traces(Arc<Inner>);

struct Inner {
    recorder: Recorder,
    openinference: OpenInference,
    subscriber: Dispatch,
}

/// [`Traces`] of this thread, until it is dropped; made by [`pipeline`].
#[derive(Debug)]
#[must_use = "dropping it ends the recording"]
pub struct Pipeline {
    traces: Traces,
    _default: DefaultGuard,
}

/// Records what this thread does, with the settings that nobody changed, until the result is dropped.
///
/// Other threads and tasks are recorded with [`Traces::subscriber`]. A test that needs settings makes [`Traces`].
pub fn pipeline() -> Pipeline {
    Traces::new(crate::builder()).record_thread()
}

impl Traces {
    /// The pipeline of these settings. Where they send spans does not matter: the spans are kept here.
    ///
    /// What depends on the environment is as if it were empty, and
    /// [`only_in`](Builder::only_in) does not keep a test from recording.
    ///
    /// # Panics
    ///
    /// When the settings cannot be used.
    #[must_use]
    pub fn new(builder: Builder) -> Self {
        let recorder = Recorder::new();
        let openinference = match builder.span_processor(recorder.clone()).build_alone() {
            Ok(openinference) => openinference,
            Err(error) => panic!("the pipeline cannot be built: {error}"),
        };
        let subscriber = Dispatch::new(Registry::default().with(openinference.layer()));
        Self(Arc::new(Inner { recorder, openinference, subscriber }))
    }

    /// What `work` does on this thread, under this policy.
    #[must_use]
    pub fn capture(config: TraceConfig, work: impl FnOnce()) -> Self {
        let traces = Self::new(crate::builder().trace_config(config));
        traces.in_scope(work);
        traces
    }

    /// Records what `work` does on this thread.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::dispatcher::with_default(&self.0.subscriber, work)
    }

    /// Records what this thread does until the result is dropped.
    pub fn record_thread(&self) -> Pipeline {
        Pipeline { traces: self.clone(), _default: tracing::dispatcher::set_default(&self.0.subscriber) }
    }

    /// The subscriber, for a future or a task: `future.with_subscriber(traces.subscriber())`.
    #[must_use]
    pub fn subscriber(&self) -> Dispatch {
        self.0.subscriber.clone()
    }

    /// The layer, for a registry with other layers in it.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.0.openinference.layer()
    }

    /// Where the spans are kept: a processor, for spans that another pipeline makes.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        self.0.recorder.clone()
    }

    /// The spans that have ended, in that order, as they would be sent.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.0.recorder.spans()
    }

    /// The spans that have ended, as a text that is the same in every run: see [`span_tree()`](super::span_tree).
    #[must_use]
    pub fn tree(&self) -> String {
        span_tree(&self.spans())
    }

    /// The first span of this name to end.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<SpanData> {
        self.spans().into_iter().find(|span| span.name == name)
    }

    /// The value of an attribute of [the first](Self::find) span of this name.
    #[must_use]
    pub fn attribute(&self, span: &str, key: &str) -> Option<Value> {
        self.find(span)?.attributes.into_iter().find(|attribute| attribute.key.as_str() == key).map(|found| found.value)
    }

    /// Forgets the spans that have ended.
    pub fn clear(&self) {
        self.0.recorder.clear();
    }

    /// Every place where `secret` can be read: `attribute input.value of chat`.
    ///
    /// Searched are names, keys and values of attributes, events, links and their attributes, status descriptions and trace
    /// states, for `secret` itself and for what becomes of it in JSON (also twice), in `Debug`, in URLs, in hexadecimal
    /// digits and, from eight bytes on, in base64.
    #[must_use]
    pub fn places_of(&self, secret: &str) -> Vec<String> {
        let disguises = Disguises::of(secret);
        let mut places = Vec::new();
        for span in self.spans() {
            let mut search = |place: &str, text: &str| {
                if let Some(disguise) = disguises.found_in(text) {
                    places.push(format!("{place} of {}{disguise}", span.name));
                }
            };
            search("the name", &span.name);
            attributes("attribute", &span.attributes, &mut search);
            for event in span.events.iter() {
                search("the name of an event", &event.name);
                attributes(&format!("attribute of event {}:", event.name), &event.attributes, &mut search);
            }
            for link in span.links.iter() {
                search("the trace state of a link", &link.span_context.trace_state().header());
                attributes("attribute of a link:", &link.attributes, &mut search);
            }
            if let Status::Error { description } = &span.status {
                search("the status", description);
            }
            search("the trace state", &span.span_context.trace_state().header());
        }
        places
    }

    /// Fails the test if `secret` can be read [anywhere](Self::places_of).
    ///
    /// # Panics
    ///
    /// When it can, or when no span was recorded at all: then nothing has been shown.
    #[track_caller]
    pub fn assert_hidden(&self, secret: &str) {
        assert!(!secret.is_empty(), "a secret has to be a text");
        assert!(!self.spans().is_empty(), "no span was recorded, so nothing shows that {secret:?} is hidden");
        let places = self.places_of(secret);
        assert!(places.is_empty(), "{secret:?} is not hidden:\n  {}\n\n{}", places.join("\n  "), self.tree());
    }
}

fn attributes(place: &str, attributes: &[KeyValue], search: &mut impl FnMut(&str, &str)) {
    for KeyValue { key, value, .. } in attributes {
        let place = format!("{place} {key}");
        search(&place, key.as_str());
        match value {
            Value::Array(Array::String(values)) => values.iter().for_each(|value| search(&place, value.as_str())),
            value => search(&place, &value.as_str()),
        }
    }
}

impl Deref for Pipeline {
    type Target = Traces;

    fn deref(&self) -> &Traces {
        &self.traces
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("spans", &self.spans().len()).finish_non_exhaustive()
    }
}
