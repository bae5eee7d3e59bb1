//! Does again what a recording tells, through the dispatcher and a real pipeline.

use std::collections::HashMap;
use std::thread;
use std::time::SystemTime;

use integration_tests::Recorder;
use tracing::metadata::Kind;
use tracing::{Dispatch, Event as TracingEvent, Span as TracingSpan, dispatcher};

use crate::call_site::CallSite;
use crate::recording::{Event, Fields, Parent, Recording, Site, Span};
use crate::replay::{Replay, Replayed};

/// The thread on which the recorded programs began; others are threads of their own here too.
const FIRST_THREAD: &str = "ThreadId(1)";

/// Under which names fields are replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Their own.
    Own,
    /// In a namespace that conversion knows nothing of, so that what comes out is what capture made of it.
    Foreign,
}

impl Names {
    pub(crate) fn of(self, name: &str) -> String {
        if self == Self::Own || name.starts_with("otel.") { name.to_owned() } else { format!("recorded.{name}") }
    }

    fn fields(self, fields: &Fields) -> Fields {
        Fields(fields.0.iter().map(|(name, value)| (self.of(name), value.clone())).collect())
    }
}

enum Callback<'a> {
    New,
    Record(&'a Fields),
    Event(&'a Event),
    Close,
}

struct Open {
    call_site: &'static CallSite,
    span: TracingSpan,
    new: (SystemTime, SystemTime),
    /// How often it may be entered yet without anything happening inside.
    polls: usize,
}

pub(crate) struct Player<'a> {
    recording: &'a Recording,
    names: Names,
    recorder: Recorder,
    dispatch: Dispatch,
    call_sites: HashMap<(String, u32, Vec<String>), &'static CallSite>,
    open: HashMap<u64, Open>,
    replayed: HashMap<u64, Replayed>,
}

impl<'a> Player<'a> {
    pub(crate) fn new(recording: &'a Recording, names: Names, recorder: Recorder) -> Self {
        Self {
            recording,
            names,
            recorder,
            dispatch: dispatcher::get_default(Clone::clone),
            call_sites: HashMap::new(),
            open: HashMap::new(),
            replayed: HashMap::new(),
        }
    }

    /// Every callback in the recorded order. `at_the_end` runs while the spans that were never closed are still open.
    pub(crate) fn play(mut self, at_the_end: impl FnOnce()) -> Replay<'a> {
        for (span, callback) in callbacks(self.recording) {
            match callback {
                Callback::New => self.new_span(span),
                Callback::Record(fields) => self.record(span, fields),
                Callback::Event(event) => self.event(span, event),
                Callback::Close => self.close(span),
            }
        }
        let before = self.recorder.spans().len();
        at_the_end();
        let unfinished = self.recorder.spans().split_off(before);
        drop(self.open);
        assert_eq!(self.recorder.spans().len(), before + unfinished.len(), "an unfinished span came twice");
        Replay { recording: self.recording, names: self.names, spans: self.replayed, unfinished }
    }

    fn new_span(&mut self, recorded: &'a Span) {
        let call_site = self.call_site(&recorded.site, Kind::SPAN, &recorded.declared_fields, self.names);
        let parent = recorded.parent.and_then(|parent| self.open.get(&parent)).map(|open| open.span.clone());
        let fields = self.names.fields(&recorded.fields);
        let make = || {
            if !call_site.is_enabled() {
                return TracingSpan::new_disabled(call_site.metadata());
            }
            let metadata = call_site.metadata();
            call_site.with(&fields, |values| match recorded.parent_kind {
                Parent::Contextual => TracingSpan::new(metadata, values),
                Parent::Explicit => TracingSpan::child_of(parent.as_ref().and_then(TracingSpan::id), metadata, values),
                Parent::ExplicitRoot => TracingSpan::new_root(metadata, values),
            })
        };
        let before = SystemTime::now();
        let span = self.on(recorded.threads.first(), || match &parent {
            Some(parent) if recorded.parent_kind == Parent::Contextual => parent.in_scope(make),
            _ => make(),
        });
        let new = (before, SystemTime::now());
        for followed in &recorded.follows_from {
            span.follows_from(&self.open[followed].span);
        }
        let polls = recorded.enters.checked_sub(self.recording.enters_with_purpose(recorded));
        let polls = polls.expect("no span is entered more often than it was");
        self.open.insert(recorded.uid, Open { call_site, span, new, polls });
    }

    fn record(&mut self, recorded: &Span, fields: &Fields) {
        let fields = self.names.fields(fields);
        self.poll(recorded, 1);
        let open = &self.open[&recorded.uid];
        open.call_site.with(&fields, |values| _ = open.span.record_all(values));
    }

    fn event(&mut self, recorded: &Span, event: &Event) {
        let names: Vec<String> = event.fields.0.iter().map(|(name, _)| name.clone()).collect();
        let call_site = self.call_site(&event.site, Kind::EVENT, &names, Names::Own);
        self.open[&recorded.uid].span.in_scope(|| {
            if call_site.is_enabled() {
                call_site.with(&event.fields, |values| TracingEvent::dispatch(call_site.metadata(), values));
            }
        });
    }

    fn close(&mut self, recorded: &Span) {
        self.poll(recorded, usize::MAX);
        let Open { span, new, .. } = self.open.remove(&recorded.uid).expect("it is open");
        let seen = self.recorder.spans().len();
        let before = SystemTime::now();
        drop(span);
        let close = (before, SystemTime::now());
        let mut ended = self.recorder.spans().split_off(seen);
        assert!(ended.len() <= 1, "{} spans ended with one", ended.len());
        if let Some(data) = ended.pop() {
            self.replayed.insert(recorded.uid, Replayed { data, new, close });
        }
    }

    /// Enters and leaves the span, as polling a future does, on the threads where that happened.
    fn poll(&mut self, recorded: &Span, most: usize) {
        let Some(open) = self.open.get_mut(&recorded.uid) else { return };
        let times = open.polls.min(most);
        open.polls -= times;
        let span = &self.open[&recorded.uid].span;
        for turn in 0..times {
            let thread = recorded.threads.get(turn % recorded.threads.len().max(1));
            self.on(thread, || span.in_scope(|| {}));
        }
    }

    fn on<T: Send>(&self, thread: Option<&String>, f: impl FnOnce() -> T + Send) -> T {
        if thread.is_none_or(|thread| thread == FIRST_THREAD) {
            return f();
        }
        let there = || dispatcher::with_default(&self.dispatch, f);
        thread::scope(|scope| scope.spawn(there).join().expect("no panic"))
    }

    /// The same source line is the same call site, however often it is passed.
    fn call_site(&mut self, site: &Site, kind: Kind, fields: &[String], names: Names) -> &'static CallSite {
        let key = (site.file.clone(), site.line, fields.to_vec());
        let fields = fields.iter().map(|name| names.of(name));
        self.call_sites.entry(key).or_insert_with(|| CallSite::leak(site, kind, fields))
    }
}

fn callbacks(recording: &Recording) -> Vec<(&Span, Callback<'_>)> {
    let mut all = Vec::new();
    for span in &recording.spans {
        all.push((span.seq_new, span, Callback::New));
        all.extend(span.records.iter().map(|record| (record.seq, span, Callback::Record(&record.fields))));
        all.extend(span.events.iter().map(|event| (event.seq, span, Callback::Event(event))));
        all.extend(span.seq_close.map(|seq| (seq, span, Callback::Close)));
    }
    all.sort_by_key(|(seq, ..)| *seq);
    all.into_iter().map(|(_, span, callback)| (span, callback)).collect()
}
