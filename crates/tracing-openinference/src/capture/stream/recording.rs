//! What a stream says to its span, and when.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

use openinference_semconv::{Indexed, keys};
use opentelemetry::{KeyValue, trace::Event};
use tracing::Span;

use super::{fold::Fold, output::LlmOutput};
use crate::capture::{
    edit::{self, Edit, End},
    failure::Failure,
};
use crate::convert::api::Sight;

/// The name that OpenInference's instrumentations in Python, JavaScript and Go give it; readers look for it.
const FIRST_TOKEN: &str = "First Token Stream Event";
/// Seconds, from `OTel`'s conventions for generative AI; the specification of OpenInference has no name for it.
const TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// Why a stream did not come to its end.
const STREAM_END: &str = "tracing_openinference.stream.end";
/// Set where the output lacks what came after a fold's panic.
const FOLD_PANICKED: &str = "tracing_openinference.stream.fold_panicked";

/// A stream whose span somebody records.
#[derive(Debug)]
pub(super) struct Recording {
    start: SystemTime,
    output: LlmOutput,
    /// Whether a chunk came.
    begun: bool,
    /// Whether an error came.
    failed: bool,
    /// When the error came that nothing followed so far.
    stopped: Option<SystemTime>,
    panicked: bool,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    Dropped,
}

impl Recording {
    pub(super) fn of(span: &Span) -> Option<Self> {
        let audience = edit::audience(span)?;
        let role = Indexed::new(keys::LLM_OUTPUT_MESSAGES, 0).key(keys::MESSAGE_ROLE);
        let shown = audience.sees(keys::OUTPUT_VALUE) || audience.sees(&role);
        Some(Self {
            start: audience.start(),
            output: LlmOutput::new(shown),
            begun: false,
            failed: false,
            stopped: None,
            panicked: false,
        })
    }

    pub(super) fn item<Item>(&mut self, span: &Span, fold: &mut impl Fold<Item>, item: &Item) {
        // Reading the error runs code of the application too.
        match catch_unwind(AssertUnwindSafe(|| fold.failure(item))) {
            Ok(None) => self.chunk(span, fold, item),
            Ok(Some(failure)) => self.fail(span, failure),
            Err(_) => {
                let message = String::from("an error whose message cannot be had: displaying it panicked");
                self.fail(span, Failure::new("panic", message));
            }
        }
    }

    fn chunk<Item>(&mut self, span: &Span, fold: &mut impl Fold<Item>, item: &Item) {
        self.stopped = None;
        if !std::mem::replace(&mut self.begun, true) {
            self.mark_first(span);
        }
        if self.panicked {
            return;
        }
        self.panicked = catch_unwind(AssertUnwindSafe(|| fold.fold(&mut self.output, item))).is_err();
        if let Some(failure) = self.output.take_failure() {
            self.fail(span, failure);
        }
    }

    fn mark_first(&self, span: &Span) {
        let now = SystemTime::now();
        let seconds = now.duration_since(self.start).unwrap_or_default().as_secs_f64();
        edit::apply(
            span,
            Edit {
                attributes: vec![KeyValue::new(TIME_TO_FIRST_CHUNK, seconds)],
                event: Some(Event::new(FIRST_TOKEN, now, Vec::new(), 0)),
                ..Edit::default()
            },
        );
    }

    fn fail(&mut self, span: &Span, failure: Failure) {
        self.failed = true;
        edit::apply(span, failure.into());
        // After the exception, so that no event lies behind the end.
        self.stopped = Some(SystemTime::now());
    }

    /// Writes what was folded, and stamps the end. A stream that is dropped after an error ended with the error.
    pub(super) fn finish(self, span: &Span, ending: Ending) {
        let now = SystemTime::now();
        let end = match ending {
            Ending::Complete => End { at: now, complete: !self.failed },
            Ending::Dropped => End { at: self.stopped.unwrap_or(now), complete: false },
        };
        let mut attributes = self.output.write(span);
        if self.stopped.is_some() {
            attributes.push(KeyValue::new(STREAM_END, "error"));
        } else if ending == Ending::Dropped {
            attributes.push(KeyValue::new(STREAM_END, "dropped"));
        }
        if self.panicked {
            attributes.push(KeyValue::new(FOLD_PANICKED, true));
        }
        edit::apply(span, Edit { attributes, end: Some(end), ..Edit::default() });
    }
}
