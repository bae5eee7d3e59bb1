//! Which spans are recorded, and what of them is kept.

use std::sync::Arc;

use openinference_semconv::SpanKind;
use opentelemetry_sdk::trace::{ShouldSample, SpanData};
use tracing::level_filters::LevelFilter;

use super::Builder;
use crate::{
    RemoteParent, TraceConfig,
    select::{DropSpans, Select},
};

impl Builder {
    /// Sets what is hidden before a span leaves the stages.
    ///
    /// Defaults to the `OPENINFERENCE_HIDE_*` variables, flag by flag; nothing is hidden without them.
    pub fn trace_config(mut self, trace_config: TraceConfig) -> Self {
        self.trace_config = trace_config;
        self
    }

    /// Sets which targets and levels are recorded: `"info,my_app::health=off,hyper=debug"`, the syntax of `RUST_LOG` but
    /// for span and field directives.
    ///
    /// A target that no directive names keeps the default, `info` with the crates of the HTTP stack (`h2`, `hyper`,
    /// `reqwest`, `rustls`, `tonic`, `tower` and `opentelemetry`) off; a bare level changes that default. Children of a
    /// span that is not recorded belong to its nearest recorded ancestor.
    ///
    /// Defaults to `OPENINFERENCE_FILTER`.
    pub fn filter(mut self, directives: impl Into<String>) -> Self {
        self.overrides.filter = Some(directives.into());
        self
    }

    /// Records only spans whose call site declares a field of OpenInference (`openinference.*`, `llm.*`) or of a dialect of
    /// it (`gen_ai.*`, …). Their children belong to the nearest ancestor that is recorded. Defaults to `false`.
    pub fn llm_spans_only(mut self, llm_spans_only: bool) -> Self {
        self.llm_spans_only = llm_spans_only;
        self
    }

    /// Drops the finished spans for which `rule` returns `true`; may be called more than once. See [`Select`].
    pub fn drop_spans(mut self, rule: impl Fn(&SpanData) -> bool + Send + Sync + 'static) -> Self {
        self.select.push(Arc::new(DropSpans(rule)));
        self
    }

    /// Keeps the finished spans that `rule` keeps; may be called more than once, and every rule has to keep a span. A closure
    /// is a rule: it keeps the spans for which it returns `true`.
    pub fn select(mut self, rule: impl Select + 'static) -> Self {
        self.select.push(Arc::new(rule));
        self
    }

    /// Sets the kind of spans that say nothing of theirs. Defaults to `CHAIN`.
    pub fn default_kind(mut self, kind: SpanKind) -> Self {
        self.default_kind = Some(kind);
        self
    }

    /// Whether attributes of another vocabulary (`gen_ai.*`, `traceloop.*` …) stay on a span beside the OpenInference
    /// attributes that they were translated to: for a second backend that knows only those. What is hidden is hidden under
    /// either name. Defaults to `false`.
    ///
    /// Not for Phoenix alone: it translates `gen_ai.*` itself, and fills in with it what our translation left out on
    /// purpose, such as the token counts of an agent, which it then counts twice.
    pub fn keep_sources(mut self, keep_sources: bool) -> Self {
        self.keep_sources = keep_sources;
        self
    }

    /// Exports `tracing` events up to this level as span events, of those that the [filter](Self::filter) lets through. A
    /// span keeps 128 and counts the rest.
    ///
    /// Defaults to none: an error becomes an `exception` event and a returned value becomes the output in any case, and log
    /// lines inside LLM libraries carry whole request bodies.
    pub fn events(mut self, level: LevelFilter) -> Self {
        self.events = Some(level);
        self
    }

    /// Sets which traces are recorded; the decision about the root holds for the whole trace. The sampler is asked when the
    /// root is created and sees its name, kind and attributes, and again when a remote parent is set.
    ///
    /// Defaults to `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, then to every trace whose remote parent, if any, is
    /// sampled.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.overrides.sampler_given = true;
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Sets what becomes of a parent in another process. Defaults to [`RemoteParent::Keep`].
    pub fn remote_parent(mut self, remote_parent: RemoteParent) -> Self {
        self.remote_parent = remote_parent;
        self
    }

    /// Whether spans that are still open at shutdown are exported, marked `tracing_openinference.unfinished`. Defaults to
    /// `true`.
    pub fn export_unfinished(mut self, export_unfinished: bool) -> Self {
        self.skip_unfinished = !export_unfinished;
        self
    }
}
