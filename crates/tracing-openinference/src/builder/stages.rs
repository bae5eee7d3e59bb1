//! Stages 2 to 4 as one function over a span.

use std::panic::AssertUnwindSafe;

use opentelemetry::{KeyValue, trace::Status};
use opentelemetry_sdk::trace::SpanData;

use crate::{
    convert::{self, Conversion},
    redact::Policy,
    select::{Limits, Select},
};

/// Marks a span whose content was thrown away because a stage panicked over it.
const FAILED: &str = "tracing_openinference.failed";

/// Everything between capture and ship.
#[derive(Debug)]
pub(crate) struct Stages {
    pub(crate) conversion: Conversion,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) select: Vec<Box<dyn Select>>,
}

impl Stages {
    /// `None` when a rule dropped the span.
    pub(crate) fn run(&self, mut span: SpanData) -> Option<SpanData> {
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
            convert::convert(&mut span, &self.conversion);
            self.policy.redact(&mut span);
            if self.policy.genai_semconv() {
                convert::genai_semconv(&mut span);
            }
            self.limits.apply(&mut span);
        }));
        if done.is_err() {
            strip(&mut span);
        }
        let keep = std::panic::catch_unwind(AssertUnwindSafe(|| self.select.iter().all(|rule| rule.keep(&span))));
        keep.unwrap_or(true).then_some(span)
    }
}

/// Fails closed: nobody knows how far redaction had come, so only what never holds content is left.
fn strip(span: &mut SpanData) {
    span.attributes.clear();
    span.attributes.push(KeyValue::new(FAILED, true));
    span.events = Default::default();
    span.links = Default::default();
    span.name = "failed".into();
    if let Status::Error { description } = &mut span.status {
        *description = "".into();
    }
}
