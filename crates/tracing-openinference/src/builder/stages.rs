//! Stages 2 to 4 as one function over a span.

use std::{
    borrow::Cow,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use opentelemetry::{KeyValue, Value, trace::Status};
use opentelemetry_sdk::trace::SpanData;

use super::env::Env;
use crate::{
    TraceConfig,
    capture::{Hiding, Outlook},
    convert::{self, Conversion},
    redact::{Policy, Tally},
    repeated::Contents,
    select::{Limits, Select},
};

/// Marks a span whose content was thrown away because a stage panicked over it.
const FAILED: &str = "tracing_openinference.failed";

/// Everything between capture and ship.
#[derive(Debug)]
pub(crate) struct Stages {
    current: ArcSwap<Current>,
    /// The policy hides values for their keys; apart from it, because every field that is recorded asks.
    hides: AtomicBool,
    /// The policy is wished for.
    wished: AtomicBool,
    /// Of the policy. Written after it, so that whoever knows the number asks that policy or a newer one.
    number: AtomicU64,
    tally: Tally,
    pub(crate) limits: Limits,
    pub(crate) select: Vec<Arc<dyn Select>>,
}

/// What follows from the policy, replaced with it.
#[derive(Clone, Debug, Default)]
struct Current {
    conversion: Conversion,
    policy: Policy,
}

impl Stages {
    pub(crate) fn new(conversion: Conversion, limits: Limits, select: Vec<Arc<dyn Select>>) -> Self {
        Self {
            current: ArcSwap::from_pointee(Current { conversion, policy: Policy::default() }),
            hides: AtomicBool::new(false),
            wished: AtomicBool::new(false),
            number: AtomicU64::new(0),
            tally: Tally::default(),
            limits,
            select,
        }
    }

    /// Puts another policy in force, for every span that has not gone through the stages yet. Returns warnings for the log.
    pub(crate) fn set_trace_config(&self, config: &TraceConfig, env: &Env) -> Vec<String> {
        let (policy, warnings) = config.resolve(&|name| env.var_os(name), &self.tally);
        // What is about to be hidden must not be taken for shown in between.
        self.wished.fetch_or(policy.is_wished(), Ordering::SeqCst);
        let (hides, wished, number) = (policy.hides_keys(), policy.is_wished(), policy.number());
        let mut conversion = self.current.load().conversion.clone();
        conversion.heed(&policy);
        self.current.store(Arc::new(Current { conversion, policy }));
        self.number.store(number, Ordering::SeqCst);
        self.hides.store(hides, Ordering::SeqCst);
        self.wished.store(wished, Ordering::SeqCst);
        warnings
    }

    pub(super) fn edit(&self, edit: impl FnOnce(&mut Conversion)) {
        let mut current = Current::clone(&self.current.load());
        edit(&mut current.conversion);
        self.current.store(Arc::new(current));
    }

    /// Somebody wishes something to be hidden, so that no span may wait in a queue before it has gone through the stages.
    pub(crate) fn is_wished(&self) -> bool {
        self.wished.load(Ordering::Relaxed)
    }

    /// What was hidden so far, by rule.
    pub(super) fn redacted(&self) -> Vec<(Cow<'static, str>, u64)> {
        self.tally.counts()
    }

    /// `None` when a rule dropped the span.
    pub(crate) fn run(&self, mut span: SpanData) -> Option<SpanData> {
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
            self.current.load().apply(&mut span);
            self.limits.apply(&mut span);
        }));
        if done.is_err() {
            strip(&mut span);
        }
        let keep = std::panic::catch_unwind(AssertUnwindSafe(|| self.select.iter().all(|rule| rule.keep(&span))));
        keep.unwrap_or(true).then_some(span)
    }
}

impl Current {
    fn apply(&self, span: &mut SpanData) {
        convert::api::settle(&mut span.attributes, &self.policy);
        self.policy.redact_recorded(span);
        convert::convert(span, &self.conversion);
        self.policy.redact(span);
        if self.policy.genai_semconv() {
            convert::genai_semconv(span);
            self.policy.redact_patterns(span);
        }
    }
}

impl Hiding for Stages {
    fn hides_keys(&self) -> bool {
        self.hides.load(Ordering::Relaxed)
    }

    fn hides(&self, key: &str) -> bool {
        self.current.load().policy.hides(key)
    }

    fn hidden_contents(&self, key: &str) -> Contents {
        let policy = &self.current.load().policy;
        if policy.hides(key) { Contents::ALL } else { policy.hidden_contents() }
    }

    fn outlook(&self, key: &str) -> Outlook {
        let current = self.current.load();
        if current.policy.hides(key) {
            Outlook::Hidden
        } else if current.policy.passes(key) && convert::leaves(key) {
            Outlook::Harmless
        } else if current.policy.passes_by_value(key) && convert::leaves(key) {
            Outlook::ByValue
        } else {
            Outlook::Telling
        }
    }

    fn lets_pass(&self, key: &str, value: &Value) -> bool {
        self.current.load().policy.lets_pass(key, value)
    }

    fn names(&self, name: &'static str) -> Outlook {
        // Rules of the application look at more than attributes: at trace states, say.
        let has_patterns = self.current.load().policy.has_patterns();
        if has_patterns || convert::is_name_of_a_dialect(name) { Outlook::Telling } else { Outlook::Harmless }
    }

    fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }
}

/// With several backends a value need not be made when none of them would get it.
struct HidingFromAll(Vec<Arc<Stages>>);

impl Hiding for HidingFromAll {
    fn hides_keys(&self) -> bool {
        self.0.iter().all(|stages| stages.hides_keys())
    }

    fn hides(&self, key: &str) -> bool {
        self.0.iter().all(|stages| stages.hides(key))
    }

    fn hidden_contents(&self, key: &str) -> Contents {
        self.0.iter().map(|stages| stages.hidden_contents(key)).fold(Contents::ALL, Contents::and)
    }

    /// What one of them lets pass another one may hide.
    fn outlook(&self, key: &str) -> Outlook {
        if self.hides(key) { Outlook::Hidden } else { Outlook::Telling }
    }

    fn lets_pass(&self, _: &str, _: &Value) -> bool {
        false
    }

    fn names(&self, _: &'static str) -> Outlook {
        Outlook::Telling
    }

    /// A new policy has a higher number than all before it.
    fn number(&self) -> u64 {
        self.0.iter().map(|stages| stages.number()).max().unwrap_or_default()
    }
}

/// What capture asks, for the stages of all backends.
pub(super) fn hiding(all: &[Arc<Stages>]) -> Arc<dyn Hiding> {
    match all {
        [only] => Arc::clone(only) as Arc<dyn Hiding>,
        all => Arc::new(HidingFromAll(all.to_vec())),
    }
}

impl TraceConfig {
    /// What would be sent of a span under this policy: the span after conversion and redaction, as the pipeline does
    /// them.
    ///
    /// For tests of a policy of your own. Of the environment it knows what [`from_env`](Self::from_env) has read. Limits of
    /// length and rules that drop spans are the pipeline's and not applied. A key that is there twice counts as its last value.
    ///
    /// ```
    /// # use opentelemetry::{KeyValue, trace::{SpanContext, SpanId, SpanKind, Status}};
    /// # use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
    /// # let span = SpanData {
    /// #     span_context: SpanContext::empty_context(),
    /// #     parent_span_id: SpanId::INVALID,
    /// #     parent_span_is_remote: false,
    /// #     span_kind: SpanKind::Internal,
    /// #     name: "answer".into(),
    /// #     start_time: std::time::UNIX_EPOCH,
    /// #     end_time: std::time::UNIX_EPOCH,
    /// #     attributes: vec![KeyValue::new("input.value", "I am ann@example.com")],
    /// #     dropped_attributes_count: 0,
    /// #     events: SpanEvents::default(),
    /// #     links: SpanLinks::default(),
    /// #     status: Status::Unset,
    /// #     instrumentation_scope: opentelemetry::InstrumentationScope::default(),
    /// # };
    /// use tracing_openinference::{Redaction, TraceConfig, attribute};
    ///
    /// let config = TraceConfig::new().redact(Redaction::email().replacement("[e-mail]"));
    /// let sent = config.would_send(span);
    /// assert_eq!(attribute(&sent, "input.value"), Some("I am [e-mail]"));
    /// ```
    #[must_use]
    pub fn would_send(&self, mut span: SpanData) -> SpanData {
        crate::attributes::last_write_wins(&mut span.attributes);
        let current = Current { conversion: Conversion::for_config(self), policy: self.policy() };
        current.apply(&mut span);
        span
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
