//! What came out, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, SystemTime};

use integration_tests::{Recorder, span_tree};
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;
use tracing::Subscriber;
use tracing_openinference::{Builder, OpenInference};
use tracing_subscriber::layer::{Layer, SubscriberExt};

use crate::player::{Names, Player};
use crate::recording::{Recording, Span};

pub(crate) struct Replay<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) names: Names,
    /// By the number of the recording.
    pub(crate) spans: HashMap<u64, Replayed>,
    /// Those that were exported although they were open.
    pub(crate) unfinished: Vec<SpanData>,
}

pub(crate) struct Replayed {
    pub(crate) data: SpanData,
    /// Before and after it was created, and before and after its handle was dropped.
    pub(crate) new: (SystemTime, SystemTime),
    pub(crate) close: (SystemTime, SystemTime),
}

/// Sees everything and does nothing, so that the registry has also the spans that our layer does not want.
struct Witness;

impl<S: Subscriber> Layer<S> for Witness {}

impl<'a> Replay<'a> {
    pub(crate) fn of(recording: &'a Recording, names: Names) -> Self {
        Self::with(recording, names, |builder| builder)
    }

    /// Plays `recording` through a pipeline that `settings` has the last word about.
    pub(crate) fn with(recording: &'a Recording, names: Names, settings: impl FnOnce(Builder) -> Builder) -> Self {
        let recorder = Recorder::new();
        let builder = settings(tracing_openinference::builder()).span_processor(recorder.clone());
        Self::through(recording, names, &builder.build().expect("the settings are right"), recorder)
    }

    /// Plays `recording` through a pipeline that tells `recorder` of every span when it ends.
    pub(crate) fn through(
        recording: &'a Recording,
        names: Names,
        openinference: &OpenInference,
        recorder: Recorder,
    ) -> Self {
        let subscriber = tracing_subscriber::registry().with(openinference.layer()).with(Witness);
        tracing::subscriber::with_default(subscriber, || {
            Player::new(recording, names, recorder).play(|| _ = openinference.shutdown(Duration::from_secs(5)))
        })
    }

    pub(crate) fn data(&self, uid: u64) -> &SpanData {
        &self.spans[&uid].data
    }

    /// The spans of some phases as a tree without attributes: names, kinds, errors, events, links.
    pub(crate) fn shape<const N: usize>(&self, phases: [&str; N]) -> String {
        let replayed = phases.into_iter().flat_map(|phase| self.of_phase(phase));
        let mut spans: Vec<SpanData> = replayed.map(|(_, replayed)| replayed.data.clone()).collect();
        for span in &mut spans {
            span.attributes.clear();
            if span.status == Status::Ok {
                span.status = Status::Unset;
            }
        }
        span_tree(&spans)
    }

    /// How many traces each phase has.
    pub(crate) fn traces(&self) -> BTreeMap<&'a str, usize> {
        let phases: BTreeSet<&str> = self.recording.spans.iter().map(|span| &*span.phase).collect();
        let traces = |phase| {
            self.of_phase(phase)
                .map(|(_, replayed)| replayed.data.span_context.trace_id())
                .collect::<HashSet<_>>()
                .len()
        };
        phases.into_iter().map(|phase| (phase, traces(phase))).collect()
    }

    fn of_phase(&self, phase: &str) -> impl Iterator<Item = (&'a Span, &Replayed)> {
        let spans = self.recording.spans.iter().filter(move |span| span.phase == phase);
        spans.filter_map(|span| Some((span, self.spans.get(&span.uid)?)))
    }

    fn all(&self) -> impl Iterator<Item = (&'a Span, &Replayed)> {
        self.recording.spans.iter().filter_map(|span| Some((span, self.spans.get(&span.uid)?)))
    }

    /// The nearest recorded ancestor that was exported.
    fn kept_ancestor(&self, span: &Span) -> Option<&Replayed> {
        let mut next = span.parent;
        while let Some(uid) = next {
            if let Some(kept) = self.spans.get(&uid) {
                return Some(kept);
            }
            next = self.recording.span(uid).parent;
        }
        None
    }

    /// Every closed span came out once, unless it was not `wanted`.
    pub(crate) fn assert_complete(&self, wanted: impl Fn(&Span) -> bool) {
        let expected: BTreeSet<u64> =
            self.recording.spans.iter().filter(|span| span.closed && wanted(span)).map(|span| span.uid).collect();
        assert_eq!(self.spans.keys().copied().collect::<BTreeSet<_>>(), expected);
        let ids: HashSet<SpanId> = self.all().map(|(_, replayed)| replayed.data.span_context.span_id()).collect();
        assert_eq!(ids.len(), expected.len(), "a span id was used twice");
    }

    /// Every span is in the trace of its nearest exported ancestor, and is its child; a span without one begins a trace
    /// that no other such span is in.
    pub(crate) fn assert_connected(&self) {
        let mut begun = HashSet::new();
        for (recorded, Replayed { data, .. }) in self.all() {
            let trace = data.span_context.trace_id();
            match self.kept_ancestor(recorded) {
                Some(parent) => {
                    let parent = &parent.data.span_context;
                    assert_eq!(data.parent_span_id, parent.span_id(), "the parent of {} {}", recorded.uid, data.name);
                    assert_eq!(trace, parent.trace_id(), "the trace of {} {}", recorded.uid, data.name);
                }
                None => {
                    assert_eq!(data.parent_span_id, SpanId::INVALID, "{} {} is a root", recorded.uid, data.name);
                    assert!(begun.insert(trace), "{} {} is in the trace of another root", recorded.uid, data.name);
                }
            }
            assert!(!data.parent_span_is_remote);
        }
    }

    /// Every span began when it was created and ended when its handle went, however often it was entered.
    pub(crate) fn assert_timed(&self) {
        for (recorded, Replayed { data, new, close }) in self.all() {
            let within = |time, (from, to): (SystemTime, SystemTime)| from <= time && time <= to;
            assert!(within(data.start_time, *new), "{} {} began at another time", recorded.uid, data.name);
            assert!(within(data.end_time, *close), "{} {} ended at another time", recorded.uid, data.name);
            if let Some(parent) = self.kept_ancestor(recorded) {
                assert!(parent.data.start_time <= data.start_time, "{} {} before its parent", recorded.uid, data.name);
            }
        }
    }

    /// Every `follows_from` is a link, and there are no others.
    pub(crate) fn assert_linked(&self) {
        for (recorded, Replayed { data, .. }) in self.all() {
            let links: Vec<_> = data.links.iter().map(|link| link.span_context.clone()).collect();
            let followed = recorded.follows_from.iter().filter_map(|uid| self.spans.get(uid));
            let followed: Vec<_> = followed.map(|replayed| replayed.data.span_context.clone()).collect();
            assert_eq!(links, followed, "the links of {} {}", recorded.uid, data.name);
        }
    }

    /// Every field is an attribute with its last value and its type, once, in the order of its first; nothing was added
    /// but the kind.
    pub(crate) fn assert_captured(&self) {
        assert_eq!(self.names, Names::Foreign, "conversion renames the others");
        for (recorded, Replayed { data, .. }) in self.all() {
            let mut attributes = data.attributes.clone();
            attributes.retain(|attribute| attribute.key.as_str() != "openinference.span.kind");
            // What `#[instrument(ret)]` returned is converted under any name.
            let is_return = |key: &str| key == "return" || key.starts_with("output.");
            attributes.retain(|attribute| !is_return(attribute.key.as_str()));
            let mut expected = recorded.attributes(|name| self.names.of(name));
            expected.retain(|attribute| !is_return(attribute.key.as_str()));
            assert_eq!(attributes, expected, "the attributes of {} {}", recorded.uid, data.name);
            assert_eq!(data.name, recorded.name(), "the name of {}", recorded.uid);
        }
    }

    /// No attribute is there twice, whatever conversion made of it.
    pub(crate) fn assert_unique(&self) {
        for (recorded, Replayed { data, .. }) in self.all() {
            let keys: HashSet<&str> = data.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
            assert_eq!(
                keys.len(),
                data.attributes.len(),
                "an attribute of {} {} is there twice",
                recorded.uid,
                data.name
            );
        }
    }
}
